using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Console.SignIn;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Mcp;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Identity;

/// <summary>401 and 403 as problems. What exactly is wrong with a token is said only where the bearer can mend it.</summary>
public sealed class AccessProblems : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded) return next(context);
        if (context.Request.IsConsole()) return ConsoleIdentity.RefuseAsync(context);
        var authentication = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult;
        // INVARIANT (fail closed): without the provider nobody is let in; and the caller, who may have a good token, is told to come again.
        if (context.Features.Get<IdentityUnavailable>() is not null) return Problems.Unavailable("The identity provider cannot be reached, so no token can be judged now. Repeat the request.").ExecuteAsync(context);
        if (authentication?.Succeeded != true || context.Features.Get<Caller>() is not { } caller) return Unauthenticated(Reason(context, authentication?.Failure)).ExecuteAsync(context);

        var rule = context.GetEndpoint()?.Metadata.GetMetadata<AccessRuleAttribute>();
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"governedagents\", error=\"insufficient_scope\"" + McpResourceMetadata.OfChallenge(context);
        return Problems.Forbidden(caller is Caller.OfSession
            ? "A session's token is not accepted here: a person does this."
            : rule?.Admits.HasFlag(Access.Delegated) == true
            ? $"This takes a session's token, or an access token with the scope {McpResourceMetadata.Scope} and a claim 'agent': people do not call tools."
            : $"This needs the role {Names(rule?.Admits ?? Access.None)}; the token has {Names(caller.Standing)}.").ExecuteAsync(context);
    }

    public static IResult Unauthenticated(string detail) => new Challenge(Problems.Of("unauthenticated", detail));

    private static string Reason(HttpContext http, Exception? failure) => failure switch
    {
        null when http.Request.Headers.Authorization.Count == 0 => "No token: send 'Authorization: Bearer <JWT>'.",
        null => "The Authorization header holds no bearer token: send 'Authorization: Bearer <JWT>'.",
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNoExpirationException => "The token has expired, is not valid yet, or has no 'exp': get a new one.",
        SecurityTokenInvalidAudienceException => "The token was issued for another audience.",
        SecurityTokenInvalidIssuerException => "The token's issuer is not trusted here.",
        _ => "The token is not valid here.",
    };

    private static string Names(Access access) => access == Access.None ? "none" : string.Join(" or ", Enum.GetValues<Access>()
        .Where(a => int.IsPow2((int)a) && a is not (Access.Session or Access.Delegated) && access.HasFlag(a)).Select(a => a.ToString().ToLowerInvariant()));

    private sealed class Challenge(IResult problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.WWWAuthenticate = (httpContext.Request.Headers.Authorization.Count == 0
                ? "Bearer realm=\"governedagents\"" : "Bearer realm=\"governedagents\", error=\"invalid_token\"") + McpResourceMetadata.OfChallenge(httpContext);
            return problem.ExecuteAsync(httpContext);
        }
    }
}
