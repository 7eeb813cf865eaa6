using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GovernedAgents.Silo.Hosting;

namespace GovernedAgents.Silo.Cluster;

/// <summary>A silo's certificate and the authority it trusts. Read again when a file changes, so certificates are renewed without a restart; broken files never replace ones that work.</summary>
internal sealed partial class SiloCertificates
{
    private readonly Lock _gate = new();
    private readonly SiloTlsOptions _files;
    private readonly ILogger _logger;
    private (DateTime Certificate, DateTime Key, DateTime Authority) _seen;
    private Loaded _loaded;

    private sealed record Loaded(SslStreamCertificateContext Own, X509Certificate2Collection Authorities);

    /// <exception cref="SettingsException">The files are no certificate, key and authority that belong together.</exception>
    public SiloCertificates(SiloTlsOptions files, ILogger<SiloCertificates> logger)
    {
        (_files, _logger) = (files, logger);
        try
        {
            (_seen, _loaded) = (Written(), Load());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new SettingsException([$"Governance:Cluster:Tls cannot be used: {fault.Message}"]);
        }
    }

    public SslServerAuthenticationOptions ForServer()
    {
        var now = Current();
        return new()
        {
            ServerCertificateContext = now.Own, ClientCertificateRequired = true, CertificateChainPolicy = TrustOnly(now), RemoteCertificateValidationCallback = IsSilo,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13 | System.Security.Authentication.SslProtocols.Tls12,
        };
    }

    public SslClientAuthenticationOptions ForClient()
    {
        var now = Current();
        return new()
        {
            TargetHost = "", ClientCertificateContext = now.Own, CertificateChainPolicy = TrustOnly(now), RemoteCertificateValidationCallback = IsSilo,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13 | System.Security.Authentication.SslProtocols.Tls12,
        };
    }

    /// <summary>Silos are found by address, and addresses change; that the silos' own authority signed the certificate is the proof.</summary>
    private static bool IsSilo(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private static X509ChainPolicy TrustOnly(Loaded now)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(now.Authorities);
        return policy;
    }

    private Loaded Current()
    {
        lock (_gate)
        {
            try
            {
                var written = Written();
                if (written == _seen) return _loaded;
                _seen = written;
                _loaded = Load();
                LogRead(_files.CertificatePath);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                LogBroken(_files.CertificatePath, fault.Message);
            }

            return _loaded;
        }
    }

    private (DateTime, DateTime, DateTime) Written() =>
        (File.GetLastWriteTimeUtc(_files.CertificatePath), File.GetLastWriteTimeUtc(_files.KeyPath), File.GetLastWriteTimeUtc(_files.AuthorityPath));

    private Loaded Load()
    {
        var own = X509Certificate2.CreateFromPemFile(_files.CertificatePath, _files.KeyPath);
        var (chain, authorities) = (new X509Certificate2Collection(), new X509Certificate2Collection());
        chain.ImportFromPemFile(_files.CertificatePath);
        authorities.ImportFromPemFile(_files.AuthorityPath);
        if (authorities.Count == 0) throw new CryptographicException($"'{_files.AuthorityPath}' holds no certificate.");
        return new Loaded(SslStreamCertificateContext.Create(own, chain, offline: true), authorities);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Read {Path}")]
    private partial void LogRead(string path);
    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be used, the certificate read before stays: {Reason}")]
    private partial void LogBroken(string path, string reason);
}
