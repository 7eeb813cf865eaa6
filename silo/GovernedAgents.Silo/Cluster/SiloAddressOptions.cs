using System.Net;

namespace GovernedAgents.Silo.Cluster;

/// <summary>Where this silo is found by the other silos. Their port is for them alone; there is no gateway for anybody else.</summary>
public sealed record SiloAddressOptions
{
    /// <summary><c>Governance:Cluster:Id</c>, default <c>governedagents</c>: silos of one id and one database are one cluster.</summary>
    public required string Id { get; init; }
    /// <summary><c>Governance:Cluster:Address</c>: the IP address that the silo listens on and that others reach it at. Default loopback.</summary>
    public required IPAddress Address { get; init; }
    /// <summary><c>Governance:Cluster:Port</c>, default 11111.</summary>
    public required int Port { get; init; }
    /// <summary><c>Governance:Cluster:Tls</c>; null: plain text.</summary>
    public SiloTlsOptions? Tls { get; init; }

    internal static SiloAddressOptions Read(IConfigurationSection section, Func<string, string> absolute, List<string> problems)
    {
        if (!IPAddress.TryParse(section["Address"] ?? "127.0.0.1", out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            problems.Add($"Governance:Cluster:Address '{section["Address"]}' is not the IP address of one interface: write the one that the other silos reach this silo at.");
        if (!int.TryParse(section["Port"] ?? "11111", System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
            problems.Add($"Governance:Cluster:Port '{section["Port"]}' is not a port from 1 to 65535.");
        if (section["Id"] is { } id && (id.Length is 0 or > 100 || id.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))))
            problems.Add($"Governance:Cluster:Id '{id}' is not a name of letters, digits, '-', '_' and '.', at most 100.");
        return new SiloAddressOptions { Id = section["Id"] ?? "governedagents", Address = address ?? IPAddress.Loopback, Port = port, Tls = SiloTlsOptions.Read(section.GetSection("Tls"), absolute, problems) };
    }
}
