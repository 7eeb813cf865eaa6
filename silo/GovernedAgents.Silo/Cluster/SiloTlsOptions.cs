namespace GovernedAgents.Silo.Cluster;

/// <summary>Mutual TLS between the silos: all three, or none and the silos talk in plain text.</summary>
public sealed record SiloTlsOptions
{
    /// <summary><c>Governance:Cluster:Tls:CertificatePath</c>: this silo's certificate, PEM, with the chain below the authority if there is one. For servers and for clients. Absolute.</summary>
    public required string CertificatePath { get; init; }
    /// <summary><c>Governance:Cluster:Tls:KeyPath</c>: its private key, PEM. Absolute.</summary>
    public required string KeyPath { get; init; }
    /// <summary><c>Governance:Cluster:Tls:AuthorityPath</c>: who signs the silos' certificates, PEM. Whoever has a certificate of it is a silo, so it signs nothing else. Absolute.</summary>
    public required string AuthorityPath { get; init; }

    internal static SiloTlsOptions? Read(IConfigurationSection section, Func<string, string> absolute, List<string> problems)
    {
        string[] names = ["CertificatePath", "KeyPath", "AuthorityPath"];
        var given = names.Where(name => !string.IsNullOrWhiteSpace(section[name])).ToList();
        if (given.Count == 0) return null;
        foreach (var name in names)
        {
            if (!given.Contains(name)) problems.Add($"Governance:Cluster:Tls:{name} is missing: mutual TLS takes a certificate, its key and the authority that signs the silos' certificates.");
            else if (!File.Exists(absolute(section[name]!))) problems.Add($"Governance:Cluster:Tls:{name} '{section[name]}' is not there.");
        }

        return given.Count < names.Length ? null : new() { CertificatePath = absolute(section[names[0]]!), KeyPath = absolute(section[names[1]]!), AuthorityPath = absolute(section[names[2]]!) };
    }
}
