using System.Threading.RateLimiting;
using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Hosting;

namespace GovernedAgents.Silo.Http;

/// <summary>
/// Bounds what is worked on at once. Requests that may hold for a call to change have a bound of their own, larger because a held request costs memory and no processor: neither
/// kind can starve the other.
/// </summary>
public static class EdgeConcurrency
{
    public static void AddEdgeConcurrency(this IServiceCollection services, EdgeOptions edge) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            !http.Request.Path.StartsWithSegments("/v1") && !http.Request.Path.StartsWithSegments("/mcp") && !http.Request.IsConsole() ? RateLimitPartition.GetNoLimiter("other")
            : MayHold(http.Request) ? RateLimitPartition.GetConcurrencyLimiter("waiting", _ => new() { PermitLimit = edge.MaxWaiting, QueueLimit = 0 })
            : RateLimitPartition.GetConcurrencyLimiter("work", _ => new() { PermitLimit = edge.MaxConcurrent, QueueLimit = edge.MaxQueued, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));
        limiter.OnRejected = (context, _) => new ValueTask(Problems.Unavailable("Too much is being asked at once; nothing was started. Repeat after Retry-After.").ExecuteAsync(context.HttpContext));
    });

    private static bool MayHold(HttpRequest request) => request.Path.Value is "/v1/events" or "/console/events" || request.Path.StartsWithSegments("/mcp") || (request.Path.StartsWithSegments("/v1/calls")
        && (HttpMethods.IsPost(request.Method) ? request.Path.Value is "/v1/calls" : request.Headers.IfNoneMatch.Count > 0 && request.Headers.ContainsKey("Prefer")));
}
