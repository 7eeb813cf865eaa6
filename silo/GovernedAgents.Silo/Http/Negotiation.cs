using Microsoft.Net.Http.Headers;

namespace GovernedAgents.Silo.Http;

/// <summary>406 for a caller that takes none of what the endpoint can send.</summary>
public static class Negotiation
{
    public static TBuilder Sends<TBuilder>(this TBuilder builder, string mediaType) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Sent(mediaType));

    public static RouteGroupBuilder RefuseUnacceptable(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter(async (context, next) => Accepts(context.HttpContext) ? await next(context)
            : Problems.Of("not-acceptable", $"Accept '{context.HttpContext.Request.Headers.Accept}' excludes '{Offered(context.HttpContext)}', which is what this sends."));
        return group;
    }

    private static string Offered(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<Sent>()?.MediaType ?? "application/json";

    private static bool Accepts(HttpContext http)
    {
        var accept = http.Request.Headers.Accept;
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(accept, out var wanted)) return true;
        var offered = new MediaTypeHeaderValue(Offered(http));
        return wanted.Any(w => w.Quality is not 0 && offered.IsSubsetOf(w));
    }

    private sealed record Sent(string MediaType);
}
