using System.Globalization;
using System.Text;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Audit;

/// <summary>The journal as auditors read it.</summary>
public sealed class AuditEndpoints(IJournal journal, CheckpointWriter checkpoints, AuditExport export)
{
    private const Access Readers = Access.Auditor | Access.Operator;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/audit/records", (AuditEndpoints it, HttpContext http) => it.RecordsAsync(http))
            .Admits(Readers).Gives<ListBody<RecordBody>>(200).Fails(400).Pages("stream", "afterPos")
            .WithName("listAuditRecords").WithSummary("Records in the order of their positions, after afterPos").WithTags("Audit");
        v1.MapGet("/audit/streams", (AuditEndpoints it, HttpContext http) => it.StreamsAsync(http))
            .Admits(Readers).Gives<ListBody<StreamBody>>(200).Fails(400).Pages()
            .WithName("listAuditStreams").WithSummary("Streams by name with their heads").WithTags("Audit");
        v1.MapGet("/audit/checkpoints", (AuditEndpoints it, HttpContext http) => it.CheckpointsAsync(http))
            .Admits(Readers).Gives<CheckpointsBody>(200).Fails()
            .WithName("listCheckpoints").WithSummary("All checkpoints and the public keys").WithTags("Audit");
        v1.MapGet("/audit/export", (AuditEndpoints it) => it.Export())
            .Admits(Readers).Sends("application/jsonl").Produces(200, contentType: "application/jsonl").Fails()
            .WithName("exportAudit").WithSummary("JSON Lines: all records, then all checkpoints").WithTags("Audit");
    }

    private async Task<IResult> RecordsAsync(HttpContext http)
    {
        var page = Paging.Read(http.Request, "stream", "afterPos");
        if (page.Problem is { } unreadable) return unreadable;
        var text = page.Value!.Cursor ?? Paging.Text(http.Request, "afterPos") ?? "0";
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var after)) return Problems.BadRequest($"afterPos '{text}' is not a position.");
        var records = await journal.ReadAllAsync(after, page.Value.Limit, Paging.Text(http.Request, "stream"), http.RequestAborted);
        return Answers.Ok(new ListBody<RecordBody>
        {
            Items = [.. records.Select(RecordBody.Of)],
            Next = records.Count == page.Value.Limit ? records[^1].Pos.ToString(CultureInfo.InvariantCulture) : null,
        });
    }

    private async Task<IResult> StreamsAsync(HttpContext http)
    {
        var page = Paging.Read(http.Request);
        if (page.Problem is { } unreadable) return unreadable;
        var streams = (await journal.ListStreamsAsync(http.RequestAborted)).ToDictionary(s => s.Stream, StringComparer.Ordinal);
        var (names, next) = Paging.ByName([.. streams.Keys.Order(StringComparer.Ordinal)], page.Value!);
        return Answers.Ok(new ListBody<StreamBody> { Items = [.. names.Select(n => StreamBody.Of(streams[n]))], Next = next });
    }

    private async Task<IResult> CheckpointsAsync(HttpContext http) => Answers.Ok(new CheckpointsBody
    {
        Items = [.. (await checkpoints.ListAsync(http.RequestAborted)).Select(c => new RawJson(Encoding.UTF8.GetString(c.ToJson())))],
        Keys = new RawJson(checkpoints.PublicKeys),
    });

    private IResult Export() => Results.Stream(body => export.WriteAsync(body), "application/jsonl");
}
