using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GovernedAgents.Silo.Hosting;

/// <summary>The listeners and what a connection may cost before a request is even looked at.</summary>
public static class KestrelSetup
{
    public static void UseGovernanceListeners(this WebApplicationBuilder builder, GovernanceOptions options)
    {
        // The addresses are taken from the options below; left in place Kestrel would warn that they are overridden.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "").UseSetting(WebHostDefaults.HttpPortsKey, "").UseSetting(WebHostDefaults.HttpsPortsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The strict reader counts the body and says 413; this bounds what arrives with the framing of chunks, which in the worst case is six bytes for one.
            kestrel.Limits.MaxRequestBodySize = 8L * Http.StrictBody.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(90);
            kestrel.Limits.MaxConcurrentConnections = 10_000;
            foreach (var address in options.ApiAddresses) Listen(kestrel, address, Listener.Api);
            foreach (var address in options.ManagementAddresses) Listen(kestrel, address, Listener.Management);
        });
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Listener listener)
    {
        if (address.Address is null) kestrel.ListenLocalhost(address.Port, Configure);
        else kestrel.Listen(address.Address, address.Port, Configure);

        void Configure(ListenOptions listen)
        {
            if (address.Https) listen.UseHttps();
            listen.Use(next => connection =>
            {
                connection.Features.Set(listener);
                return next(connection);
            });
        }
    }
}
