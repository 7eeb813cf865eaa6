using System.Diagnostics;
using OpenTelemetry;

namespace GovernedAgents.Silo.Telemetry;

/// <summary>Leaves out traces that begin with a grain call of the silo itself (leases, sweeps): every second a few, and no request behind them.</summary>
internal sealed class HousekeepingFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (data.ParentSpanId != default || !data.Source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal)) return;
        // What is not recorded is not exported, and neither are its children: they follow their parent.
        data.IsAllDataRequested = false;
        data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
