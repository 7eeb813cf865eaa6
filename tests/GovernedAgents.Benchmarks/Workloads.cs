using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Benchmarks;

/// <summary>What is measured, each as one call of one caller.</summary>
internal sealed class Workloads(Bench bench, IReadOnlyList<SessionFacts> sessions)
{
    private readonly IEnvironmentGrain _environment = bench.Grains.GetGrain<IEnvironmentGrain>(Bench.Busy);
    private readonly IPlainGrain _plain = bench.Grains.GetGrain<IPlainGrain>("plain");
    private readonly JournalStream _stream = new("environment/appends", StreamHead.Empty, default);
    private readonly Lock _staging = new();

    /// <summary>Decided, journaled, executed, outcome journaled, answered.</summary>
    public async Task GovernedAsync(int caller) => Check(await _environment.SubmitAsync(Call(), sessions[caller % sessions.Count]));

    /// <summary>The same through the session, which keeps the idempotency keys.</summary>
    public async Task ThroughSessionAsync(int caller) =>
        Check(await bench.Grains.GetGrain<IAgentSessionGrain>(sessions[caller % sessions.Count].Session).SubmitAsync(Call()));

    public Task PlainAsync(int caller) => _plain.CallAsync(NewId());

    /// <summary>A unit like an outcome's.</summary>
    public Task AppendOneAsync(int caller) =>
        AppendAsync([("ExecutionFinished", EventCodec.Encode(new ExecutionFinished { Call = NewId(), Succeeded = true }))], [], null);

    /// <summary>A unit like a start's: submission, decision, start, with the arguments and the claim of the call id.</summary>
    public Task AppendThreeAsync(int caller)
    {
        var (id, session) = (NewId(), sessions[caller % sessions.Count]);
        var content = ContentWrite.Of(Encoding.UTF8.GetBytes($"{{\"arguments\":{{}},\"nonce\":\"{Hash[..32]}\"}}"), out var reference);
        return AppendAsync(
            [
                ("CallSubmitted", EventCodec.Encode(new CallSubmitted
                {
                    Call = id, Session = session.Session, Agent = session.Agent, Starter = session.Person, Environment = "appends", Generation = 1, Tool = "t.read",
                    ToolSchemaHash = Hash, Action = "idle:read", Effect = EffectClass.Read, Tier = session.Tier, CallHash = Hash, Content = reference,
                })),
                ("CallDecided", EventCodec.Encode(new CallDecided
                {
                    Call = id, Decision = new Decision { Effect = DecisionEffect.Allow, RuleIds = ["baseline"], Reasons = ["The baseline allows read at tier supervised."], PolicyVersion = Hash },
                })),
                ("ExecutionStarted", EventCodec.Encode(new ExecutionStarted { Call = id, StartBy = bench.Clock.Now, FinishBy = DateTimeOffset.MaxValue })),
            ], [content], new CallClaim(id, session.Session, "appends", "r"));
    }

    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private async Task AppendAsync((string Kind, byte[] Payload)[] events, IReadOnlyList<ContentWrite> contents, CallClaim? claim)
    {
        ValueTask<AppendResult> appended;
        // Staged and queued in one step: the order of the stream is the order of the queue.
        lock (_staging)
            appended = bench.Journal.AppendAsync(new AppendUnit { Records = [.. events.Select(one => _stream.Stage(one.Kind, one.Payload, bench.Clock.Now))], Contents = contents, Claim = claim });
        if (await appended is { Status: not AppendStatus.Committed } refused) throw new InvalidOperationException($"The journal answered {refused.Status}: {refused.Detail}");
    }

    private static string NewId() => $"call_{Guid.NewGuid():N}";

    private static SubmitCall Call() => new() { CallId = NewId(), RequestHash = "r", Environment = Bench.Busy, Tool = "t.read", ArgumentsJson = """{"id":"42"}""", Wait = TimeSpan.FromSeconds(20) };

    private static void Check(Answer<CallSnapshot> answer)
    {
        if (answer.Value?.State != CallStatus.Succeeded) throw new InvalidOperationException($"A governed call ended as {answer.Value?.State.ToString() ?? answer.Refusal?.Slug}: {answer.Refusal?.Detail}");
    }
}
