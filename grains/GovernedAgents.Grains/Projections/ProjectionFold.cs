using System.Text.Json;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Sessions;

namespace GovernedAgents.Grains.Projections;

/// <summary>The stored shape of a session's or approval's row: the fold's state and where it began.</summary>
public sealed record Projected<T>(long CreatedPos, T State);

/// <summary>
/// Folds records into rows with the very functions that the grains use. A call's row keeps where its records stand, not what they say: calls are many,
/// and most are never looked at. Calls that are open stay in memory from batch to batch. After a failed batch, throw it away.
/// </summary>
internal sealed class ProjectionFold(IProjectionStore store, IJournal journal)
{
    private const int MostOpen = 50_000;

    private readonly Dictionary<string, (List<long> Positions, OpenCall? State)> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long CreatedPos, object State)> _others = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changedCalls = new(StringComparer.Ordinal);

    public async ValueTask ApplyAsync(JournalRecord record, CancellationToken cancellation)
    {
        var slash = record.Stream.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return;
        switch (record.Stream.AsSpan(0, slash))
        {
            case "environment":
                if (record.Event is not CallEvent occurred) break;
                if (!_calls.TryGetValue(occurred.Call, out var call))
                    call = occurred is CallSubmitted ? ([], null) : await LoadCallAsync(occurred.Call, cancellation);
                call.Positions.Add(record.Pos);
                _calls[occurred.Call] = (call.Positions, OpenCall.Apply(call.State, occurred, record.At, record.Seq));
                _changedCalls.Add(occurred.Call);
                break;
            case "session":
                var session = await LoadAsync<SessionState>(record.Stream[(slash + 1)..], record.Pos, cancellation);
                _others[record.Stream[(slash + 1)..]] = (session.CreatedPos, (session.State ?? new SessionState()).Apply(record.Event, record.At));
                break;
            case "approval":
                var approval = await LoadAsync<ApprovalState>(record.Stream[(slash + 1)..], record.Pos, cancellation);
                _others[record.Stream[(slash + 1)..]] = (approval.CreatedPos, (approval.State ?? new ApprovalState()).Apply(record.Event, record.At));
                break;
        }
    }

    /// <summary>What changed since <see cref="Saved"/>.</summary>
    public IEnumerable<ProjectedRow> Rows() => _changedCalls.Select(CallRow).OfType<ProjectedRow>().Concat(_others.Select(pair => pair.Value.State switch
    {
        SessionState session => new ProjectedRow
        {
            Id = pair.Key, Type = "session", CreatedPos = pair.Value.CreatedPos, Starter = session.Started?.Person, Agent = session.Started?.Agent, State = Word(session.Status),
            DueTicks = session.Status == SessionStatus.Ended ? null : session.Started?.ExpiresAt.UtcTicks, Document = Write(pair.Value.CreatedPos, session),
        },
        ApprovalState approval => new ProjectedRow
        {
            Id = pair.Key, Type = "approval", CreatedPos = pair.Value.CreatedPos, Environment = approval.Requested?.Environment, Session = approval.Requested?.Session,
            Starter = approval.Requested?.Starter, Agent = approval.Requested?.Agent, State = Word(approval.Status),
            DueTicks = approval.DueAt?.UtcTicks, Document = Write(pair.Value.CreatedPos, approval),
        },
        var other => throw new InvalidOperationException($"No row for {other.GetType().Name}."),
    }));

    /// <summary>The rows are stored: forgets what is not open.</summary>
    public void Saved()
    {
        foreach (var id in _changedCalls)
            if (_calls[id].State is null or { Ended: true }) _calls.Remove(id);
        if (_calls.Count > MostOpen) _calls.Clear();
        _changedCalls.Clear();
        _others.Clear();
    }

    /// <summary>A call from its records.</summary>
    public static OpenCall? Fold(IEnumerable<JournalRecord> records) =>
        records.Aggregate(default(OpenCall), (call, record) => OpenCall.Apply(call, (CallEvent)record.Event, record.At, record.Seq));

    public static List<long> Positions(string document) => JsonSerializer.Deserialize<List<long>>(document)!;

    /// <summary>An enum's name on the wire.</summary>
    public static string Word<T>(T value) where T : struct, Enum => Words<T>.Of(value);

    public static Projected<T> Read<T>(string document) => JsonSerializer.Deserialize<Projected<T>>(document, EventCodec.Json)!;

    private ProjectedRow? CallRow(string id) => _calls[id] is not { State: { } call, Positions: var positions } ? null : new ProjectedRow
    {
        Id = id, Type = "call", CreatedPos = positions[0], Environment = call.Submitted.Environment, Session = call.Submitted.Session, Starter = call.Submitted.Starter,
        Agent = call.Submitted.Agent, State = Word(call.Status), DueTicks = call.DueAt?.UtcTicks, Document = $"[{string.Join(',', positions)}]",
    };

    private async Task<(List<long> Positions, OpenCall? State)> LoadCallAsync(string id, CancellationToken cancellation)
    {
        if (await journal.FindClaimAsync(id, cancellation) is not { } claim || await store.FindAtAsync(claim.Pos, cancellation) is not { } document) return ([], null);
        var positions = Positions(document);
        return (positions, Fold(await journal.ReadAtAsync(positions, cancellation)));
    }

    private async ValueTask<(long CreatedPos, T? State)> LoadAsync<T>(string id, long pos, CancellationToken cancellation) where T : class
    {
        if (_others.TryGetValue(id, out var changed)) return (changed.CreatedPos, (T)changed.State);
        if (await store.FindAsync(id, cancellation) is not { } document) return (pos, null);
        var read = Read<T>(document);
        return (read.CreatedPos, read.State);
    }

    private static string Write<T>(long createdPos, T state) => JsonSerializer.Serialize(new Projected<T>(createdPos, state), EventCodec.Json);

    private static class Words<T> where T : struct, Enum
    {
        private static readonly Dictionary<T, string> All = Enum.GetValues<T>().ToDictionary(value => value, value => JsonSerializer.Serialize(value, EventCodec.Json).Trim('"'));

        public static string Of(T value) => All[value];
    }
}
