using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <summary>The whole audit as JSON Lines: a checkpoint is made first, then come the records that it covers in position order, then all checkpoints.</summary>
public sealed class AuditExport(IJournal journal, CheckpointWriter checkpoints)
{
    /// <summary>Streams in O(page) memory. Records committed meanwhile wait for the next export.</summary>
    public async Task WriteAsync(Stream output, CancellationToken cancellation = default)
    {
        await checkpoints.MakeAsync(cancellation);
        var chain = await checkpoints.ListAsync(cancellation);
        using var page = new MemoryStream();
        if (chain.Count > 0)
        {
            await foreach (var record in CheckpointWriter.ReadRangeAsync(journal, 1, chain[^1].ToPos, cancellation))
            {
                Line(record).WriteTo(page);
                page.WriteByte((byte)'\n');
                if (page.Length > 64 << 10) await FlushAsync(page, output, cancellation);
            }
        }

        foreach (var checkpoint in chain)
        {
            page.Write(checkpoint.ToJson());
            page.WriteByte((byte)'\n');
        }

        await FlushAsync(page, output, cancellation);
    }

    public static AuditLine Line(JournalRecord record) => new()
    {
        Pos = record.Pos,
        Stream = record.Stream,
        Seq = record.Seq,
        At = record.At,
        Kind = record.Kind,
        Payload = record.Payload,
        PrevHash = record.PrevHash,
        Hash = record.Hash,
    };

    private static async Task FlushAsync(MemoryStream page, Stream output, CancellationToken cancellation)
    {
        await output.WriteAsync(page.GetBuffer().AsMemory(0, (int)page.Length), cancellation);
        page.SetLength(0);
    }
}
