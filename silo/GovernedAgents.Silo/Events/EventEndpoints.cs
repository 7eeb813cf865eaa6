using System.Globalization;
using System.Text.Json;
using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Events;

/// <summary>Live updates as server-sent events: for the API's callers, and for the console's pages by their cookie.</summary>
public sealed class EventEndpoints(EventFeed feed, Visitors visitors, TimeProvider time)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    /// <summary>A listener comes back by itself; so nobody goes on listening on a credential that has ended or was taken away.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/events", (EventEndpoints it, HttpContext http) => it.SendAsync(http))
            .Admits(Access.AnyRole | Access.Session).Sends("text/event-stream").Produces(200, contentType: "text/event-stream").Fails(400)
            .WithName("listenToEvents").WithSummary("Server-sent events about what the caller may see; Last-Event-ID resumes").WithTags("Events");

    public static void MapForConsole(IEndpointRouteBuilder routes) =>
        routes.MapGet(ConsoleHost.Root + "/events", (EventEndpoints it, HttpContext http) => it.SendAsync(http)).FromConsole(Access.AnyRole);

    private async Task<IResult> SendAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        var gone = http.RequestAborted;
        var head = await feed.HeadAsync(gone);
        var place = head;
        if (http.Request.Headers["Last-Event-ID"] is { Count: > 0 } said && !long.TryParse(said.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out place))
            return Problems.BadRequest($"Last-Event-ID '{said}' is not the id of an event.");
        // An id of before a restore may lie ahead of the journal.
        place = Math.Min(place, head);

        var response = http.Response;
        (response.ContentType, response.Headers.CacheControl, response.Headers["X-Accel-Buffering"]) = ("text/event-stream", "no-store", "no");
        await response.WriteAsync("retry: 2000\n\n", gone);
        await response.Body.FlushAsync(gone);
        using var _ = feed.Listen();
        var begun = time.GetTimestamp();
        var spoken = begun;
        while (time.GetElapsedTime(begun) < Longest && Stands(http, visitor))
        {
            (var events, place) = await feed.AfterAsync(place, Heartbeat, gone);
            var seen = events.Where(visitor.Sees).ToList();
            foreach (var occurred in seen) await response.WriteAsync(Written(occurred), gone);
            if (seen.Count == 0 && time.GetElapsedTime(spoken) < Heartbeat) continue;
            if (seen.Count == 0) await response.WriteAsync(": \n\n", gone);
            spoken = time.GetTimestamp();
            await response.Body.FlushAsync(gone);
        }

        return Results.Empty;
    }

    private bool Stands(HttpContext http, Visitor visitor) =>
        visitor.Caller is not Caller.OfPerson { Principal.ExpiresAt: var until } || (time.GetUtcNow() < (until ?? DateTimeOffset.MaxValue) && visitors.Of(http).Problem is null);

    private static string Written(GovernanceEvent occurred) =>
        string.Create(CultureInfo.InvariantCulture, $"id: {occurred.Pos}\nevent: {occurred.Type}\ndata: {JsonSerializer.Serialize(EventBody.Of(occurred), ApiJson.Options)}\n\n");
}
