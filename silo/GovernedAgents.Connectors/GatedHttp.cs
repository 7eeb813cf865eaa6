using System.Net;

namespace GovernedAgents.Connectors;

/// <summary>How connectors speak HTTP: nothing is redirected, repeated or taken from a proxy. A gated request has a connection of its own.</summary>
internal static class GatedHttp
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(5);

    /// <param name="gate">Null for requests that have no effect: they share connections.</param>
    public static SocketsHttpHandler Handler(SendGate? gate) => new()
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = ConnectDeadline,
        PooledConnectionLifetime = gate is null ? TimeSpan.FromMinutes(5) : TimeSpan.Zero,
        PlaintextStreamFilter = gate is null ? null : (context, _) => ValueTask.FromResult(gate.Guard(context.PlaintextStream)),
        // No trace context in requests to the outside, and none of their addresses in our traces.
        ActivityHeadersPropagator = null,
    };
}
