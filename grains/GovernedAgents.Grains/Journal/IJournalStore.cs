namespace GovernedAgents.Grains.Journal;

/// <summary>
/// A back end of the journal. <see cref="Open"/>, <see cref="Commit"/> and <see cref="Settle"/> are called by the one writer thread
/// only, one at a time; the reads by anybody. What leaves <see cref="Commit"/> as an exception counts as <see cref="CommitOutcome.Unknown"/>.
/// </summary>
public interface IJournalStore : IJournalReads, IAsyncDisposable
{
    /// <summary>Nobody else writes while this one is open: positions run on without gaps.</summary>
    bool SoleWriter { get; }

    /// <summary>Applies migrations and reads where the journal stands.</summary>
    /// <exception cref="JournalOpenException">The stored journal cannot be used by this program.</exception>
    JournalOpening Open();

    /// <summary>One transaction for the whole batch. On <see cref="CommitOutcome.Committed"/> every unit's result is set; a refused unit fails no other.</summary>
    CommitOutcome Commit(JournalBatch batch);

    /// <summary>Housekeeping in small steps while nothing waits to be written; called by the writer thread. True when there is more.</summary>
    bool Tidy() => false;

    /// <summary>
    /// After an unknown commit: finds out on a new connection which units are durable, makes sure that an absent one stays absent, and
    /// sets the results. Throws when it cannot tell yet.
    /// </summary>
    CommitOutcome Settle(JournalBatch batch);
}

public enum CommitOutcome
{
    Committed,
    /// <summary>Certainly nothing of the batch is stored.</summary>
    NotWritten,
    Unknown,
}

/// <param name="LastPos">Newest position, 0 when empty.</param>
/// <param name="LastAt">Latest recorded instant.</param>
/// <param name="Now">The database's instant.</param>
public sealed record JournalOpening(long LastPos, DateTimeOffset LastAt, DateTimeOffset Now);

/// <summary>The journal is there but cannot be used: newer than this program, or not a journal. The message says the next step.</summary>
public sealed class JournalOpenException(string message) : Exception(message);

/// <summary>The writer was stopped before it could learn whether a unit is durable: it may or may not be.</summary>
public sealed class JournalUnsettledException(string message) : Exception(message);

/// <summary>A read or an erasure was refused: the journal cannot answer now.</summary>
public sealed class JournalUnavailableException(string message, Exception? cause = null) : IOException(message, cause);
