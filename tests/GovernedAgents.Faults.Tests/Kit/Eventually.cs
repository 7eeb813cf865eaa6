using System.Diagnostics;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>Waits for something that another process brings about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    public static async Task TrueAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < Limit, $"After {Limit} still not: {what}.");
            await Task.Delay(100);
        }
    }
}
