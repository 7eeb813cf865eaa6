using System.Net.Sockets;
using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>What a fault of the database says about what was asked.</summary>
internal static class PostgresFault
{
    /// <summary>Raised by <c>journal_append</c>: another process has settled for this writer.</summary>
    public const string Fenced = "GA001";
    /// <summary>Raised by <c>journal_append</c>: a unit of the batch does not fit.</summary>
    public const string DoesNotFit = "GA002";

    /// <summary>The server said that the statement failed, and goes on: then nothing of it is stored. A FATAL or a broken connection says nothing of the kind.</summary>
    public static bool IsRefusal(PostgresException fault) => fault.InvariantSeverity == "ERROR" && !fault.SqlState.StartsWith("57P", StringComparison.Ordinal);

    /// <summary>The same statement may succeed at once: deadlock, serialization, a lock that was not had in time.</summary>
    public static bool IsCollision(PostgresException fault) => fault.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;

    /// <summary>A value or a constraint: the fault of one unit, not of the database.</summary>
    public static bool IsOfARow(PostgresException fault) => fault.SqlState.StartsWith("22", StringComparison.Ordinal) || fault.SqlState.StartsWith("23", StringComparison.Ordinal);

    public static bool IsOfTheDatabase(Exception fault) => fault is NpgsqlException or TimeoutException or IOException or SocketException;

    /// <summary>What a caller is told.</summary>
    public static string Detail(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "The database has no connection left; raise max_connections or lower Maximum Pool Size, and retry.",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "The database's disk is full; free some space and retry.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "The database takes no writes (a standby?); point Governance:Storage:ConnectionString at the primary and retry.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "The database refuses this silo's role; run 'GovernedAgents.Silo migrate up' with the silo's role and retry.",
        PostgresException server => $"The database refused ({server.SqlState}); retry shortly.",
        _ => "The database cannot be reached now; retry shortly.",
    };
}
