using System.Globalization;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class CronScheduleTests
{
    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static CronSchedule Parse(string text) => CronSchedule.TryParse(text, out var schedule, out var fault) ? schedule : throw new FormatException(fault);

    [Theory]
    [InlineData("0 18 * * 1-5", "UTC", "2026-11-20T18:00:00Z", "2026-11-23T18:00:00Z")]
    [InlineData("0 18 * * MON-FRI", "Asia/Shanghai", "2026-11-23T09:59:59Z", "2026-11-23T10:00:00Z")]
    [InlineData("*/15 9-10 * * *", "UTC", "2026-11-23T10:45:00Z", "2026-11-24T09:00:00Z")]
    [InlineData("5/20 0 1 jan,jul *", "UTC", "2026-01-01T00:45:00Z", "2026-07-01T00:05:00Z")]
    [InlineData("0 0 13 * 5", "UTC", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 * * 7", "UTC", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")]
    [InlineData("30 23 31 12 *", "Pacific/Auckland", "2026-12-31T10:29:59Z", "2026-12-31T10:30:00Z")]
    public void NextAfter_IsTheNextLocalTime_AndLastAtLeadsBack(string cron, string zone, string from, string next)
    {
        var (schedule, timeZone) = (Parse(cron), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(At(next), schedule.NextAfter(At(from), timeZone));
        Assert.Equal(At(next), schedule.LastAt(At(next), timeZone));
        Assert.True(schedule.LastAt(At(next).AddTicks(-1), timeZone) <= At(from));
    }

    /// <summary>Berlin springs from 02:00 to 03:00 on 29 March 2026 (01:00 UTC) and falls back from 03:00 to 02:00 on 25 October 2026 (01:00 UTC).</summary>
    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 3 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z")]
    public void NextAfter_AtAClockChange_HappensOnce(string cron, string from, string next) =>
        Assert.Equal(At(next), Parse(cron).NextAfter(At(from), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    [Theory]
    [InlineData("2026-11-23T09:59:59Z", false, null)]
    [InlineData("2026-11-23T10:00:00Z", true, "2026-11-24T00:00:00Z")]
    [InlineData("2026-11-23T23:59:59Z", true, "2026-11-24T00:00:00Z")]
    [InlineData("2026-11-24T00:00:00Z", false, null)]
    [InlineData("2026-11-27T23:00:00Z", true, "2026-11-28T00:00:00Z")]
    [InlineData("2026-11-28T12:00:00Z", false, null)]
    public void FreezesAt_OfNightsInShanghai_HoldsForItsDuration(string at, bool frozen, string? until)
    {
        var policy = CompiledPolicy.Compile(Documents.Set(Documents.Policy).Policies["production"]);
        var found = policy.FreezesAt(At(at), EffectClass.Destroy);
        Assert.Equal(frozen ? ["nights"] : [], found.Select(f => f.Id));
        if (until is not null) Assert.Equal(At(until), found[0].Until);
        Assert.Empty(policy.FreezesAt(At(at), EffectClass.Mutate));
    }

    [Fact]
    public void FreezesAt_WhenRecurrencesTouch_TellsTheEndOfTheWholeStretch_InAnyOrderOfAsking()
    {
        var policy = CompiledPolicy.Compile(Documents.PolicyOf("  freezes: [ { id: f, cron: '0 8,9,10 * * *', duration: 90m } ]"));
        foreach (var (time, until) in new[] { ("09:15", "11:30"), ("11:29", "11:30"), ("07:59", null), ("08:00", "11:30"), ("11:30", null), ("08:30", "11:30") })
            Assert.Equal(until is null ? null : At($"2026-05-05T{until}:00Z"), policy.FreezesAt(At($"2026-05-05T{time}:00Z")).SingleOrDefault()?.Until);
    }

    /// <summary>A freeze over the hour that a clock change repeats lasts its duration of elapsed time, not of the clock on the wall.</summary>
    [Fact]
    public void FreezesAt_OverAClockChange_CountsElapsedTime()
    {
        var policy = CompiledPolicy.Compile(Documents.PolicyOf("  freezes: [ { id: f, cron: '0 1 * * *', duration: 3h, timeZone: Europe/Berlin } ]"));
        Assert.Equal(At("2026-10-25T02:00:00Z"), policy.FreezesAt(At("2026-10-24T23:30:00Z")).Single().Until);
        Assert.Equal(At("2026-03-29T03:00:00Z"), policy.FreezesAt(At("2026-03-29T00:30:00Z")).Single().Until);
    }
}
