using System.Text.Json;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Sessions;

namespace GovernedAgents.Grains.Projections;

/// <summary>The stored shape of a row: the fold's state and where it began.</summary>
public sealed record Projected<T>(long CreatedPos, T State);

/// <summary>Folds a batch of records into rows with the very functions that the grains use.</summary>
internal sealed class ProjectionFold(Func<string, string?> find)
{
    private readonly Dictionary<string, (long CreatedPos, object State)> _changed = new(StringComparer.Ordinal);

    public void Apply(JournalRecord record)
    {
        var slash = record.Stream.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return;
        var key = record.Stream[(slash + 1)..];
        switch (record.Stream[..slash])
        {
            case "environment" when EventCodec.Decode(record.Kind, record.Payload.Span) is CallEvent occurred:
                var (callPos, call) = Load<OpenCall>(occurred.Call, record.Pos);
                if (OpenCall.Apply(call, occurred, record.At, record.Seq) is { } next) _changed[occurred.Call] = (callPos, next);
                break;
            case "session":
                var (sessionPos, session) = Load<SessionState>(key, record.Pos);
                _changed[key] = (sessionPos, (session ?? new SessionState()).Apply(EventCodec.Decode(record.Kind, record.Payload.Span), record.At));
                break;
            case "approval":
                var (approvalPos, approval) = Load<ApprovalState>(key, record.Pos);
                _changed[key] = (approvalPos, (approval ?? new ApprovalState()).Apply(EventCodec.Decode(record.Kind, record.Payload.Span), record.At));
                break;
        }
    }

    public IEnumerable<ProjectedRow> Rows() => _changed.Select(pair => pair.Value.State switch
    {
        OpenCall call => new ProjectedRow
        {
            Id = pair.Key, Type = "call", CreatedPos = pair.Value.CreatedPos, Environment = call.Submitted.Environment, Session = call.Submitted.Session, Starter = call.Submitted.Starter,
            Agent = call.Submitted.Agent, State = Word(call.Status), DueTicks = call.DueAt?.UtcTicks, Document = Write(pair.Value.CreatedPos, call),
        },
        SessionState session => new ProjectedRow
        {
            Id = pair.Key, Type = "session", CreatedPos = pair.Value.CreatedPos, Starter = session.Started?.Person, Agent = session.Started?.Agent, State = Word(session.Status),
            DueTicks = session.Status == SessionStatus.Ended ? null : session.Started?.ExpiresAt.UtcTicks, Document = Write(pair.Value.CreatedPos, session),
        },
        ApprovalState approval => new ProjectedRow
        {
            Id = pair.Key, Type = "approval", CreatedPos = pair.Value.CreatedPos, Environment = approval.Requested?.Environment, Session = approval.Requested?.Session,
            Starter = approval.Requested?.Starter, Agent = approval.Requested?.Agent, State = Word(approval.Status),
            DueTicks = approval.Status == ApprovalStatus.Pending ? approval.Requested?.Deadline.UtcTicks : null, Document = Write(pair.Value.CreatedPos, approval),
        },
        var other => throw new InvalidOperationException($"No row for {other.GetType().Name}."),
    });

    /// <summary>An enum's name on the wire.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonSerializer.Serialize(value, EventCodec.Json).Trim('"');

    public static Projected<T> Read<T>(string document) => JsonSerializer.Deserialize<Projected<T>>(document, EventCodec.Json)!;

    private (long, T?) Load<T>(string id, long pos) where T : class
    {
        if (_changed.TryGetValue(id, out var changed)) return (changed.CreatedPos, (T)changed.State);
        if (find(id) is not { } document) return (pos, null);
        var read = Read<T>(document);
        return (read.CreatedPos, read.State);
    }

    private static string Write<T>(long createdPos, T state) => JsonSerializer.Serialize(new Projected<T>(createdPos, state), EventCodec.Json);
}
