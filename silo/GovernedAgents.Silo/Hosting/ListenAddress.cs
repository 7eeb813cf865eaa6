using System.Net;

namespace GovernedAgents.Silo.Hosting;

/// <summary>One address to listen on: <c>http(s)://host:port</c>, host an IP address, <c>localhost</c>, or <c>*</c> for every interface.</summary>
public sealed record ListenAddress
{
    public required string Text { get; init; }
    public required bool Https { get; init; }
    /// <summary>Null: <c>localhost</c> (both families).</summary>
    public required IPAddress? Address { get; init; }
    public required int Port { get; init; }

    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Null when the text is no such address. A host name other than <c>localhost</c> would listen on every interface, so it is refused.</summary>
    public static ListenAddress? TryParse(string text)
    {
        BindingAddress parsed;
        try { parsed = BindingAddress.Parse(text); }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException) { return null; }
        if (parsed.IsUnixPipe || parsed.IsNamedPipe || parsed.PathBase.Length > 0) return null;
        var https = parsed.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
        if (!https && !parsed.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)) return null;

        IPAddress? address = null;
        if (parsed.Host is "*" or "+") address = IPAddress.IPv6Any;
        else if (!parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(parsed.Host.Trim('[', ']'), out address)) return null;
        return new() { Text = text, Https = https, Address = address, Port = parsed.Port };
    }
}
