using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

public sealed partial class PostgresJournalStore
{
    private const string Records = "SELECT pos, stream, seq, at, kind, payload, prev_hash, hash FROM journal_records";
    private const string Heads = "SELECT head.stream, head.seq, head.hash, record.pos, head.last_at FROM journal_heads AS head JOIN journal_records AS record ON record.stream = head.stream AND record.seq = head.seq";
    private const string Calls = "SELECT call.call_id, call.session, call.environment, call.request_hash, record.pos FROM journal_calls AS call JOIN journal_records AS record ON record.stream = call.stream AND record.seq = call.seq";

    public Task<StreamInfo?> ReadHeadAsync(string stream, CancellationToken cancellation) => OneAsync($"{Heads} WHERE head.stream = $1", Info, cancellation, stream);

    public Task<IReadOnlyList<JournalRecord>> ReadStreamAsync(string stream, long afterSeq, int limit, CancellationToken cancellation) =>
        ManyAsync($"{Records} WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3", Record, cancellation, stream, afterSeq, limit);

    public Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream, CancellationToken cancellation) => stream is null
        ? ManyAsync($"{Records} WHERE pos > $1 ORDER BY pos LIMIT $2", Record, cancellation, afterPos, limit)
        : ManyAsync($"{Records} WHERE stream = $1 AND pos > $2 ORDER BY seq LIMIT $3", Record, cancellation, stream, afterPos, limit);

    public Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation) =>
        ManyAsync($"{Records} WHERE pos = ANY ($1) ORDER BY pos", Record, cancellation, positions.ToArray());

    public Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation) => ManyAsync($"{Heads} ORDER BY head.stream", Info, cancellation);

    public Task<StoredContent?> ReadContentAsync(string id, CancellationToken cancellation) => OneAsync("SELECT salt, bytes, expires FROM journal_contents WHERE id = $1",
        static row => new StoredContent(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : row.GetFieldValue<DateTimeOffset>(2)), cancellation, id);

    public Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation) => OneAsync($"{Calls} WHERE call.call_id = $1", Claim, cancellation, callId);

    public Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation) =>
        ManyAsync($"{Calls} WHERE call.session = $1 ORDER BY call.call_id", Claim, cancellation, session);

    public async Task<long> ReadLastPosAsync(CancellationToken cancellation) =>
        (await ManyAsync("SELECT coalesce(max(pos), 0) FROM journal_records", static row => row.GetInt64(0), cancellation))[0];

    private static StreamInfo Info(NpgsqlDataReader row) => new(row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4));

    private static CallClaim Claim(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)) { Pos = row.GetInt64(4) };

    private static JournalRecord Record(NpgsqlDataReader row) => new()
    {
        Pos = row.GetInt64(0),
        Stream = row.GetString(1),
        Seq = row.GetInt64(2),
        At = row.GetFieldValue<DateTimeOffset>(3),
        Kind = row.GetString(4),
        Payload = row.GetFieldValue<byte[]>(5),
        PrevHash = row.GetString(6),
        Hash = row.GetString(7),
    };

    private async Task<T?> OneAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] values) where T : class =>
        await ManyAsync(sql, read, cancellation, values) is [var found, ..] ? found : null;

    /// <exception cref="JournalUnavailableException">The database does not answer.</exception>
    private async Task<IReadOnlyList<T>> ManyAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object[] values)
    {
        try
        {
            await using var command = database.CreateCommand(sql);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            var list = new List<T>();
            while (await rows.ReadAsync(cancellation)) list.Add(read(rows));
            return list;
        }
        catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
        {
            throw new JournalUnavailableException(PostgresFault.Detail(fault), fault);
        }
    }
}
