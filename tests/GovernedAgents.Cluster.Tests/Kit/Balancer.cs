namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>What stands before a cluster: asks each silo whether it is ready, and gives requests in turn to those that are.</summary>
internal sealed class Balancer : DelegatingHandler
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<Cluster.Node> _nodes;
    private readonly Task _asking;
    private volatile Cluster.Node[] _ready;
    private int _turn;

    public Balancer(IReadOnlyList<Cluster.Node> nodes) : base(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
    {
        (_nodes, _ready) = (nodes, [.. nodes]);
        _asking = AskAsync();
    }

    public IReadOnlyCollection<Cluster.Node> Ready => _ready;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var ready = _ready;
        if (ready.Length == 0) throw new HttpRequestException("No silo is ready.");
        var node = ready[(uint)Interlocked.Increment(ref _turn) % ready.Length];
        request.RequestUri = new UriBuilder(request.RequestUri!) { Port = node.Api.Port }.Uri;
        return base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _stop.Cancel();
        base.Dispose(disposing);
    }

    private async Task AskAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        while (!_stop.IsCancellationRequested)
        {
            var answers = await Task.WhenAll(_nodes.Select(node => ReadyAsync(http, node)));
            _ready = [.. _nodes.Where((_, i) => answers[i])];
            await Task.Delay(Every, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> ReadyAsync(HttpClient http, Cluster.Node node)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(node.Management, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
