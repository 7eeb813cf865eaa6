using System.Net;
using GovernedAgents.Silo.Hosting;

namespace GovernedAgents.Silo.Mcp;

/// <summary>
/// Which names this server answers to. A page that made its own name resolve to this machine (DNS rebinding) still sends that name as <c>Host</c>, and as <c>Origin</c>. Known are
/// the loopback names, the addresses listened on, and the host of <c>Governance:PublicUrl</c>.
/// </summary>
internal sealed class McpHosts
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]" };

    public McpHosts(GovernanceOptions options)
    {
        foreach (var address in options.ApiAddresses)
            if (address.Address is { } ip && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any)) _known.Add(new HostString(ip.ToString(), 1).Host);
        if (options.PublicUrl is { } url) _known.Add(new Uri(url).Host);
    }

    /// <summary>Null, or why the request is refused.</summary>
    public string? Refuses(HttpRequest request)
    {
        if (!_known.Contains(request.Host.Host))
            return $"Host '{request.Host.Host}' is not a name of this server: use its address, or have its operator set Governance:PublicUrl.";
        var origins = request.Headers.Origin;
        if (origins.Count == 0) return null;
        return origins.Count == 1 && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin) && origin.Scheme is "http" or "https" && _known.Contains(origin.Host)
            ? null
            : $"Origin '{origins}' may not call this server: it answers pages of its own only.";
    }
}
