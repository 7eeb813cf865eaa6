namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>Sends everything to one silo.</summary>
internal sealed class Toward(Cluster.Node node) : DelegatingHandler(new SocketsHttpHandler())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = new UriBuilder(request.RequestUri!) { Port = node.Api.Port }.Uri;
        return base.SendAsync(request, cancellationToken);
    }
}
