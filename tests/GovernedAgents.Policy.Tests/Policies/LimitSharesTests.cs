using CsCheck;
using Xunit;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class LimitSharesTests
{
    private static readonly LimitSpend Ten = new("k", "l", 1, TimeSpan.FromDays(1), 10);

    [Fact]
    public void Lease_GivesWhatIsThere_AndSaysHowLongForMore()
    {
        var shares = new LimitShares().Lease("a", 7, Ten, 0, out var first).Lease("b", 7, Ten, 0, out var second);
        Assert.Equal((7, 3), (first, second));
        Assert.Equal(10, shares.Out);
        Assert.Equal(TimeSpan.FromDays(1), shares.UntilOne(Ten, 0));
    }

    [Fact]
    public void Settle_OfWhatCameBack_GivesItToTheNext_AndWhatWasToldTwiceIsOnce()
    {
        var shares = new LimitShares().Lease("a", 10, Ten, 0, out _);
        shares = shares.Settle("a", 6, 4, Ten, 0).Settle("a", 6, 4, Ten, 0).Lease("b", 10, Ten, 0, out var given);
        Assert.Equal(4, given);
        Assert.Equal(4, shares.Out);
    }

    [Fact]
    public void Settle_OfMoreThanWasGiven_GivesNothing()
    {
        var shares = new LimitShares().Lease("a", 3, Ten, 0, out _).Settle("a", 100, 100, Ten, 0).Settle("nobody", 5, 5, Ten, 0);
        Assert.Equal(0, shares.Out);
        shares.Lease("b", 100, Ten, 0, out var given);
        Assert.Equal(10, given);
    }

    [Fact]
    public void Level_WhileEverythingIsOut_DoesNotRefill_AndAfterALostLeaseRefillsFromItsEnd()
    {
        var shares = new LimitShares().Lease("a", 10, Ten, 0, out _);
        var later = TimeSpan.FromDays(5).Ticks;
        shares.Lease("b", 10, Ten, later, out var none);
        Assert.Equal(0, none);
        shares = shares.Drop("a", Ten, later);
        shares.Lease("b", 10, Ten, later + TimeSpan.FromDays(2).Ticks, out var two);
        Assert.Equal(2, two);
    }

    private enum Step { Ask, Start, Tell, GiveBack, Vanish, OwnerForgets }

    /// <summary>A holder as it is on its silo: what it knows that it has, and what it has told.</summary>
    private sealed class Holder(string id)
    {
        public string Id => id;
        public long Leased, Spent, Returned;
    }

    /// <summary>Shares are asked for, spent, told of, given back and lost in any order, and the owner falls back to what it last recorded: never is a window exceeded.</summary>
    [Fact]
    public void Starts_OfAllHolders_InAnyWindow_NeverExceedBurstPlusRate() => Gen.Select(
        Gen.Int[1, 20], Gen.Int[1, 60], Gen.Int[1, 12], Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 2], Gen.Int[1, 6], Gen.OneOf(Gen.Const(0L), Gen.Long[0, 40_000_000])).Array[1, 150]).Sample((count, seconds, burst, steps) =>
    {
        var terms = new LimitSpend("k", "l", count, TimeSpan.FromSeconds(seconds), burst);
        var (shares, recorded) = (new LimitShares(), new LimitShares());
        var holders = new[] { new Holder("0"), new Holder("1"), new Holder("2") };
        var starts = new List<long>();
        long at = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            var (step, which, amount, gap) = steps[i];
            at += gap;
            var holder = holders[which];
            switch (step)
            {
                case Step.Ask:
                    shares = recorded = shares.Settle(holder.Id, holder.Spent, holder.Returned, terms, at).Lease(holder.Id, amount, terms, at, out var given);
                    holder.Leased += given;
                    break;
                case Step.Start when holder.Leased - holder.Spent - holder.Returned > 0:
                    holder.Spent++;
                    starts.Add(at);
                    break;
                case Step.Tell:
                    shares = shares.Settle(holder.Id, holder.Spent, holder.Returned, terms, at);
                    break;
                case Step.GiveBack:
                    holder.Returned += Math.Min(amount, holder.Leased - holder.Spent - holder.Returned);
                    shares = recorded = shares.Settle(holder.Id, holder.Spent, holder.Returned, terms, at);
                    break;
                case Step.Vanish:
                    shares = recorded = shares.Drop(holder.Id, terms, at);
                    holders[which] = new Holder($"{which}.{i}");
                    break;
                case Step.OwnerForgets:
                    shares = recorded;
                    break;
            }
        }

        for (var i = 0; i < starts.Count; i++)
            for (var j = i; j < starts.Count; j++)
                if ((Int128)(j - i + 1 - burst) * terms.Window.Ticks > (Int128)(starts[j] - starts[i]) * count) return false;
        return true;
    });
}
