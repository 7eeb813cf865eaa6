using System.Diagnostics;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;

namespace GovernedAgents.Benchmarks;

/// <summary>An environment with a long history: how long until it answers again after a deactivation.</summary>
internal static class LargeActivation
{
    private const string Stream = $"environment/{Bench.Large}";
    private const int Unit = 2_000;

    public sealed record Times(TimeSpan Written, TimeSpan WithoutSnapshot, TimeSpan WithSnapshot);

    public static async Task<Times> MeasureAsync(Bench bench, long events)
    {
        var grain = bench.Grains.GetGrain<IEnvironmentGrain>(Bench.Large);
        await DeactivateAsync(bench, grain);
        var from = Stopwatch.GetTimestamp();
        await WriteAsync(bench, events);
        var written = Stopwatch.GetElapsedTime(from);
        await bench.SettleAsync();

        var without = await ReadAsync(grain);
        await DeactivateAsync(bench, grain);
        var snapshot = await bench.Services.GetRequiredService<SealedSnapshots>().ReadAsync(Stream, EnvironmentState.StateVersion);
        if (snapshot is null || snapshot.Seq < events) throw new InvalidOperationException($"No snapshot behind the {events} events: it stands at {snapshot?.Seq}.");
        return new Times(written, without, await ReadAsync(grain));
    }

    private static async Task<TimeSpan> ReadAsync(IEnvironmentGrain grain)
    {
        var from = Stopwatch.GetTimestamp();
        var read = await grain.ReadAsync() ?? throw new InvalidOperationException("The environment is not configured.");
        return read.Name == Bench.Large ? Stopwatch.GetElapsedTime(from) : throw new InvalidOperationException($"'{read.Name}' answered.");
    }

    private static async Task WriteAsync(Bench bench, long events)
    {
        var head = await bench.Journal.ReadHeadAsync(Stream);
        var stream = new JournalStream(Stream, head, default);
        var payload = EventCodec.Encode(new CallThrottled { Session = "ses_0123456789abcdef0123456789abcdef", Tool = "t.read", Limit = "reads", RetryAfter = TimeSpan.FromSeconds(3) });
        Task<AppendResult>? before = null;
        while (stream.Ahead.Seq < head.Seq + events)
        {
            var records = new JournalRecord[Unit];
            for (var i = 0; i < Unit; i++) records[i] = stream.Stage(nameof(CallThrottled), payload, bench.Clock.Now);
            var appended = bench.Journal.AppendAsync(new AppendUnit { Records = records }).AsTask();
            // The next unit is staged while this one is written.
            if (before is not null) Committed(await before);
            before = appended;
        }

        if (before is not null) Committed(await before);
    }

    private static void Committed(AppendResult result)
    {
        if (result.Status != AppendStatus.Committed) throw new InvalidOperationException($"The journal answered {result.Status}: {result.Detail}");
    }

    /// <summary>Returns when no activation is left.</summary>
    private static async Task DeactivateAsync(Bench bench, IEnvironmentGrain grain)
    {
        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        var management = bench.Grains.GetGrain<IManagementGrain>(0);
        while (await management.GetActivationAddress(grain) is not null) await Task.Delay(20);
    }
}
