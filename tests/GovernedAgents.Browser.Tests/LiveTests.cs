using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>Pages say what has changed, and never move under a reader's hands.</summary>
public sealed class LiveTests(Stage stage) : ConsoleTest(stage)
{
    [Fact]
    public async Task Inbox_WhenAnotherReviewIsAsked_Says_AndShowsItWhenAsked()
    {
        var (first, _) = await Stage.HoldAsync("Before");
        var page = await SignedInAsync("alice");
        var row = page.Locator($"a[href$='{first}']");
        await row.FocusAsync();
        var before = await page.Locator("[data-row]").CountAsync();
        var (second, _) = await Stage.HoldAsync("After");
        await Assertions.Expect(page.Locator(".notice")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".notice")).ToContainTextAsync("changed");
        Assert.Equal(before, await page.Locator("[data-row]").CountAsync());
        await Assertions.Expect(row).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("r");
        await Assertions.Expect(page.Locator($"a[href$='{second}']")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Approval_WhenAnotherPersonVotes_ShowsIt_AndKeepsWhatIsBeingWritten()
    {
        var (approval, _) = await Stage.HoldAsync("Live", "papers.shred");
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await page.GetByLabel("Reason").FillAsync("Half a sen");
        await page.EvaluateAsync("document.querySelector('.card').dataset.same = 'yes'");
        await Stage.VoteAsync(approval, "bob", "approve");
        await Assertions.Expect(page.Locator(".votes")).ToContainTextAsync("bob approved");
        await Assertions.Expect(page.Locator(".requirement")).ToContainTextAsync("1 of 2");
        await Assertions.Expect(page.GetByLabel("Reason")).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByLabel("Reason")).ToHaveValueAsync("Half a sen");
        await Assertions.Expect(page.Locator(".notice")).ToBeHiddenAsync();

        await Stage.VoteAsync(approval, "carl", "deny");
        await Assertions.Expect(page.Locator(".review-side .state").First).ToHaveTextAsync("denied");
        await Assertions.Expect(page.Locator(".notice")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Reason")).ToHaveValueAsync("Half a sen");
        Assert.Equal("yes", await page.EvaluateAsync<string>("document.querySelector('.card').dataset.same"));
    }

    [Fact]
    public async Task Region_UnderThePointer_IsNotSwappedUntilItLeaves()
    {
        var (approval, _) = await Stage.HoldAsync("Hovered", "papers.shred");
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await page.Locator("[data-region=state]").HoverAsync();
        await Stage.VoteAsync(approval, "bob", "approve");
        await Assertions.Expect(page.Locator(".notice")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".votes")).ToHaveCountAsync(0);
        await page.Locator(".card h1").HoverAsync();
        await Assertions.Expect(page.Locator(".votes")).ToContainTextAsync("bob approved");
        await Assertions.Expect(page.Locator(".notice")).ToBeHiddenAsync();
    }
}
