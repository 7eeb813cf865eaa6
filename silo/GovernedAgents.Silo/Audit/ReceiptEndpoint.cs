using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Audit;

/// <summary>What anyone who may see a call can keep as proof of it.</summary>
public sealed class ReceiptEndpoint(IJournal journal, CheckpointWriter checkpoints, CallLookup lookup)
{
    private const int Page = 500;
    // A record's instant is the writer's, the call's are the deciding grain's: a batch lies between them, never more than this.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    public static void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/calls/{id}/receipt", (ReceiptEndpoint it, HttpContext http, string id) => it.ReadAsync(http, id))
            .Admits(Access.AnyRole | Access.Session).Gives<ReceiptBody>(200).Fails(404)
            .WithName("readReceipt").WithSummary("The call's records with inclusion proofs against signed checkpoints").WithTags("Audit");

    private async Task<IResult> ReadAsync(HttpContext http, string id)
    {
        if (await lookup.FindAsync(http, id) is not { } call) return CallLookup.NoSuch(id);
        var records = await OfCallAsync(call, http.RequestAborted);
        if (call.Approval is { } approval)
            await foreach (var record in journal.ReadStreamAsync($"approval/{approval.Id}", 0, http.RequestAborted)) records.Add(record);
        records.Sort((a, b) => a.Pos.CompareTo(b.Pos));
        var proofs = new List<ProofBody>(records.Count);
        foreach (var record in records) proofs.Add(ProofBody.Of(await checkpoints.ProveAsync(record.Pos, http.RequestAborted)));
        return Answers.Ok(new ReceiptBody { CallId = id, Records = [.. records.Select(RecordBody.Of)], Proofs = proofs, Keys = new RawJson(checkpoints.PublicKeys) });
    }

    /// <summary>O(log n) reads to the call's time in the environment's stream (instants never go back within one), then the records of that time.</summary>
    private async Task<List<JournalRecord>> OfCallAsync(CallSnapshot call, CancellationToken cancellation)
    {
        var stream = $"environment/{call.Environment}";
        var (low, high) = (0L, journal.CommittedPos);
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
