using GovernedAgents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GovernedAgents.Connectors.Tests;

public sealed class ConnectorRegistrationTests
{
    /// <summary>Every folder of the library with a factory in it is served; nothing names the kinds.</summary>
    [Fact]
    public void AddConnectors_FindsEveryKind()
    {
        using var provider = new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddConnectors().AddConnectors().BuildServiceProvider();
        var kinds = provider.GetServices<IConnectorFactory>().Select(factory => factory.Kind).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(kinds.Distinct(), kinds);
        Assert.Empty(Enumerable.Except(["aws", "mcp", "terraform"], kinds));
    }

    [Fact]
    public async Task Secret_InAVariableOfTheSilo_IsReadFromIt_AndNamedWhenItIsNotSet()
    {
        var settings = new ConnectorSettings
        {
            Environment = "e", Name = "n", Kind = "k", WorkingDirectory = ".", StatePath = ".", SecretVariables = new Dictionary<string, string> { ["TOKEN"] = "GOVERNED_TEST_TOKEN" },
        };
        Assert.Contains("'GOVERNED_TEST_TOKEN'", (await Assert.ThrowsAsync<IOException>(() => SecretFiles.ReadAsync(settings, CancellationToken.None))).Message, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable("GOVERNED_TEST_TOKEN", "of-the-variable");
        Assert.Equal("of-the-variable", (await SecretFiles.ReadAsync(settings, CancellationToken.None))["TOKEN"]);
    }
}
