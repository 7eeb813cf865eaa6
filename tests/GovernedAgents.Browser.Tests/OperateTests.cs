using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>What operators and auditors do, and what nobody else may.</summary>
public sealed class OperateTests(Stage stage) : ConsoleTest(stage)
{
    [Fact]
    public async Task Environment_IsFrozen_AndUnfrozenOnlyWithItsNameTyped()
    {
        var page = await SignedInAsync("olga");
        await page.GotoAsync($"/console/environments/{Stage.Laboratory}");
        await ActAsync(page, "Freeze", "Something smells");
        await Assertions.Expect(page.Locator(".freeze")).ToContainTextAsync("Something smells");
        await page.Locator("summary", new() { HasText = "Unfreeze" }).ClickAsync();
        await page.Locator(".act[open] [name=reason]").FillAsync("Aired");
        await page.Locator(".act[open] [name=confirm]").FillAsync("another");
        await page.Locator(".act[open] button").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Type the environment's name");
        await Assertions.Expect(page.Locator(".freeze")).ToHaveCountAsync(1);
        await ActAsync(page, "Unfreeze", "Aired", Stage.Laboratory);
        await Assertions.Expect(page.Locator(".freeze")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Session_ShowsItsLineage_AndIsQuarantined()
    {
        var (id, token) = await Stage.StartAsync();
        var child = await Stage.StartChildAsync(id, token);
        await Stage.HoldAsync("From the session", session: token);
        var page = await SignedInAsync("olga");
        await page.GotoAsync($"/console/sessions/{child}");
        await Assertions.Expect(page.Locator(".tree li")).ToHaveCountAsync(3);
        await page.Locator(".tree a").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"{Stage.Address}/console/sessions/{id}");
        await Assertions.Expect(page.Locator("[data-region=calls] tbody tr")).ToHaveCountAsync(1);
        await ActAsync(page, "Quarantine", "It probes");
        await Assertions.Expect(page.Locator("[data-region=state] .state").First).ToHaveTextAsync("quarantined");
        await Assertions.Expect(page.Locator("[data-region=calls] .state")).ToHaveTextAsync("voided");
    }

    [Fact]
    public async Task Call_TellsItsWholeStory()
    {
        var (approval, call) = await Stage.HoldAsync("A story");
        await Stage.VoteAsync(approval, "bob", "deny");
        var page = await SignedInAsync("olga");
        await page.GotoAsync($"/console/calls/{call}");
        foreach (var title in new[] { "Submitted", "Decided: review", "Held for review", "Review requested", "bob denied", "Review ended by denial", "Denied" })
            await Assertions.Expect(page.Locator(".timeline b", new() { HasTextString = title }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Agent_IsKilled_AndRevivedOnlyWithItsNameTyped()
    {
        var page = await SignedInAsync("olga");
        await page.GotoAsync("/console/agents");
        var row = page.Locator("tr", new() { HasText = "gardener" });
        await row.Locator("summary", new() { HasText = "Kill" }).ClickAsync();
        await row.Locator("[name=reason]").FillAsync("Cut the wrong branch");
        await row.Locator("button").ClickAsync();
        await Assertions.Expect(row.Locator(".state")).ToHaveTextAsync("killed");
        await row.Locator("summary", new() { HasText = "Revive" }).ClickAsync();
        await row.Locator("[name=reason]").FillAsync("Learned");
        await row.Locator("[name=confirm]").FillAsync("gardener");
        await row.Locator("button").ClickAsync();
        await Assertions.Expect(row.Locator(".state")).ToHaveTextAsync("live");
    }

    [Fact]
    public async Task Audit_IsVerified_AndShowsARecordAsItWasHashed()
    {
        var (_, call) = await Stage.HoldAsync("Audited");
        var page = await SignedInAsync("olga");
        await page.GotoAsync("/console/audit");
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await Assertions.Expect(page.Locator(".verdict")).ToContainTextAsync("The journal is whole");
        await page.GetByLabel("Stream").FillAsync($"environment/{Stage.Production}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(page.Locator(".audit tbody tr").First).ToContainTextAsync("EnvironmentConfigured");
        Assert.NotEmpty(call);
    }

    [Theory]
    [InlineData("alice", "/console/fleet", "/console/agents", "/console/audit", "/console/sessions")]
    [InlineData("dana", "/console", "/console/fleet", "/console/agents", "/console/audit")]
    [InlineData("olga")]
    public async Task Pages_AreClosedToOtherRoles_AndNotInTheirMenu(string person, params string[] closed)
    {
        var page = await SignedInAsync(person, person == "dana" ? "/console/calls" : "/console");
        foreach (var path in closed)
        {
            Assert.Equal(0, await page.Locator($".side nav a[href='{path}']").CountAsync());
            Assert.Equal(403, (await page.GotoAsync(path))!.Status);
        }
    }

    [Fact]
    public async Task SessionOfAnother_IsNotThere_AndItsFormChangesNothing()
    {
        var (id, _) = await Stage.StartAsync();
        var page = await SignedInAsync("dana", "/console/calls");
        var token = await page.Locator("input[name=form]").First.InputValueAsync();
        await page.Context.ClearCookiesAsync(new() { Name = "governedagents-console" });
        var answer = await page.APIRequest.PostAsync($"{Stage.Address}/console/sessions/{id}/end", new() { Form = FormOf(page, ("form", token), ("reason", "mine now")), MaxRedirects = 0 });
        Assert.Equal(401, answer.Status);

        var other = await SignedInAsAsync("eve", "developer", "developers");
        Assert.Equal(404, (await other.GotoAsync($"/console/sessions/{id}"))!.Status);
        token = await other.Locator("input[name=form]").First.InputValueAsync();
        answer = await other.APIRequest.PostAsync($"{Stage.Address}/console/sessions/{id}/end", new() { Form = FormOf(other, ("form", token), ("reason", "mine now")), MaxRedirects = 0 });
        Assert.Equal(404, answer.Status);
        Assert.Equal("active", (string?)(await Stage.SendAsync("GET", $"/v1/sessions/{id}", Stage.Token("olga", ["operator"], [])))["state"]);
    }

    internal static async Task ActAsync(IPage page, string label, string reason, string? confirm = null)
    {
        await page.Locator("details.act > summary").GetByText(label, new() { Exact = true }).ClickAsync();
        await page.Locator(".act[open] [name=reason]").FillAsync(reason);
        if (confirm is not null) await page.Locator(".act[open] [name=confirm]").FillAsync(confirm);
        await page.Locator(".act[open] button").ClickAsync();
    }

    private static IFormData FormOf(IPage page, params (string Name, string Value)[] fields)
    {
        var form = page.APIRequest.CreateFormData();
        foreach (var (name, value) in fields) form.Set(name, value);
        return form;
    }
}
