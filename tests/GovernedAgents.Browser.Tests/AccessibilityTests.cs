using Deque.AxeCore.Playwright;
using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>WCAG 2.2 AA as far as a machine sees it, light and dark, from 360 pixels to a desktop.</summary>
public sealed class AccessibilityTests(Stage stage) : ConsoleTest(stage)
{
    public static TheoryData<ColorScheme, int> Looks => new() { { ColorScheme.Light, 1280 }, { ColorScheme.Dark, 360 } };

    [Theory, MemberData(nameof(Looks))]
    public async Task Pages_HaveNoFault_AndNeverScrollSideways(ColorScheme scheme, int width)
    {
        var (id, session) = await Stage.StartAsync();
        var (pending, _) = await Stage.HoldAsync("A rather long argument that goes on: " + new string('x', 600), "papers.shred", "I am sure\u202E.", session);
        var (ended, call) = await Stage.HoldAsync("Short", session: session);
        await Stage.VoteAsync(ended, "bob", "deny");
        void Look(BrowserNewContextOptions options) => (options.ColorScheme, options.ViewportSize) = (scheme, new() { Width = width, Height = 800 });
        await LooksAsync(await SignedInAsync("alice", options: Look), ["/console", $"/console/approvals/{pending}", $"/console/approvals/{ended}", "/console/preferences", "/console/nowhere", "/console/sign-in"]);
        await LooksAsync(await SignedInAsync("olga", options: Look),
        [
            "/console/calls", $"/console/calls/{call}", $"/console/environments/{Stage.Production}", "/console/sessions", $"/console/sessions/{id}", "/console/agents", "/console/fleet",
            "/console/policies/strict", "/console/audit",
        ]);
    }

    private static async Task LooksAsync(IPage page, string[] paths)
    {
        foreach (var path in paths)
        {
            await page.GotoAsync(path);
            var found = await page.RunAxe(new() { RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } });
            Assert.True(found.Violations.Length == 0, $"{path} at {page.ViewportSize!.Width}: {string.Join("\n", found.Violations.Select(fault => $"{fault.Id} {fault.Help}: {string.Join(" | ", fault.Nodes.Select(node => node.Html))}"))}");
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} scrolls sideways at {page.ViewportSize!.Width}");
        }
    }
}
