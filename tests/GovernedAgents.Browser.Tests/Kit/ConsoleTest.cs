using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests.Kit;

/// <summary>A test that opens pages; they are closed with it, so that none goes on listening beside the next.</summary>
public abstract class ConsoleTest(Stage stage) : IAsyncDisposable
{
    private readonly List<IBrowserContext> _contexts = [];

    protected Stage Stage { get; } = stage;

    /// <summary>A page of a person whom the picker offers.</summary>
    protected async Task<IPage> SignedInAsync(string person, string to = "/console", Action<BrowserNewContextOptions>? options = null)
    {
        var page = await NewPageAsync(options);
        await page.GotoAsync($"/console/sign-in?return={Uri.EscapeDataString(to)}");
        await page.Locator("button.person", new() { HasText = person }).ClickAsync();
        await IsInAsync(page, person, to);
        return page;
    }

    /// <summary>A page of anybody with one role and one group.</summary>
    protected async Task<IPage> SignedInAsAsync(string person, string role, string group)
    {
        var page = await NewPageAsync();
        await page.GotoAsync($"/console/sign-in?return={Uri.EscapeDataString("/console/calls")}");
        await page.GetByText("Somebody else").ClickAsync();
        await page.GetByLabel("Name").FillAsync(person);
        await page.GetByLabel(role, new() { Exact = true }).CheckAsync();
        await page.GetByLabel(group, new() { Exact = true }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await IsInAsync(page, person, "/console/calls");
        return page;
    }

    /// <summary>Signed in, and the page opened once more: then it has loaded, script and all.</summary>
    private static async Task IsInAsync(IPage page, string person, string to)
    {
        await Assertions.Expect(page.Locator(".whoami b")).ToHaveTextAsync(person);
        await page.GotoAsync(to);
    }

    protected async Task<IPage> NewPageAsync(Action<BrowserNewContextOptions>? options = null)
    {
        var wanted = new BrowserNewContextOptions { BaseURL = Stage.Address, ViewportSize = new() { Width = 1280, Height = 860 } };
        options?.Invoke(wanted);
        var context = await Stage.Browser.NewContextAsync(wanted);
        _contexts.Add(context);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(90_000);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts) await context.CloseAsync();
        GC.SuppressFinalize(this);
    }
}
