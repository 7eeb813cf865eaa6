using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Audit;

/// <summary>What anyone who may see a call can keep as proof of it.</summary>
public sealed class ReceiptEndpoint(CallRecords calls, CheckpointWriter checkpoints, CallLookup lookup)
{
    public static void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/calls/{id}/receipt", (ReceiptEndpoint it, HttpContext http, string id) => it.ReadAsync(http, id))
            .Admits(Access.AnyRole | Access.Session).Gives<ReceiptBody>(200).Fails(404)
            .WithName("readReceipt").WithSummary("The call's records with inclusion proofs against signed checkpoints").WithTags("Audit");

    private async Task<IResult> ReadAsync(HttpContext http, string id)
    {
        if (await lookup.FindAsync(http, id) is not { } call) return CallLookup.NoSuch(id);
        var records = await calls.OfAsync(call, http.RequestAborted);
        var proofs = new List<ProofBody>(records.Count);
        foreach (var record in records) proofs.Add(ProofBody.Of(await checkpoints.ProveAsync(record.Pos, http.RequestAborted)));
        return Answers.Ok(new ReceiptBody { CallId = id, Records = [.. records.Select(RecordBody.Of)], Proofs = proofs, Keys = new RawJson(checkpoints.PublicKeys) });
    }
}
