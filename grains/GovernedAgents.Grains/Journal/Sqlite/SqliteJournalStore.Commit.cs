namespace GovernedAgents.Grains.Journal.Sqlite;

public sealed partial class SqliteJournalStore
{
    /// <summary>The whole batch without savepoints. Null when a row failed unexpectedly: all is rolled back and goes unit by unit.</summary>
    private CommitOutcome? TryFast(SqliteWriter writer, JournalBatch batch)
    {
        var nextPos = _nextPos;
        writer.Begin.Execute();
        try
        {
            for (var i = 0; i < batch.Units.Count; i++) batch.Results[i] = Write(writer, batch.Units[i], ref nextPos);
            if (!TryMoveHeads(writer)) throw new SqliteFault(SQLitePCL.raw.SQLITE_CONSTRAINT, "A stored head is not the one that the writer knows.");
        }
        catch (SqliteFault fault) when (fault.IsRowFault)
        {
            Forget();
            writer.Rollback();
            return null;
        }

        return Finish(writer, batch, nextPos);
    }

    /// <summary>Slow and thorough: heads and the newest position come from the database, each unit stands or falls alone.</summary>
    private CommitOutcome Replay(SqliteWriter writer, JournalBatch batch)
    {
        writer.Begin.Execute();
        var nextPos = writer.ReadNewestPos() + 1;
        for (var i = 0; i < batch.Units.Count; i++)
        {
            var firstPos = nextPos;
            writer.Save.Execute();
            try
            {
                batch.Results[i] = Write(writer, batch.Units[i], ref nextPos);
                if (!TryMoveHeads(writer)) batch.Results[i] = new AppendResult(AppendStatus.Conflict, 0, "The stream's head was moved by another writer.");
            }
            catch (SqliteFault fault) when (fault.IsRowFault)
            {
                batch.Results[i] = new AppendResult(AppendStatus.Unavailable, 0, $"The database refused a row of this unit ({fault.Message}).");
            }

            if (batch.Results[i].Status == AppendStatus.Committed)
            {
                _heads.Commit();
            }
            else
            {
                writer.Undo.Execute();
                _heads.Forget();
                if (batch.Units[i].Claim is { } claim && batch.Results[i].Status != AppendStatus.DuplicateClaim) _claims.Undo(claim);
                nextPos = firstPos;
            }

            writer.Release.Execute();
        }

        return Finish(writer, batch, nextPos);
    }

    private CommitOutcome Finish(SqliteWriter writer, JournalBatch batch, long nextPos)
    {
        foreach (var id in batch.Erasures) writer.Erase(id);
        if (batch.EraseExpiredBefore is { } instant) writer.EraseExpiredBefore(instant);
        _claims.SortSomeIfMany(writer);
        writer.Commit.Execute();
        _heads.Commit();
        _claims.Commit();
        _nextPos = nextPos;
        return CommitOutcome.Committed;
    }

    /// <summary>A unit that does not fit writes nothing, so that the others of its batch need no savepoint.</summary>
    private AppendResult Write(SqliteWriter writer, AppendUnit unit, ref long nextPos)
    {
        if (Fits(unit) is { } conflict) return new AppendResult(AppendStatus.Conflict, 0, conflict);
        if (unit.Claim is { } claim && !_claims.TryAdd(writer, claim, nextPos))
            return new AppendResult(AppendStatus.DuplicateClaim, 0, $"The call id '{claim.CallId}' is taken.");
        foreach (var content in unit.Contents) writer.Insert(content);
        foreach (var record in unit.Records)
        {
            writer.Insert(record, nextPos);
            _heads.Move(record.Stream, new StoredHead(record.Seq, record.Hash, nextPos, record.At));
            nextPos++;
        }

        return new AppendResult(AppendStatus.Committed, nextPos - 1);
    }

    private string? Fits(AppendUnit unit)
    {
        for (var i = 0; i < unit.Records.Count; i++)
        {
            var record = unit.Records[i];
            if (!IsFirstOfItsStream(unit, i)) continue;
            var head = _heads.Get(record.Stream);
            if (record.Seq != head.Seq + 1 || record.PrevHash != head.Hash)
                return $"Stream '{record.Stream}' stands at seq {head.Seq}; a record that claims to be seq {record.Seq} does not extend it.";
            if (record.At < head.LastAt) return $"Stream '{record.Stream}' has a later record than {record.At:O}; time does not go backwards.";
        }

        return null;
    }

    private static bool IsFirstOfItsStream(AppendUnit unit, int index)
    {
        for (var i = 0; i < index; i++)
            if (unit.Records[i].Stream == unit.Records[index].Stream) return false;
        return true;
    }

    private bool TryMoveHeads(SqliteWriter writer)
    {
        foreach (var (stream, head) in _heads.Moved)
            if (!writer.TryMove(stream, _heads.Stored(stream), head)) return false;
        return true;
    }
}
