using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>A halt concerns every test of this silo: nothing else runs beside it.</summary>
[CollectionDefinition(nameof(Halting), DisableParallelization = true)]
public sealed class Halting;

[Collection(nameof(Halting))]
public sealed class HaltTests(Stage stage) : ConsoleTest(stage)
{
    [Fact]
    public async Task Fleet_IsHalted_EveryPageSaysSo_AndResumesOnlyWhenTyped()
    {
        var page = await SignedInAsync("olga");
        await page.GotoAsync("/console/fleet");
        await OperateTests.ActAsync(page, "Halt the fleet", "Stop everything");
        await Assertions.Expect(page.Locator(".lever-state")).ToHaveTextAsync("halted");
        var alice = await SignedInAsync("alice");
        await Assertions.Expect(alice.Locator(".halted")).ToContainTextAsync("Stop everything");
        await OperateTests.ActAsync(page, "Resume", "All clear", "no");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Type resume");
        await OperateTests.ActAsync(page, "Resume", "All clear", "resume");
        await Assertions.Expect(page.Locator(".lever-state")).ToHaveTextAsync("running");
        await alice.ReloadAsync();
        await Assertions.Expect(alice.Locator(".halted")).ToHaveCountAsync(0);
    }
}
