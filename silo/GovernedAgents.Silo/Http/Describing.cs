using GovernedAgents.Silo.OpenApi;

namespace GovernedAgents.Silo.Http;

/// <summary>What an endpoint takes and gives, for its description.</summary>
public static class Describing
{
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, bool optional = false) => route.WithMetadata(new TakesBody(typeof(T), optional));
    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder route, int status) => route.Produces<T>(status, "application/json");
    public static RouteHandlerBuilder Pages(this RouteHandlerBuilder route, params IReadOnlyList<string> filters) => route.WithMetadata(new TakesPage(filters, true));
    public static RouteHandlerBuilder Queries(this RouteHandlerBuilder route, params IReadOnlyList<string> filters) => route.WithMetadata(new TakesPage(filters, false));

    /// <summary>Problem statuses beside those that every endpoint has (401, 403, 500, 503).</summary>
    public static RouteHandlerBuilder Fails(this RouteHandlerBuilder route, params IReadOnlyList<int> statuses)
    {
        foreach (var status in statuses.Concat([401, 403, 500, 503])) route.Produces<ProblemBody>(status, "application/problem+json");
        return route;
    }
}
