using System.Globalization;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Approvals;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Sessions;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Projections;

/// <summary>Follows the journal by position into the projection store; a question first waits for what was durable when it was asked.</summary>
public sealed partial class ReadModel(IJournal journal, JournalClock clock, ActiveConfiguration configuration, IProjectionStore store, ILogger<ReadModel> logger) : BackgroundService, IReadModel
{
    private const int BatchRecords = 10_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _following = new(1, 1);
    private ProjectionFold? _fold;
    private ProjectionPosition _position = new(-1, null);

    public long Position => Math.Max(0, _position.Pos);

    public async Task<CallSnapshot?> FindCallAsync(string callId, CancellationToken cancellation)
    {
        await CatchUpAsync(cancellation);
        return await FindAsync(callId, cancellation);
    }

    public Task<Page<CallSnapshot>> ListCallsAsync(CallFilter filter, PageRequest page, CancellationToken cancellation) =>
        PageAsync(new RowFilter { Type = "call", Environment = filter.Environment, Session = filter.Session, Starter = filter.Starter, State = filter.State is { } state ? ProjectionFold.Word(state) : null },
            page, async (_, document) => await CallAsync(document, cancellation), cancellation);

    public Task<Page<ApprovalSnapshot>> ListApprovalsAsync(ApprovalFilter filter, PageRequest page, CancellationToken cancellation) =>
        PageAsync(new RowFilter { Type = "approval", State = filter.Reviewer is not null ? ProjectionFold.Word(Policy.ApprovalStatus.Pending) : filter.State is { } state and not Policy.ApprovalStatus.Expired ? ProjectionFold.Word(state) : null }, page, async (_, document) =>
        {
            var approval = ProjectionFold.Read<ApprovalState>(document).State;
            var status = approval.StatusAt(clock.Now);
            if ((filter.State is { } wanted && status != wanted) || (filter.Reviewer is { } reviewer && !Concerns(approval, status, reviewer))) return null;
            var judged = approval.Requested!.Subject is null ? await FindAsync(approval.Requested.Call, cancellation) : await ApprovalViews.ProposalAsync(approval, journal, clock.Now, cancellation);
            return judged is { } call ? await ApprovalViews.ReadAsync(approval, call, journal, configuration, clock.Now, cancellation) : null;
        }, cancellation);

    public Task<Page<SessionSnapshot>> ListSessionsAsync(SessionFilter filter, PageRequest page, CancellationToken cancellation) =>
        PageAsync(new RowFilter { Type = "session", Starter = filter.Starter, Agent = filter.Agent, State = Stored(filter.State) }, page, async (id, document) =>
        {
            var state = ProjectionFold.Read<SessionState>(document).State;
            if (filter.State is { } wanted && state.StatusAt(clock.Now) != wanted) return null;
            var calls = await journal.ListClaimsAsync(id, cancellation);
            return SessionViews.Of(id, state, clock.Now, await journal.ReadContentAsync(state.Started!.Goal.Id, cancellation), calls.Count, null, configuration);
        }, cancellation);

    /// <summary>A row may still say "active" when its session's time is over, never the reverse: so only an ended one is looked for among all.</summary>
    private static string? Stored(Policy.SessionStatus? state) => state is null or Policy.SessionStatus.Ended ? null : ProjectionFold.Word(state.Value);

