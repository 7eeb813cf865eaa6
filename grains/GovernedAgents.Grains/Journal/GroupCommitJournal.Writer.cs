using GovernedAgents.Grains.Telemetry;

namespace GovernedAgents.Grains.Journal;

public sealed partial class GroupCommitJournal
{
    private static readonly TimeSpan IdleBeforeTidying = TimeSpan.FromSeconds(1);

    private void Run()
    {
        try
        {
            var gathered = new List<PendingAppend>();
            while (Gather(gathered))
            {
                var batch = new JournalBatch();
                foreach (var pending in gathered)
                {
                    if (pending.Unit is { } unit) batch.Add(unit);
                    if (pending.Erasure is { } id) batch.Erasures.Add(id);
                    batch.EraseExpiredBefore = pending.EraseExpiredBefore ?? batch.EraseExpiredBefore;
                }

                var since = _clock.Time.GetTimestamp();
                if (CommitOrSettle(batch) is { } outcome)
                {
                    Answer(gathered, batch, outcome);
                    GovernanceMetrics.Batch(batch, _clock.Time.GetElapsedTime(since));
                }
                else Abandon(gathered);
                gathered.Clear();
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    /// <summary>Waits for work, tidying up meanwhile. False when stopping and empty.</summary>
    private bool Gather(List<PendingAppend> gathered)
    {
        for (var wait = IdleBeforeTidying; !TryGather(gathered, wait);)
        {
            // What was queued before the stop is still written; after it nothing is queued.
            if (_stopping) return TryGather(gathered, TimeSpan.Zero);
            wait = _store.Tidy() ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
        }

        return true;
    }

    /// <summary>Takes as much as one transaction may carry. False when nothing came in time.</summary>
    private bool TryGather(List<PendingAppend> gathered, TimeSpan wait)
    {
        lock (_gate)
        {
            if (_queue.Count == 0 && !_stopping)
            {
                _idle = true;
                Monitor.Wait(_gate, wait);
                _idle = false;
            }

            long bytes = 0;
            while (gathered.Count < _limits.BatchUnits && _queue.TryPeek(out var next) && (gathered.Count == 0 || bytes + next.Bytes <= _limits.BatchBytes))
            {
                bytes += next.Bytes;
                gathered.Add(_queue.Dequeue());
            }

            return gathered.Count > 0;
        }
    }

    /// <returns>Null when the writer was stopped before the outcome could be known.</returns>
    private CommitOutcome? CommitOrSettle(JournalBatch batch)
    {
        Exception? cause = null;
        try
        {
            var outcome = _store.Commit(batch);
            if (outcome != CommitOutcome.Unknown) return outcome;
        }
        catch (Exception fault)
        {
            cause = fault;
        }

        LogUnknown(cause);
        RefuseQueued();
        var backOff = _limits.SettleBackOff;
        while (true)
        {
            try
            {
                var outcome = _store.Settle(batch);
                if (outcome != CommitOutcome.Unknown)
                {
                    _unsettled = false;
                    return outcome;
                }
            }
            catch (Exception fault)
            {
                LogUnsettled(fault, backOff);
            }

            lock (_gate)
            {
                if (_stopping) return null;
                Monitor.Wait(_gate, backOff);
                if (_stopping) return null;
            }

            backOff = TimeSpan.FromTicks(Math.Min(backOff.Ticks * 2, _limits.SettleBackOffMax.Ticks));
        }
    }

    /// <summary>What was queued behind a commit of unknown end was never tried: its callers need not wait for the settlement.</summary>
    private void RefuseQueued()
    {
        Queue<PendingAppend> rest;
        lock (_gate)
        {
            _unsettled = true;
            (rest, _queue) = (_queue, new Queue<PendingAppend>());
        }

        foreach (var pending in rest) pending.SetResult(new AppendResult(AppendStatus.Unavailable, 0, Settling));
    }

    private void Answer(List<PendingAppend> gathered, JournalBatch batch, CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.NotWritten)
        {
            batch.RefuseAll(batch.Detail ?? "The journal cannot be written now; retry shortly.");
            LogNotWritten(batch.Units.Count, batch.Detail);
        }
        else
        {
            for (var i = 0; _tail is not null && i < batch.Units.Count; i++)
                if (batch.Results[i] is { Status: AppendStatus.Committed } committed) _tail.Add(batch.Units[i].Records, committed.LastPos);
            // Before anybody is answered, so that who has an answer also finds the record below this position.
            Volatile.Write(ref _committedPos, Math.Max(_committedPos, batch.NewestPos));
        }

        var unit = 0;
        foreach (var pending in gathered)
        {
            pending.SetResult(pending.Unit is not null ? batch.Results[unit++]
                : outcome == CommitOutcome.Committed ? new AppendResult(AppendStatus.Committed, 0)
                : new AppendResult(AppendStatus.Unavailable, 0, batch.Detail));
        }
    }

    /// <summary>Stopped while unsettled: what was in flight is unknown, what was queued behind it was never tried.</summary>
    private void Abandon(List<PendingAppend> gathered)
    {
        foreach (var pending in gathered)
            pending.SetException(new JournalUnsettledException("The journal was stopped before it could learn whether this was stored; read the stream again after the restart."));
        Queue<PendingAppend> rest;
        lock (_gate) (rest, _queue) = (_queue, new Queue<PendingAppend>());
        foreach (var pending in rest) pending.SetResult(new AppendResult(AppendStatus.Unavailable, 0, "The journal is shutting down."));
    }
}
