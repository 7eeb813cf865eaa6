using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Identity;

/// <summary>Runs before every endpoint of the API: nobody disabled gets further, and the endpoints find the visitor ready.</summary>
public static class VisitorFilter
{
    public static RouteGroupBuilder ResolveVisitors(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var visitor = http.RequestServices.GetRequiredService<Visitors>().Of(http);
            if (visitor.Problem is { } refused) return refused;
            http.Features.Set(visitor.Value!);
            return await next(context);
        });
        return group;
    }

    public static Visitor Visitor(this HttpContext http) =>
        http.Features.Get<Visitor>() ?? throw new InvalidOperationException("An endpoint outside the API and the console asked for its visitor.");
}
