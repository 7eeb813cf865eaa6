using GovernedAgents.Silo.Approvals;
using GovernedAgents.Silo.Audit;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Dashboard;
using GovernedAgents.Silo.Environments;
using GovernedAgents.Silo.Events;
using GovernedAgents.Silo.Fleet;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Mcp;
using GovernedAgents.Silo.OpenApi;
using GovernedAgents.Silo.Policies;
using GovernedAgents.Silo.Sessions;
using GovernedAgents.Silo.Telemetry;
using GovernedAgents.Silo.Tools;

namespace GovernedAgents.Silo.Hosting;

/// <summary>The host's parts in the order of a request's journey.</summary>
public static class GovernanceApi
{
    /// <summary>Settings, listeners, identity, endpoints, description.</summary>
    /// <exception cref="SettingsException">The settings cannot be used.</exception>
    public static GovernanceOptions AddGovernanceApi(this WebApplicationBuilder builder)
    {
        var options = GovernanceSettings.Read(builder.Configuration, builder.Environment.IsDevelopment(), builder.Environment.ContentRootPath);
        builder.UseGovernanceListeners(options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<Drain>().AddHostedService(services => services.GetRequiredService<Drain>());
        builder.Services.AddGovernanceIdentity(options);
        builder.Services.AddEdgeConcurrency(options.Edge);
        builder.Services.AddGovernanceOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        builder.Services.AddSingleton<Visitors>().AddSingleton<SessionGate>().AddSingleton<CallLookup>().AddSingleton<VoteCasting>().AddSingleton<CallRecords>().AddSingleton<SessionChanging>();
        builder.Services.AddSingleton<SessionEndpoints>().AddSingleton<SessionVerbEndpoints>().AddSingleton<ToolEndpoints>();
        builder.Services.AddSingleton<SubmitEndpoint>().AddSingleton<CallEndpoints>().AddSingleton<ApprovalEndpoints>();
        builder.Services.AddSingleton<EnvironmentEndpoints>().AddSingleton<FleetEndpoints>().AddSingleton<PolicyEndpoints>();
        builder.Services.AddSingleton<AuditEndpoints>().AddSingleton<ReceiptEndpoint>();
        builder.Services.AddSingleton<EventFeed>().AddHostedService(services => services.GetRequiredService<EventFeed>()).AddSingleton<EventEndpoints>();
        builder.Services.AddConsole(options);
        builder.Services.AddSingleton<CallSubmission>().AddSingleton<CallWatch>();
        builder.Services.AddMcpEndpoint();
        builder.AddGovernanceTelemetry();
        return options;
    }

    public static void UseGovernanceEdge(this WebApplication app)
    {
        app.Services.VerifyIdentity();
        app.UseSecurityHeaders();
        app.UseMiddleware<FaultsAsProblems>();
        app.UseListenerGate();
        app.UseRouting();
        app.UseRateLimiter();
        app.UseDashboardSignIn();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseConsole();
        app.UseMcpDoor();
    }

    public static void MapGovernanceApi(this WebApplication app)
    {
        app.MapHealth();
        app.MapMetrics();
        app.MapDescription();
        app.MapConsole();
        var v1 = app.MapGroup("/v1").RefuseUnacceptable().ResolveVisitors();
        SessionEndpoints.Map(v1);
        SessionVerbEndpoints.Map(v1);
        ToolEndpoints.Map(v1);
        SubmitEndpoint.Map(v1);
        CallEndpoints.Map(v1);
        ApprovalEndpoints.Map(v1);
        EnvironmentEndpoints.Map(v1);
        FleetEndpoints.Map(v1);
        PolicyEndpoints.Map(v1);
        AuditEndpoints.Map(v1);
        ReceiptEndpoint.Map(v1);
        EventEndpoints.Map(v1);
        app.MapMcpEndpoint();
    }
}
