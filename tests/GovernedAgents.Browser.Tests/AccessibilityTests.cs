using Deque.AxeCore.Playwright;
using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>WCAG 2.2 AA as far as a machine sees it, light and dark, from 360 pixels to a desktop.</summary>
public sealed class AccessibilityTests(Stage stage)
{
    public static TheoryData<ColorScheme, int> Looks => new() { { ColorScheme.Light, 1280 }, { ColorScheme.Dark, 1280 }, { ColorScheme.Light, 360 }, { ColorScheme.Dark, 360 } };

    [Theory, MemberData(nameof(Looks))]
    public async Task Pages_HaveNoFault_AndNeverScrollSideways(ColorScheme scheme, int width)
    {
        var session = await stage.StartSessionAsync();
        var (pending, _) = await stage.HoldAsync("A rather long argument that goes on: " + new string('x', 600), "papers.shred", "I am sure\u202E.", session);
        var (ended, _) = await stage.HoldAsync("Short", session: session);
        await stage.VoteAsync(ended, "bob", "deny");
        var page = await stage.SignedInAsync("alice", options => (options.ColorScheme, options.ViewportSize) = (scheme, new() { Width = width, Height = 800 }));
        foreach (var path in new[] { "/console", "/console?show=ended", $"/console/approvals/{pending}", $"/console/approvals/{ended}", "/console/preferences", "/console/nowhere", "/console/sign-in" })
        {
            await page.GotoAsync(path);
            var found = await page.RunAxe(new() { RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } });
            Assert.True(found.Violations.Length == 0, $"{path} {scheme} {width}: {string.Join("\n", found.Violations.Select(fault => $"{fault.Id} {fault.Help}: {string.Join(" | ", fault.Nodes.Select(node => node.Html))}"))}");
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} scrolls sideways at {width}");
        }
    }
}
