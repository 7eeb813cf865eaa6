using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Silo.Audit;

/// <summary>What the journal holds of one call.</summary>
public sealed class CallRecords(IJournal journal)
{
    private const int Page = 500;
    // A record's instant is the writer's, the call's are the deciding grain's: a batch lies between them, never more than this.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>The call's records and its approval's, in the order of their positions.</summary>
    public async Task<IReadOnlyList<JournalRecord>> OfAsync(CallSnapshot call, CancellationToken cancellation)
    {
        var records = await OfCallAsync(call, cancellation);
        if (call.Approval is { } approval)
            await foreach (var record in journal.ReadStreamAsync($"approval/{approval.Id}", 0, cancellation)) records.Add(record);
        records.Sort((a, b) => a.Pos.CompareTo(b.Pos));
        return records;
    }

    /// <summary>O(log n) reads to the call's time in the environment's stream (instants never go back within one), then the records of that time.</summary>
    private async Task<List<JournalRecord>> OfCallAsync(CallSnapshot call, CancellationToken cancellation)
    {
        var stream = $"environment/{call.Environment}";
        var (low, high) = (0L, await journal.ReadCommittedPosAsync(cancellation));
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var found = await journal.ReadAllAsync(middle, 1, stream, cancellation);
            if (found.Count == 0 || found[0].At >= call.CreatedAt - Margin) high = middle;
            else low = found[0].Pos;
        }
        var records = new List<JournalRecord>();
        while (await journal.ReadAllAsync(low, Page, stream, cancellation) is { Count: > 0 } page)
        {
            foreach (var record in page) if (Names(record, call.Id)) records.Add(record);
            if (page[^1].At > call.UpdatedAt + Margin) break;
            low = page[^1].Pos;
        }
        return records;
    }

    private static bool Names(JournalRecord record, string callId)
    {
        using var payload = JsonDocument.Parse(record.Payload);
        return payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.EnumerateObject().Any(p => p.Value.ValueKind == JsonValueKind.String && p.Value.ValueEquals(callId));
    }
}
