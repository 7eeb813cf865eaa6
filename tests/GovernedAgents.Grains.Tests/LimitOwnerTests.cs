using System.Diagnostics;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Tests.Kit;
using Orleans.Runtime;

namespace GovernedAgents.Grains.Tests;

/// <summary>The owner of a bucket that silos share: what it gives, whoever else believes to own it, whoever vanishes.</summary>
public sealed class LimitOwnerTests
{
    private const string Bucket = "together:fleet:p:";

    [Fact]
    public async Task Lease_FromTwoActivationsAtOnce_GivesTheBucketOnce()
    {
        await using var one = await Gate.StartAsync();
        await using var other = await Gate.StartAsync(beside: one);
        var owners = new[] { one.Grains.GetGrain<ILimitGrain>(Bucket), other.Grains.GetGrain<ILimitGrain>(Bucket) };
        var slow = Asking("x", 0) with { Count = 1, Window = TimeSpan.FromDays(1), Burst = 10 };
        foreach (var owner in owners) await owner.LeaseAsync(slow);
        var given = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => GivenAsync(owners[i % 2], slow with { Holder = $"h{i}", Wanted = 1 })));
        Assert.Equal(10, given.Sum());
    }

    [Fact]
    public async Task Lease_AfterTheOwnerEnded_KnowsWhatIsOut_AndALostAnswerIsMadeGood()
    {
        await using var gate = await Gate.StartAsync();
        var owner = gate.Grains.GetGrain<ILimitGrain>(Bucket);
        var slow = Asking("a", 6) with { Count = 1, Window = TimeSpan.FromDays(1), Burst = 10 };
        Assert.Equal(6, (await owner.LeaseAsync(slow)).Leased);
        await gate.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        // The holder never saw that answer: it still says that it has nothing, and asks for no more than it had asked for.
        var again = await owner.LeaseAsync(slow with { Wanted = 0 });
        Assert.Equal((6, (TimeSpan?)null), (again.Leased, again.For));
        Assert.Equal(4, (await owner.LeaseAsync(slow with { Holder = "b", Wanted = 10 })).Leased);
        // Four come back unused, and are there for the next.
        await owner.LeaseAsync(slow with { Leased = 6, Spent = 2, Returned = 4, Wanted = 0 });
        Assert.Equal(4, (await owner.LeaseAsync(slow with { Holder = "c", Wanted = 10 })).Leased);
    }

    [Fact]
    public async Task Lease_OfAHolderThatVanished_IsOverAfterItsTime_AndTellsItSo()
    {
        await using var gate = await Gate.StartAsync();
        var owner = gate.Grains.GetGrain<ILimitGrain>(Bucket);
        var quick = Asking("gone", 5) with { Count = 1_000, Window = TimeSpan.FromSeconds(1), Burst = 5 };
        var watch = Stopwatch.StartNew();
        var lease = await owner.LeaseAsync(quick);
        Assert.Equal(5, lease.Leased);
        LimitLease next;
        do
        {
            next = await owner.LeaseAsync(quick with { Holder = "next" });
            Assert.True(next.Leased > 0 || next.RetryAfter > TimeSpan.Zero);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "The lease of a holder that vanished never ends.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        while (next.Leased == 0);
        Assert.True(watch.Elapsed > lease.For, $"Its starts were given again after {watch.Elapsed}, while it could still make them.");
        Assert.True((await owner.LeaseAsync(quick with { Leased = 5 })).Over);
    }

    private static LimitLeaseRequest Asking(string holder, int wanted) =>
        new() { Holder = holder, LimitId = "together", Count = 1, Window = TimeSpan.FromDays(1), Burst = 10, Leased = 0, Spent = 0, Returned = 0, Wanted = wanted };

    /// <summary>An activation that was overtaken refuses; what it was asked is asked again.</summary>
    private static async Task<long> GivenAsync(ILimitGrain owner, LimitLeaseRequest request)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return (await owner.LeaseAsync(request)).Leased;
            }
            catch (Exception e) when (e is InvalidOperationException or OrleansException && tries < 50)
            {
                await Task.Yield();
            }
        }
    }
}
