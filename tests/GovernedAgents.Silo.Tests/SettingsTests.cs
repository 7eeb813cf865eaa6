using GovernedAgents.Silo.Hosting;
using Microsoft.Extensions.Configuration;

namespace GovernedAgents.Silo.Tests;

public sealed class SettingsTests
{
    private static GovernanceOptions Read(bool development, params (string Key, string Value)[] settings) => GovernanceSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build(), development, Path.GetTempPath());

    [Fact]
    public void LocalKey_InDevelopmentOnLoopback_IsUsed() => Assert.True(Read(true).Identity.UsesLocalKey);

    [Theory]
    [InlineData(false, "http://127.0.0.1:8080", "http://127.0.0.1:9090")]
    [InlineData(true, "http://0.0.0.0:8080", "http://127.0.0.1:9090")]
    [InlineData(true, "http://127.0.0.1:8080;http://*:8081", "http://127.0.0.1:9090")]
    [InlineData(true, "http://127.0.0.1:8080", "http://[::]:9090")]
    public void LocalKey_AnywhereElse_IsRefused(bool development, string urls, string management) =>
        Assert.Contains("Governance:Identity:Authority", Assert.Throws<SettingsException>(() => Read(development, ("urls", urls), ("Governance:ManagementUrls", management))).Message);

    [Fact]
    public void Postgres_WithoutAConnectionString_IsRefused() =>
        Assert.Contains("Governance:Storage:ConnectionString", Assert.Throws<SettingsException>(() => Read(true, ("Governance:Storage:Provider", "postgres"))).Message);

    [Theory]
    [InlineData("Governance:StartLease", "3")]
    [InlineData("Governance:StartLease", "2m")]
    [InlineData("Governance:Identity:ClockSkew", "-1s")]
    [InlineData("Governance:Identity:ClockSkew", "6m")]
    [InlineData("Governance:Storage:Provider", "oracle")]
    [InlineData("Governance:Storage:ConnectionString", "Host=db")]
    [InlineData("Governance:Cluster:Address", "0.0.0.0")]
    [InlineData("Governance:Cluster:Address", "silo-1")]
    [InlineData("Governance:Cluster:Port", "0")]
    [InlineData("Governance:Cluster:Id", "a b")]
    [InlineData("Governance:Dashboard", "maybe")]
    [InlineData("Governance:DrainDelay", "2m")]
    [InlineData("Governance:Config:Activation", "sometimes")]
    [InlineData("Governance:ManagementUrls", "http://127.0.0.1:8080")]
    [InlineData("Governance:ManagementUrls", "http://example.com:9090")]
    [InlineData("urls", "ftp://127.0.0.1:21")]
    [InlineData("Governance:Identity:JwksPath", "jwks.json")]
    [InlineData("Governance:Identity:Authority", "http://id.example")]
    [InlineData("Governance:Identity:Issuer", "governedagents-silo")]
    [InlineData("Governance:Identity:Audience", "governedagents-session")]
    [InlineData("Governance:Edge:MaxConcurrent", "0")]
    public void Setting_OutOfItsRange_IsNamed(string key, string value)
    {
        var problem = Assert.Single(Assert.Throws<SettingsException>(() => Read(true, (key, value))).Problems);
        Assert.Contains(key == "Governance:Identity:JwksPath" ? "Governance:Identity:Issuer" : key, problem);
    }

    [Fact]
    public void MutualTls_InPart_OrOfFilesThatAreNotThere_IsRefused_ByName()
    {
        Assert.Equal(2, Assert.Throws<SettingsException>(() => Read(true, ("Governance:Cluster:Tls:CertificatePath", Path.Combine(AppContext.BaseDirectory, "xunit.v3.core.dll")))).Problems.Count);
        var problems = Assert.Throws<SettingsException>(() => Read(true, ("Governance:Cluster:Tls:CertificatePath", "a"), ("Governance:Cluster:Tls:KeyPath", "b"), ("Governance:Cluster:Tls:AuthorityPath", "c"))).Problems;
        Assert.Equal(["CertificatePath", "KeyPath", "AuthorityPath"], problems.Select(one => one.Split(' ')[0].Split(':')[^1]));
    }

    [Fact]
    public void Settings_WithSeveralFaults_AreAllTold() =>
        Assert.Equal(3, Assert.Throws<SettingsException>(() => Read(true, ("Governance:StartLease", "x"), ("Governance:Edge:MaxQueued", "x"), ("urls", "x"))).Problems.Count);

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("30s", 30_000)]
    [InlineData("10m", 600_000)]
    [InlineData("7d", 604_800_000)]
    public void Duration_IsRead(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("1.5s")]
    [InlineData("-1s")]
    [InlineData("30 s")]
    [InlineData("99999999999d")]
    public void Duration_OfAnotherForm_IsRefused(string text) => Assert.False(DurationText.TryParse(text, out _));
}
