using Microsoft.AspNetCore.Authorization;

namespace GovernedAgents.Silo.Identity;

/// <summary>Endpoint metadata: who is admitted. On a page's class, an attribute.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AccessRuleAttribute(Access admits) : Attribute
{
    public Access Admits => admits;
}

public static class AccessRules
{
    public static TBuilder Admits<TBuilder>(this TBuilder builder, Access access) where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization().WithMetadata(new AccessRuleAttribute(access));
}

/// <summary>Admits by the endpoint's <see cref="AccessRuleAttribute"/>. Closed by default: a route without one admits nobody; what is no route (404, 405) needs only a valid token.</summary>
public sealed class AccessRequirement : AuthorizationHandler<AccessRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.Resource is not HttpContext http || http.Features.Get<Caller>() is not { } caller || context.User.Identity?.IsAuthenticated != true) return Task.CompletedTask;
        var admitted = http.GetEndpoint() is RouteEndpoint route
            ? (route.Metadata.GetMetadata<AccessRuleAttribute>()?.Admits & caller.Standing) is not (null or Access.None)
            : true;
        if (admitted) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
