using System.Globalization;
using System.Security.Claims;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;

namespace GovernedAgents.Silo.Console.SignIn;

/// <summary>Who sits in front of the browser: a cookie that holds what the identity provider (or, in Development, the picker) said, as long as it said so.</summary>
public static class ConsoleIdentity
{
    public const string Scheme = "console";
    public const string SignInPath = ConsoleHost.Root + "/sign-in";

    public static AuthorizationPolicy Policy { get; } = new AuthorizationPolicyBuilder(Scheme).AddRequirements(new AccessRequirement()).Build();

    public static void AddConsoleIdentity(this IServiceCollection services, GovernanceOptions options)
    {
        services.AddDataProtection().SetApplicationName("governedagents").PersistKeysToFileSystem(PrivateFolder(Path.Combine(options.KeysPath, "console")));
        var authentication = services.AddAuthentication().AddCookie(Scheme, cookie =>
        {
            (cookie.Cookie.Name, cookie.Cookie.Path, cookie.Cookie.HttpOnly) = ("governedagents-console", ConsoleHost.Root, true);
            // Lax, not Strict: who comes from a link in a chat, or back from the identity provider, is signed in. Every form has its own token.
            (cookie.Cookie.SameSite, cookie.Cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
            cookie.SlidingExpiration = false;
            cookie.Events.OnValidatePrincipal = context =>
            {
                if (CallerOf(context.Principal!, context.Properties.ExpiresUtc) is { } caller) context.HttpContext.Features.Set(caller);
                else context.RejectPrincipal();
                return Task.CompletedTask;
            };
        });
        if (options.Console.ClientId is not null) authentication.AddOidcSignIn(options);
    }

    public static void Map(IEndpointRouteBuilder routes) => OidcSignIn.Map(routes);

    /// <summary>Signs the browser in as this account until <paramref name="until"/>.</summary>
    public static Task SignInAsync(HttpContext http, Principal principal, IEnumerable<string> roles, DateTimeOffset until)
    {
        var identity = new ClaimsIdentity(Scheme, "name", "roles");
        identity.AddClaims([new("iss", principal.Issuer), new("sub", principal.Subject), new("name", principal.Name ?? principal.Subject)]);
        identity.AddClaims(roles.Select(role => new Claim("roles", role)).Concat(principal.Groups.Select(group => new Claim("groups", group))));
        if (principal.AuthenticatedAt is { } at) identity.AddClaim(new("auth_time", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        return http.SignInAsync(Scheme, new ClaimsPrincipal(identity), new AuthenticationProperties { ExpiresUtc = until, IsPersistent = false });
    }

    /// <summary>Not signed in: to the sign-in page and back; signed in without the role: told which one is missing.</summary>
    public static Task RefuseAsync(HttpContext http)
    {
        if (http.Features.Get<Caller>() is { } caller && http.User.Identity is { IsAuthenticated: true, AuthenticationType: Scheme })
        {
            var needed = http.GetEndpoint()?.Metadata.GetMetadata<AccessRuleAttribute>()?.Admits ?? Access.None;
            return ErrorPage.WriteAsync(http, 403, "Not for your roles", $"This page needs the role {Words(needed)}; you have {Words(caller.Standing)}.");
        }

        if (!HttpMethods.IsGet(http.Request.Method) || http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal))
            return ErrorPage.WriteAsync(http, 401, "Signed out", "Your sign-in has ended. Nothing was done. Sign in and repeat it.");
        http.Response.Redirect(SignInPath + QueryString.Create("return", http.Request.Path + http.Request.QueryString));
        return Task.CompletedTask;
    }

    /// <summary>Where to go after signing in: a page of this console or its start, never another site.</summary>
    public static string Destination(string? wanted) =>
        wanted is not null && (wanted == ConsoleHost.Root || wanted.StartsWith(ConsoleHost.Root + "/", StringComparison.Ordinal)) && !wanted.StartsWith(SignInPath, StringComparison.Ordinal)
        && !wanted.Contains('\\', StringComparison.Ordinal) ? wanted : ConsoleHost.Root;

    public static string Words(Access access)
    {
        var names = Enum.GetValues<Access>().Where(role => int.IsPow2((int)role) && role != Access.Session && access.HasFlag(role)).Select(role => role.ToString().ToLowerInvariant()).ToArray();
        return names.Length == 0 ? "none" : string.Join(" or ", names);
    }

    private static Caller? CallerOf(ClaimsPrincipal user, DateTimeOffset? until) => user.FindFirst("iss") is { Value: var issuer } && user.FindFirst("sub") is { Value: var subject }
        ? Callers.OfPerson(issuer, subject, user.FindFirst("name")?.Value, user.Claims, until)
        : null;

    private static DirectoryInfo PrivateFolder(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
