using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>From the inbox to a decision: by mouse, by keyboard alone, without scripts.</summary>
public sealed class JourneyTests(Stage stage) : ConsoleTest(stage)
{
    [Fact]
    public async Task Approve_ByMouse_RunsTheCall()
    {
        var (approval, call) = await Stage.HoldAsync("By mouse");
        var page = await SignedInAsync("alice");
        await page.Locator($"a[href$='{approval}']").ClickAsync();
        await Assertions.Expect(page.Locator(".arguments dd")).ToContainTextAsync("\"By mouse\"");
        await page.GetByLabel("Reason").FillAsync("Read it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.Locator(".votes")).ToContainTextAsync("alice approved");
        await Assertions.Expect(page.Locator(".review-side .state").First).ToHaveTextAsync("approved");
        await EndsAsync(call, "succeeded");
    }

    [Fact]
    public async Task Deny_ByKeyboardAlone_EndsTheCall()
    {
        var (approval, call) = await Stage.HoldAsync("By keyboard");
        var page = await SignedInAsync("alice");
        var row = page.Locator($"a[href$='{approval}']");
        for (var step = 0; step < 60 && !await row.EvaluateAsync<bool>("link => link === document.activeElement"); step++) await page.Keyboard.PressAsync("j");
        await Assertions.Expect(row).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"**/{approval}");
        await page.Keyboard.PressAsync("v");
        await page.Keyboard.TypeAsync("Not like this");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Deny" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".votes")).ToContainTextAsync("alice denied");
        await Assertions.Expect(page.Locator(".votes .said")).ToHaveTextAsync("Not like this");
        await EndsAsync(call, "denied");
    }

    [Fact]
    public async Task Destroying_WithoutScripts_TakesTheTypedName_AndTwoPeople()
    {
        var (approval, call) = await Stage.HoldAsync("Without scripts", "papers.shred");
        foreach (var person in new[] { "alice", "bob" })
        {
            var page = await SignedInAsync(person, options: options => options.JavaScriptEnabled = false);
            await page.GotoAsync($"/console/approvals/{approval}");
            if (person == "alice")
            {
                await page.GetByLabel("Reason").FillAsync("Looked at it");
                await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
                await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Type the environment's name");
                await Assertions.Expect(page.GetByLabel("Reason")).ToHaveValueAsync("Looked at it");
            }

            await page.GetByLabel("To approve").FillAsync(Stage.Production);
            await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
            await Assertions.Expect(page.Locator(".votes")).ToContainTextAsync($"{person} approved");
            Assert.Equal(person == "alice", (string?)(await Stage.CallAsync(call))["state"] == "pending_review");
        }

        await EndsAsync(call, "succeeded");
    }

    [Fact]
    public async Task Shortcuts_SwitchedOff_DoNothing()
    {
        await Stage.HoldAsync("Keys off");
        var page = await SignedInAsync("alice");
        await page.GetByRole(AriaRole.Link, new() { Name = "Preferences" }).ClickAsync();
        await page.GetByLabel("Single-key shortcuts").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GotoAsync("/console");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator(".row.here")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("dialog[open]")).ToHaveCountAsync(0);
    }

    private async Task EndsAsync(string call, string state)
    {
        for (var round = 0; round < 300 && (string?)(await Stage.CallAsync(call))["state"] is "approved" or "executing" or "pending_review"; round++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(state, (string?)(await Stage.CallAsync(call))["state"]);
    }
}
