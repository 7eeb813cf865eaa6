using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace GovernedAgents.Silo.Cluster;

/// <summary>Mutual TLS on every connection between silos, before the first byte of the cluster's own protocol.</summary>
internal sealed partial class SiloTls(SiloCertificates certificates, ILogger<SiloTls> logger)
{
    private static readonly TimeSpan HandshakeWithin = TimeSpan.FromSeconds(10);

    public static void Use(ISiloBuilder silo, SiloTlsOptions files)
    {
        silo.Services.AddSingleton(services => new SiloCertificates(files, services.GetRequiredService<ILogger<SiloCertificates>>())).AddSingleton<SiloTls>();
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<SiloTls>((connections, tls) =>
        {
            connections.ConfigureSiloInboundConnection(connection => connection.Use(next => context =>
                tls.RunAsync(context, next, (stream, limit) => stream.AuthenticateAsServerAsync(tls.Certificates.ForServer(), limit))));
            connections.ConfigureSiloOutboundConnection(connection => connection.Use(next => context =>
                tls.RunAsync(context, next, (stream, limit) => stream.AuthenticateAsClientAsync(tls.Certificates.ForClient(), limit))));
        });
    }

    private SiloCertificates Certificates => certificates;

    private async Task RunAsync(ConnectionContext context, ConnectionDelegate next, Func<SslStream, CancellationToken, Task> handshake)
    {
        var plain = context.Transport;
        await using var encrypted = new SslStream(new DuplexStream(plain), leaveInnerStreamOpen: false);
        try
        {
            using var limit = new CancellationTokenSource(HandshakeWithin);
            await handshake(encrypted, limit.Token);
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or OperationCanceledException or ConnectionAbortedException or ConnectionResetException)
        {
            // Not a silo of this cluster: the connection ends here, and nothing behind it is reached.
            LogRefused(context.RemoteEndPoint?.ToString() ?? "?", fault.InnerException?.Message ?? fault.Message);
            context.Abort(new ConnectionAbortedException("The TLS handshake between the silos failed."));
            return;
        }

        context.Transport = new Pipe(PipeReader.Create(encrypted, new StreamPipeReaderOptions(leaveOpen: true)), PipeWriter.Create(encrypted, new StreamPipeWriterOptions(leaveOpen: true)));
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = plain;
        }
    }

    private sealed record Pipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    [LoggerMessage(Level = LogLevel.Error, Message = "No mutual TLS with {Peer}, so it is no silo of this cluster: {Reason}")]
    private partial void LogRefused(string peer, string reason);
}
