using System.Text;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;
using Orleans.Dashboard;

namespace GovernedAgents.Silo.Dashboard;

/// <summary>
/// The Orleans Dashboard, on the management address: grains, silos and their state, which is why only operators see it. It has no sign-in of its own. Programs send a bearer
/// token; a browser asks for name and password, where the password is the token: what it then keeps is good for this path of the management address alone, and every request reads.
/// </summary>
internal static class OperatorDashboard
{
    public const string Root = "/dashboard";
    private const string Basic = "Basic ";

    public static bool IsDashboard(this HttpRequest request) => request.Path.StartsWithSegments(Root);

    public static void AddOperatorDashboard(this WebApplicationBuilder builder, GovernanceOptions options)
    {
        if (!options.Dashboard) return;
        // Its live log is left out: logs have a place of their own, with rules of their own.
        builder.Host.UseOrleans(silo => silo.AddDashboard(dashboard => dashboard.HideTrace = true));
    }

    /// <summary>Before authentication: the token out of a browser's password field.</summary>
    public static void UseDashboardSignIn(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.IsDashboard())
        {
            if (PasswordOf(http.Request.Headers.Authorization.ToString()) is { } token) http.Request.Headers.Authorization = "Bearer " + token;
            http.Response.OnStarting(() =>
            {
                if (http.Response.StatusCode == StatusCodes.Status401Unauthorized) http.Response.Headers.Append("WWW-Authenticate", "Basic realm=\"an operator's token as the password\"");
                return Task.CompletedTask;
            });
        }

        return next(http);
    });

    public static void MapOperatorDashboard(this IEndpointRouteBuilder routes, GovernanceOptions options)
    {
        if (!options.Dashboard) return;
        routes.MapGroup(Root).ResolveVisitors().Admits(Access.Operator).ExcludeFromDescription().MapOrleansDashboard();
    }

    private static string? PasswordOf(string authorization)
    {
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)) return null;
        var given = new byte[authorization.Length];
        if (!Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), given, out var length)) return null;
        var pair = Encoding.UTF8.GetString(given.AsSpan(0, length));
        return pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? pair[(colon + 1)..] : null;
    }
}
