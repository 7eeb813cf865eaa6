using GovernedAgents.Silo.Console.Approvals;
using GovernedAgents.Silo.Console.Assets;
using GovernedAgents.Silo.Console.Audit;
using GovernedAgents.Silo.Console.Calls;
using GovernedAgents.Silo.Console.Environments;
using GovernedAgents.Silo.Console.Fleet;
using GovernedAgents.Silo.Console.Sessions;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Console.SignIn;
using GovernedAgents.Silo.Events;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Console;

/// <summary>
/// The web console: pages rendered on the server, real forms, one script that only adds to them. INVARIANT: its cookie means something below <see cref="Root"/> alone and a bearer
/// token nothing there, so that no page of another site can make a browser use the API.
/// </summary>
public static class ConsoleHost
{
    public const string Root = "/console";

    public static void AddConsole(this IServiceCollection services, GovernanceOptions options)
    {
        services.AddConsoleIdentity(options);
        services.AddRazorComponents();
        services.AddAntiforgery(antiforgery =>
        {
            (antiforgery.Cookie.Name, antiforgery.Cookie.Path, antiforgery.FormFieldName) = ("governedagents-form", Root, "form");
            (antiforgery.Cookie.SameSite, antiforgery.Cookie.SecurePolicy) = (SameSiteMode.Strict, CookieSecurePolicy.SameAsRequest);
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        services.AddSingleton<ConsoleAssets>().AddSingleton<LocalPeople>().AddScoped<Similar>();
    }

    public static bool IsConsole(this HttpRequest request) => request.Path.StartsWithSegments(Root);

    /// <summary>After authorization: pages find their visitor ready, and nobody disabled gets one.</summary>
    public static void UseConsole(this WebApplication app)
    {
        app.UseAntiforgery();
        app.Use(async (http, next) =>
        {
            if (http.Request.IsConsole() && http.User.Identity?.AuthenticationType == ConsoleIdentity.Scheme)
            {
                var visitor = http.RequestServices.GetRequiredService<Visitors>().Of(http);
                if (visitor.Value is null)
                {
                    await ErrorPage.WriteAsync(http, 403, "No standing here", "The Directory has this account disabled. Ask an operator.");
                    return;
                }

                http.Features.Set(visitor.Value);
            }

            await next(http);
        });
    }

    public static void MapConsole(this WebApplication app)
    {
        app.MapGet("/", () => Results.Redirect(Root)).AllowAnonymous().ExcludeFromDescription();
        ConsoleAssets.Map(app);
        ConsoleIdentity.Map(app);
        LocalSignIn.Map(app);
        SignOut.Map(app);
        PreferencesPage.Map(app);
        EventEndpoints.MapForConsole(app);
        ApprovalForms.Map(app);
        CallForms.Map(app);
        EnvironmentForms.Map(app);
        SessionForms.Map(app);
        FleetForms.Map(app);
        AuditForms.Map(app);
        app.MapRazorComponents<ConsoleApp>().RequireAuthorization(ConsoleIdentity.Policy);
        app.Map(Root + "/{**rest}", (HttpContext http) => ErrorPage.WriteAsync(http, 404, "Nothing here", $"There is no page at {http.Request.Path}."))
            .AllowAnonymous().ExcludeFromDescription().WithOrder(int.MaxValue);
    }
}
