using Microsoft.AspNetCore.Authorization;

namespace GovernedAgents.Silo.Identity;

/// <summary>Endpoint metadata: who is admitted.</summary>
public sealed record AccessRule(Access Admits);

public static class AccessRules
{
    public static TBuilder Admits<TBuilder>(this TBuilder builder, Access access) where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization().WithMetadata(new AccessRule(access));
}

/// <summary>Admits by the endpoint's <see cref="AccessRule"/>. Closed by default: a route without one admits nobody; what is no route (404, 405) needs only a valid token.</summary>
public sealed class AccessRequirement : AuthorizationHandler<AccessRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.Resource is not HttpContext http || http.Features.Get<Caller>() is not { } caller || context.User.Identity?.IsAuthenticated != true) return Task.CompletedTask;
        var admitted = http.GetEndpoint() is RouteEndpoint route
            ? (route.Metadata.GetMetadata<AccessRule>()?.Admits & caller.Standing) is not (null or Access.None)
            : true;
        if (admitted) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
