using Npgsql;
using NpgsqlTypes;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>The writer's connection with its one prepared statement. Belongs to one thread at a time.</summary>
internal sealed class PostgresWriter : IDisposable
{
    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Integer, NpgsqlDbType.Bigint,
        Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Bigint), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.TimestampTz), Array(NpgsqlDbType.Bigint), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.TimestampTz),
        Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Bigint), Array(NpgsqlDbType.TimestampTz), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Bytea), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Text),
        Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Bytea), Array(NpgsqlDbType.Bytea), Array(NpgsqlDbType.TimestampTz),
        Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Text), Array(NpgsqlDbType.Bigint),
        Array(NpgsqlDbType.Text), NpgsqlDbType.TimestampTz,
    ];

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _append;

    public PostgresWriter(NpgsqlDataSource database)
    {
        _connection = database.OpenConnection();
        _append = _connection.CreateCommand();
#pragma warning disable CA2100 // Placeholders only.
        _append.CommandText = $"SELECT journal_append({string.Join(", ", Types.Select((_, i) => $"${i + 1}"))})";
#pragma warning restore CA2100
        foreach (var type in Types) _append.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        try
        {
            _append.Prepare();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NpgsqlConnection Connection => _connection;

    /// <summary>One statement, one transaction.</summary>
    /// <returns>The position before the first record; null without records.</returns>
    public long? Append(int writer, long epoch, BatchArrays units, IReadOnlyCollection<string> erasures, DateTimeOffset? eraseExpiredBefore)
    {
        object[] values = [writer, epoch, .. units.Values(), erasures.ToArray(), (object?)eraseExpiredBefore?.UtcDateTime ?? DBNull.Value];
        for (var i = 0; i < values.Length; i++) _append.Parameters[i].Value = values[i];
        return _append.ExecuteScalar() as long?;
    }

    public void Dispose()
    {
        _append.Dispose();
        _connection.Dispose();
    }

    private static NpgsqlDbType Array(NpgsqlDbType element) => NpgsqlDbType.Array | element;
}
