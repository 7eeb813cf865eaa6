using GovernedAgents.Grains.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GovernedAgents.Silo.Telemetry;

/// <summary>
/// Metrics are always served for Prometheus at <c>/metrics</c> of the management address. Traces, metrics and logs leave by OTLP when the standard variable
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to (every other <c>OTEL_*</c> variable of the SDK works too). Nothing else is sent anywhere.
/// </summary>
internal static class TelemetrySetup
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static bool IsExported(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[Endpoint]);

    public static void AddGovernanceTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("governedagents-silo", serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3)).AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(GovernanceMetrics.MeterName, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddRuntimeInstrumentation().AddPrometheusExporter());
        if (!IsExported(builder.Configuration)) return;
        telemetry.WithTracing(tracing => tracing
            .AddProcessor(new HousekeepingFilter())
            .AddSource(GovernanceTracing.SourceName, "Microsoft.Orleans.Application")
            .AddAspNetCoreInstrumentation(http => http.Filter = static context => !context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/metrics")));
        telemetry.WithLogging(null, logs => (logs.IncludeScopes, logs.IncludeFormattedMessage) = (true, true));
        telemetry.UseOtlpExporter();
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
}
