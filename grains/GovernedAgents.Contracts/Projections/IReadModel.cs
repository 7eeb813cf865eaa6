using GovernedAgents.Policy;

namespace GovernedAgents.Contracts;

/// <summary>Lists and look-ups that follow the journal. Answers reflect at least everything that was durable when the question was asked.</summary>
public interface IReadModel
{
    Task<CallSnapshot?> FindCallAsync(string callId, CancellationToken cancellation);
    Task<Page<CallSnapshot>> ListCallsAsync(CallFilter filter, PageRequest page, CancellationToken cancellation);
    Task<Page<ApprovalSnapshot>> ListApprovalsAsync(ApprovalFilter filter, PageRequest page, CancellationToken cancellation);
    Task<Page<SessionSnapshot>> ListSessionsAsync(SessionFilter filter, PageRequest page, CancellationToken cancellation);
}

/// <param name="Cursor">Opaque; null starts at the newest. A cursor that was not made here throws <see cref="FormatException"/>.</param>
public sealed record PageRequest(int Limit, string? Cursor);
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public sealed record CallFilter { public string? Environment { get; init; } public string? Session { get; init; } public CallStatus? State { get; init; } public string? Starter { get; init; } }
public sealed record ApprovalFilter { public ApprovalStatus? State { get; init; } /// <summary>Only those that this person could vote on now.</summary>
    public Reviewer? Reviewer { get; init; } }
public sealed record SessionFilter { public string? Starter { get; init; } public SessionStatus? State { get; init; } public string? Agent { get; init; } }
public sealed record Reviewer(string Person, IReadOnlyList<string> Groups);
