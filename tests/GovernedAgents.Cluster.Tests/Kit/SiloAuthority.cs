using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>A certificate authority in a folder, and what it signs, as PEM files.</summary>
internal sealed class SiloAuthority : IDisposable
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1", ClientAuth = "1.3.6.1.5.5.7.3.2";
    private readonly string _folder;
    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public SiloAuthority(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=silos", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(_now.AddDays(-1), _now.AddDays(30));
        File.WriteAllText(Trusted, _authority.ExportCertificatePem());
    }

    public string Trusted => Path.Combine(_folder, "ca.crt");

    /// <summary>The settings of a silo with a new certificate of this authority, good until <paramref name="until"/> days from now.</summary>
    /// <param name="trusting">The authority whose certificates it takes.</param>
    public string[] Settings(string name, double until = 1, SiloAuthority? trusting = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuth), new Oid(ClientAuth)], true));
        using var certificate = request.Create(_authority, _now.AddDays(-1), _now.AddDays(until), RandomNumberGenerator.GetBytes(8));
        var (certificatePath, keyPath) = (Path.Combine(_folder, name + ".crt"), Path.Combine(_folder, name + ".key"));
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return [$"--Governance:Cluster:Tls:CertificatePath={certificatePath}", $"--Governance:Cluster:Tls:KeyPath={keyPath}", $"--Governance:Cluster:Tls:AuthorityPath={(trusting ?? this).Trusted}"];
    }

    public void Dispose() => _authority.Dispose();
}