    /// <summary>What is due now, by kind and id.</summary>
    public Task<IReadOnlyList<(string Type, string Id, string? Environment)>> DueAsync(DateTimeOffset now, int limit) => store.DueAsync(now.UtcTicks, limit, CancellationToken.None);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await FollowAsync(await journal.ReadCommittedPosAsync(stoppingToken), stoppingToken)) await Task.Delay(Idle, clock.Time, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFollowingFailed(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), clock.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public async Task CatchUpAsync(CancellationToken cancellation)
    {
        var target = await journal.ReadCommittedPosAsync(cancellation);
        try
        {
            while (_position.Pos < target) await FollowAsync(target, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new JournalUnavailableException("The read model cannot follow the journal now; its log has the cause.", e);
        }
    }

    /// <returns>False when it has caught up: the next records may gather, so that a call's rows are written once and not for each record. Who asks does not wait for that.</returns>
    private async Task<bool> FollowAsync(long committed, CancellationToken cancellation)
    {
        await _following.WaitAsync(cancellation);
        try
        {
            var stored = _position.Pos < 0 ? await ResumeAsync(cancellation) : await store.ReadPositionAsync(cancellation);
            // Another silo has folded on: what is remembered of open calls here is not how they stand.
            if (stored != _position) (_position, _fold) = (stored, null);
            if (_position.Pos >= committed) return false;
            var records = await journal.ReadAllAsync(_position.Pos, BatchRecords, null, cancellation);
            if (records.Count == 0) return false;
            var fold = _fold ?? new ProjectionFold(store, journal);
            _fold = null;
            foreach (var record in records) await fold.ApplyAsync(record, cancellation);
            var next = new ProjectionPosition(records[^1].Pos, records[^1].Hash);
            if (!await store.SaveAsync(fold.Rows(), _position, next, cancellation)) return true;
            fold.Saved();
            (_fold, _position) = (fold, next);
            return records.Count == BatchRecords;
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>Where it stopped; from the beginning when the journal is not the one that it followed.</summary>
    private async Task<ProjectionPosition> ResumeAsync(CancellationToken cancellation)
    {
        var position = await store.ReadPositionAsync(cancellation);
        if (position.Pos == 0) return position;
        var last = await journal.ReadAllAsync(position.Pos - 1, 1, null, cancellation);
        if (last.Count == 1 && last[0].Pos == position.Pos && last[0].Hash == position.Hash) return position;
        LogRebuilding(logger, position.Pos);
        await store.ResetAsync(cancellation);
        return default;
    }

    private async Task<CallSnapshot?> FindAsync(string callId, CancellationToken cancellation)
    {
        if (await journal.FindClaimAsync(callId, cancellation) is not { } claim) return null;
        string? document;
        await _following.WaitAsync(cancellation);
        try
        {
            document = await store.FindAtAsync(claim.Pos, cancellation);
        }
        finally
        {
            _following.Release();
        }

        return document is null ? null : await CallAsync(document, cancellation);
    }

    private async Task<CallSnapshot?> CallAsync(string document, CancellationToken cancellation) =>
        ProjectionFold.Fold(await journal.ReadAtAsync(ProjectionFold.Positions(document), cancellation)) is { } call ? await CallViews.ReadAsync(call, journal, cancellation) : null;

    private async Task<Page<T>> PageAsync<T>(RowFilter filter, PageRequest page, Func<string, string, Task<T?>> read, CancellationToken cancellation) where T : class
    {
        await CatchUpAsync(cancellation);
        var (before, beforeId) = page.Cursor is null ? (long.MaxValue, "") : ParseCursor(page.Cursor);
        var items = new List<T>();
        while (true)
        {
            var rows = await store.ListAsync(filter, before, beforeId, page.Limit + 1, cancellation);
            foreach (var (created, id, document) in rows)
            {
                if (items.Count == page.Limit) return new Page<T>(items, MakeCursor(before, beforeId));
                (before, beforeId) = (created, id);
                if (await read(id, document) is { } item) items.Add(item);
            }

            if (rows.Count <= page.Limit) return new Page<T>(items, null);
        }
    }

    private static string MakeCursor(long before, string id) => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{before.ToString(CultureInfo.InvariantCulture)}:{id}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static (long, string) ParseCursor(string cursor)
    {
        var padded = cursor.Replace('-', '+').Replace('_', '/').PadRight((cursor.Length + 3) / 4 * 4, '=');
        var parts = Encoding.ASCII.GetString(Convert.FromBase64String(padded)).Split(':', 2);
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pos) ? (pos, parts[1]) : throw new FormatException("Not a cursor of this API.");
    }

    private static bool Concerns(ApprovalState approval, Policy.ApprovalStatus status, Reviewer reviewer) =>
        status == Policy.ApprovalStatus.Pending && !approval.Requested!.Excluded.Contains(reviewer.Person, StringComparer.Ordinal)
        && Quorum.MayVote(approval.Requested.Requirements, reviewer.Person, reviewer.Groups);

    [LoggerMessage(1, LogLevel.Error, "The read model could not follow the journal; trying again.")]
    private static partial void LogFollowingFailed(ILogger logger, Exception e);

    [LoggerMessage(2, LogLevel.Warning, "The journal does not hold position {Pos} as the read model saw it; the read model is rebuilt from the journal.")]
    private static partial void LogRebuilding(ILogger logger, long pos);
}
