using System.Globalization;
using GovernedAgents.Policy.Audit;
using Microsoft.Data.Sqlite;

namespace GovernedAgents.Grains.Journal.Sqlite;

public sealed partial class SqliteJournalStore
{
    private const string RecordColumns = "pos, stream, seq, at, kind, payload, prev_hash, hash";

    private readonly string _readConnection;

    public Task<StreamInfo?> ReadHeadAsync(string stream, CancellationToken cancellation) =>
        One("SELECT stream, seq, hash, last_pos, last_at FROM heads WHERE stream = $1", Info, cancellation, stream);

    public Task<IReadOnlyList<JournalRecord>> ReadStreamAsync(string stream, long afterSeq, int limit, CancellationToken cancellation) =>
        Many($"SELECT {RecordColumns} FROM records WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3", Record, cancellation, stream, afterSeq, limit);

    // The index on (stream, seq) serves both: within a stream the order by seq is the order by position.
    public Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream, CancellationToken cancellation) => stream is null
        ? Many($"SELECT {RecordColumns} FROM records WHERE pos > $1 ORDER BY pos LIMIT $2", Record, cancellation, afterPos, limit)
        : Many($"SELECT {RecordColumns} FROM records WHERE stream = $1 AND pos > $2 ORDER BY seq LIMIT $3", Record, cancellation, stream, afterPos, limit);

    public Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation) =>
        Many($"SELECT {RecordColumns} FROM records WHERE pos IN (SELECT value FROM json_each($1)) ORDER BY pos", Record, cancellation, $"[{string.Join(',', positions)}]");

    public Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation) =>
        Many("SELECT stream, seq, hash, last_pos, last_at FROM heads ORDER BY stream", Info, cancellation);

    public Task<StoredContent?> ReadContentAsync(string id, CancellationToken cancellation) =>
        One("SELECT salt, bytes, expires FROM content WHERE id = $1", static row => new StoredContent(
            row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : AuditInstant.Parse(row.GetString(2))), cancellation, id);

    // Memory first: what has left it is in the table by then.
    public Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation) => _claims.Find(callId) is { } known
        ? Task.FromResult<CallClaim?>(known)
        : One("SELECT call_id, session, environment, request_hash, pos FROM calls WHERE call_id = $1", Claim, cancellation, callId);

    public async Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation)
    {
        var known = _claims.Of(session);
        var sorted = await Many("SELECT call_id, session, environment, request_hash, pos FROM calls WHERE session = $1 ORDER BY call_id", Claim, cancellation, session);
        return [.. sorted.Concat(known).DistinctBy(claim => claim.CallId)];
    }

    public async Task<long> ReadLastPosAsync(CancellationToken cancellation) =>
        (await Many("SELECT coalesce(max(pos), 0) FROM records", static row => row.GetInt64(0), cancellation))[0];

    private static StreamInfo Info(SqliteDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3), AuditInstant.Parse(row.GetString(4)));

    internal static CallClaim Claim(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)) { Pos = row.GetInt64(4) };

    private static JournalRecord Record(SqliteDataReader row) => new()
    {
        Pos = row.GetInt64(0),
        Stream = row.GetString(1),
        Seq = row.GetInt64(2),
        At = AuditInstant.Parse(row.GetString(3)),
        Kind = row.GetString(4),
        Payload = row.GetFieldValue<byte[]>(5),
        PrevHash = row.GetString(6),
        Hash = row.GetString(7),
    };

    private async Task<T?> One<T>(string sql, Func<SqliteDataReader, T> read, CancellationToken cancellation, params object[] values) where T : class =>
        await Many(sql, read, cancellation, values) is { Count: > 0 } found ? found[0] : null;

    // SQLite reads block, and grains must not: off the caller's thread.
    /// <exception cref="JournalUnavailableException">The file cannot be read now: even a reader needs some space beside it.</exception>
    private Task<IReadOnlyList<T>> Many<T>(string sql, Func<SqliteDataReader, T> read, CancellationToken cancellation, params object[] values) => Task.Run<IReadOnlyList<T>>(() =>
    {
        try
        {
            return Rows(sql, read, values, cancellation);
        }
        catch (SqliteException fault)
        {
            throw new JournalUnavailableException("The journal's file cannot be read now; repeat the request.", fault);
        }
    }, cancellation);

    private List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, object[] values, CancellationToken cancellation)
    {
        using var connection = new SqliteConnection(_readConnection);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts of ours; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue("$" + (i + 1).ToString(CultureInfo.InvariantCulture), values[i]);
        using var rows = command.ExecuteReader();
        var list = new List<T>();
        while (rows.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            list.Add(read(rows));
        }

        return list;
    }
}
