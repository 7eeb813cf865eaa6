using System.Collections.Concurrent;
using System.Diagnostics;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Telemetry;
using GovernedAgents.Policy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Execution;

/// <summary>
/// Runs journaled starts off the grains' turns and brings each outcome back until it is durable. The last check (start lease on the monotonic
/// clock, run lease, cancellation) and the sending are one step: a start is sent or cancelled, never both.
/// </summary>
public sealed partial class ExecutionRunner(
    IGrainFactory grains, ControlState control, ToolRegistry tools, JournalClock clock, ILogger<ExecutionRunner> logger, IHostApplicationLifetime? lifetime = null)
{
    private readonly ConcurrentDictionary<string, Run> _runs = new(StringComparer.Ordinal);
    /// <summary>A grain factory looks its interfaces up by reflection each time.</summary>
    private readonly ConcurrentDictionary<string, IEnvironmentUpkeep> _environments = new(StringComparer.Ordinal);

    /// <summary>A start on this silo that has no durable outcome yet.</summary>
    public sealed class Run
    {
        private int _state;
        public required string CallId { get; init; }
        public required string Environment { get; init; }
        public required string Agent { get; init; }
        public required EffectClass Effect { get; init; }
        internal string? Trace { get; init; }
        internal ActivityContext Cause { get; init; }
        internal long LeaseEnd { get; init; }
        internal Task Ending { get; set; } = Task.CompletedTask;
        internal bool TrySend() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;
        internal bool TryCancel() => Interlocked.CompareExchange(ref _state, 2, 0) == 0;
        internal bool Sent => Volatile.Read(ref _state) == 1;
    }

    public bool Holds(string callId) => _runs.ContainsKey(callId);

    /// <summary>Cancels what has not been sent; after the return nothing of it can be sent any more.</summary>
    public void CancelUnsent(Func<Run, bool> which)
    {
        foreach (var run in _runs.Values)
        {
            if (which(run)) run.TryCancel();
        }
    }

    /// <summary>Completes when every start of this silo has a durable outcome, or when it may wait no longer.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        while (!_runs.IsEmpty && !cancellation.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <param name="environment">Where.</param>
    /// <param name="definition">Hash of the environment's definition that the call was judged by: it runs on those connectors or not at all.</param>
    /// <param name="agent">Whose call it is.</param>
    /// <param name="callId">Names it to the connector.</param>
    /// <param name="tool">As it was judged.</param>
    /// <param name="arguments">Canonical.</param>
    /// <param name="effect">Its class.</param>
    /// <param name="startLease">From the decision's instant; measured here on the monotonic clock.</param>
    /// <param name="decidedAt">Monotonic timestamp at the decision.</param>
    /// <param name="trace">The submission's <c>traceparent</c>, if it was traced.</param>
    public void Start(
        string environment, string definition, string agent, string callId, ToolDescription tool, System.Text.Json.JsonElement arguments, EffectClass effect, TimeSpan startLease, long decidedAt, string? trace)
    {
        var run = new Run
        {
            CallId = callId, Environment = environment, Agent = agent, Effect = effect, Trace = trace, Cause = Activity.Current?.Context ?? default,
            LeaseEnd = decidedAt + (long)(startLease.TotalSeconds * clock.Time.TimestampFrequency),
        };
        if (_runs.TryAdd(callId, run)) run.Ending = Task.Run(() => RunAsync(run, tools.Take(environment, definition), tool, arguments));
    }

    /// <summary>Waits until every start has a durable outcome, at most <paramref name="atMost"/>: a silo that stops in order leaves no unknown ones behind.</summary>
    public async Task DrainAsync(TimeSpan atMost, CancellationToken cancellation) =>
        await Task.WhenAll(_runs.Values.Select(run => run.Ending)).WaitAsync(atMost, clock.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task RunAsync(Run run, ServedEnvironment.Use? connectors, ToolDescription tool, System.Text.Json.JsonElement arguments)
    {
        using var hold = connectors;
        using var activity = GovernanceTracing.Execute(run.Environment, tool.Name, run.CallId, run.Trace, run.Cause);
        var since = clock.Time.GetTimestamp();
        ExecutionOutcome outcome;
        try
        {
            var request = new ExecutionRequest
            {
                CallId = run.CallId, Tool = tool, Arguments = arguments, Effect = run.Effect,
                BeforeSend = () => clock.Time.GetTimestamp() <= run.LeaseEnd && control.MayRun(run.Agent) && run.TrySend(),
            };
            outcome = connectors is null ? ConfigurationChanged() : tools.RedactModelKeys(connectors.Redact(await connectors.ConnectorOf(tool.Name).ExecuteAsync(request, CancellationToken.None)));
        }
        catch (Exception e)
        {
            LogConnectorFault(logger, run.CallId, e);
            outcome = new ExecutionOutcome
            {
                Kind = !run.Sent ? OutcomeKind.NotStarted : run.Effect == EffectClass.Read ? OutcomeKind.Failed : OutcomeKind.Unknown,
                ErrorSlug = "connector-fault", ErrorDetail = "The connector failed while it ran the call. The silo's log has the cause.",
            };
        }

        GovernanceMetrics.Executed(run.Environment, tool.Connector, outcome.Kind, clock.Time.GetElapsedTime(since));
        GovernanceTracing.Ended(activity, outcome.Kind.ToString().ToLowerInvariant(), outcome.ErrorSlug);
        await DeliverAsync(run, outcome);
    }

    private static ExecutionOutcome ConfigurationChanged() => new()
    {
        Kind = OutcomeKind.NotStarted, ErrorSlug = "configuration-changed", ErrorDetail = "The environment's tools were changed before the call was sent, so nothing was sent. Submit it again.",
    };

    /// <summary>An outcome is a fact: it is brought to whichever activation is current until one has it durable.</summary>
    private async Task DeliverAsync(Run run, ExecutionOutcome outcome)
    {
        var stopping = lifetime?.ApplicationStopped ?? CancellationToken.None;
        for (var delay = TimeSpan.FromMilliseconds(20); !stopping.IsCancellationRequested; delay = TimeSpan.FromMilliseconds(Math.Min(2_000, delay.TotalMilliseconds * 2)))
        {
            try
            {
                await _environments.GetOrAdd(run.Environment, static (name, factory) => factory.GetGrain<IEnvironmentUpkeep>(name), grains).RecordOutcomeAsync(run.CallId, outcome);
                break;
            }
            catch (Exception e)
            {
                LogOutcomeNotRecorded(logger, run.CallId, e);
                await Task.Delay(delay, clock.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _runs.TryRemove(run.CallId, out _);
    }

    [LoggerMessage(1, LogLevel.Error, "The connector of call {CallId} failed.")]
    private static partial void LogConnectorFault(ILogger logger, string callId, Exception e);

    [LoggerMessage(2, LogLevel.Warning, "The outcome of call {CallId} is not durable yet; trying again.")]
    private static partial void LogOutcomeNotRecorded(ILogger logger, string callId, Exception e);
}
