namespace GovernedAgents.Grains.Journal;

/// <summary>The shape every unit has before it is queued. A breach is the caller's bug, found before anything is written.</summary>
internal static class AppendUnitRules
{
    /// <returns>Rough size of the unit, bytes.</returns>
    public static long Check(AppendUnit unit)
    {
        if (unit.Records.Count == 0) throw new ArgumentException("An append unit holds at least one record.", nameof(unit));
        long bytes = 0;
        for (var i = 0; i < unit.Records.Count; i++)
        {
            var record = unit.Records[i];
            if (record.Seq < 1 || record.Hash.Length != 64 || record.PrevHash.Length != 64)
                throw new ArgumentException($"Record {record.Seq} of stream '{record.Stream}' has no valid seq, hash or prevHash; stage it by JournalStream.", nameof(unit));
            for (var j = i - 1; j >= 0; j--)
            {
                var before = unit.Records[j];
                if (before.Stream != record.Stream) continue;
                if (record.Seq != before.Seq + 1 || record.PrevHash != before.Hash || record.At < before.At)
                    throw new ArgumentException($"Record {record.Seq} of stream '{record.Stream}' does not follow record {before.Seq} of the same unit.", nameof(unit));
                break;
            }

            bytes += record.Payload.Length + 320;
        }

        foreach (var content in unit.Contents) bytes += content.Bytes.Length + 128;
        return bytes;
    }
}
