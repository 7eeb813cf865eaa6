using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

public sealed partial class PostgresJournalStore
{
    private const int Attempts = 8;

    public CommitOutcome Commit(JournalBatch batch)
    {
        try
        {
            _writer ??= new PostgresWriter(database);
        }
        catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
        {
            batch.Detail = PostgresFault.Detail(fault);
            return CommitOutcome.NotWritten;
        }

        try
        {
            if (!TryWhole(_writer, batch)) UnitForUnit(_writer, batch);
            return CommitOutcome.Committed;
        }
        catch (PostgresException fault) when (PostgresFault.IsRefusal(fault) && fault.SqlState != PostgresFault.Fenced && batch.NewestPos == 0)
        {
            batch.Detail = PostgresFault.Detail(fault);
            return CommitOutcome.NotWritten;
        }
    }

    /// <summary>The whole batch at once, which is the rule. False when some unit does not fit: then nothing of it is stored.</summary>
    private bool TryWhole(PostgresWriter writer, JournalBatch batch)
    {
        var units = new BatchArrays();
        foreach (var unit in batch.Units)
            if (!units.TryAdd(unit)) return false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var before = writer.Append(_id, _epoch, units, batch.Erasures, batch.EraseExpiredBefore) ?? 0;
                for (var i = 0; i < batch.Units.Count; i++) batch.Results[i] = new AppendResult(AppendStatus.Committed, before + units.Ends[i]);
                return true;
            }
            catch (PostgresException fault) when (PostgresFault.IsCollision(fault) && attempt < Attempts)
            {
            }
            catch (PostgresException fault) when (fault.SqlState == PostgresFault.DoesNotFit || PostgresFault.IsOfARow(fault))
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Looks what each unit stands against, answers those that do not fit, and writes the rest; again, when somebody was quicker in between. A row that the database
    /// refuses sends each of the rest alone.
    /// </summary>
    private void UnitForUnit(PostgresWriter writer, JournalBatch batch)
    {
        var open = Enumerable.Range(0, batch.Units.Count).ToList();
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                var standing = BatchStanding.Read(writer.Connection, open.Select(i => batch.Units[i]));
                var (units, fitting) = (new BatchArrays(), new List<int>());
                foreach (var i in open)
                {
                    if (standing.Refuse(batch.Units[i]) is { } refusal) batch.Results[i] = refusal;
                    else if (units.TryAdd(batch.Units[i])) fitting.Add(i);
                }

                open = fitting;
                var before = writer.Append(_id, _epoch, units, batch.Erasures, batch.EraseExpiredBefore) ?? 0;
                for (var i = 0; i < fitting.Count; i++) batch.Results[fitting[i]] = new AppendResult(AppendStatus.Committed, before + units.Ends[i]);
                return;
            }
            catch (PostgresException fault) when (fault.SqlState == PostgresFault.DoesNotFit || PostgresFault.IsCollision(fault))
            {
                // Somebody was quicker; what is still open is looked at again.
            }
            catch (PostgresException fault) when (PostgresFault.IsOfARow(fault))
            {
                if (open.Count > 1) foreach (var i in open) batch.Results[i] = Alone(writer, batch.Units[i]);
                else batch.Results[open[0]] = new AppendResult(AppendStatus.Unavailable, 0, $"The database refused a row of this unit ({fault.SqlState}: {fault.MessageText}).");
                if (batch.Erasures.Count > 0 || batch.EraseExpiredBefore is not null) writer.Append(_id, _epoch, new BatchArrays(), batch.Erasures, batch.EraseExpiredBefore);
                return;
            }
        }

        foreach (var i in open) batch.Results[i] = new AppendResult(AppendStatus.Unavailable, 0, "Other silos write the same streams faster than this one; retry.");
    }

    private AppendResult Alone(PostgresWriter writer, AppendUnit unit)
    {
        var batch = new JournalBatch();
        batch.Add(unit);
        UnitForUnit(writer, batch);
        return batch.Results[0];
    }
}
