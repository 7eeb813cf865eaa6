using System.Security.Claims;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace GovernedAgents.Silo.Console.SignIn;

/// <summary>Sign-in at the identity provider whose tokens the API takes: authorization code with PKCE.</summary>
internal static class OidcSignIn
{
    private const string Scheme = "console-oidc";
    public const string Path = ConsoleIdentity.SignInPath + "/provider";

    public static void AddOidcSignIn(this AuthenticationBuilder authentication, GovernanceOptions options) => authentication.AddOpenIdConnect(Scheme, oidc =>
    {
        (oidc.Authority, oidc.ClientId) = (options.Identity.Authority, options.Console.ClientId);
        if (options.Console.ClientSecretFile is { } secret) oidc.ClientSecret = File.ReadAllText(secret).TrimEnd('\r', '\n');
        oidc.RequireHttpsMetadata = new Uri(options.Identity.Authority!).Scheme == Uri.UriSchemeHttps;
        (oidc.SignInScheme, oidc.CallbackPath, oidc.SaveTokens) = (ConsoleIdentity.Scheme, ConsoleIdentity.SignInPath + "/callback", false);
        // The answer comes as a query: no form of another site is ever accepted here, so the cookies in between need not be sent across sites.
        (oidc.ResponseType, oidc.ResponseMode, oidc.UsePkce, oidc.MapInboundClaims) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query, true, false);
        (oidc.CorrelationCookie.SameSite, oidc.NonceCookie.SameSite) = (SameSiteMode.Lax, SameSiteMode.Lax);
        (oidc.CorrelationCookie.SecurePolicy, oidc.NonceCookie.SecurePolicy) = (CookieSecurePolicy.SameAsRequest, CookieSecurePolicy.SameAsRequest);
        // A vote without a Directory counts until the token's end, so the sign-in lasts no longer.
        oidc.UseTokenLifetime = true;
        oidc.Scope.Clear();
        foreach (var scope in options.Console.Scopes) oidc.Scope.Add(scope);
        oidc.TokenValidationParameters.ClockSkew = options.Identity.ClockSkew;
        oidc.Events.OnTokenValidated = context =>
        {
            var kept = context.Principal!.Claims.Where(claim => claim.Type is "iss" or "sub" or "name" or "roles" or "groups" or "auth_time").ToList();
            if (options.Identity.Issuer is { } issuer && kept.Find(claim => claim.Type == "iss")?.Value != issuer) context.Fail($"The sign-in is not of the issuer '{issuer}'.");
            else context.Principal = new ClaimsPrincipal(new ClaimsIdentity(kept, ConsoleIdentity.Scheme, "name", "roles"));
            return Task.CompletedTask;
        };
        oidc.Events.OnRemoteFailure = async context =>
        {
            context.HandleResponse();
            await ErrorPage.WriteAsync(context.HttpContext, 502, "Sign-in failed", "The identity provider did not confirm who you are. Try again, or ask an operator to look at the provider's log.");
        };
    });

    /// <summary>A link, not a form: the browser leaves for another site, and the pages' forms may send nowhere else.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (HttpContext http, GovernanceOptions options, string? @return) => options.Console.ClientId is null
        ? Results.NotFound()
        : Results.Challenge(new AuthenticationProperties { RedirectUri = ConsoleIdentity.Destination(@return) }, [Scheme])).AllowAnonymous().ExcludeFromDescription();
}
