using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Connectors.Tests.StdioOutcomes;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GovernedAgents.Connectors.Tests.HttpOutcomes;

/// <summary>A remote server that goes away, forgets us, changes, or does not want us.</summary>
public sealed class HttpLifeTests
{
    [Fact]
    public async Task ServerGone_CallsAreNotStarted_AndItIsConnectedWhenItIsBack()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        var tool = it.Tool("echo");
        await server.GoAwayAsync();
        var gone = await it.CallAsync("echo", tool: tool);
        Assert.Equal((OutcomeKind.NotStarted, "connector-unavailable"), (gone.Kind, gone.ErrorSlug));
        server.ComeBack();
        await it.BackAsync();
        Assert.Contains(server.Requests, request => request.Headers.Contains("Mcp-Session-Id: ses-2", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task SessionForgotten_TheCallFailed_AndIsNotRepeatedInTheNextSession()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        server.Forget();
        var lost = await it.CallAsync("echo");
        Assert.Equal((OutcomeKind.Failed, "session-lost", 0), (lost.Kind, lost.ErrorSlug, server.Effects));
        await it.BackAsync();
        Assert.Equal(1, server.Effects);
    }

    [Fact]
    public async Task CredentialsRefused_NoToolIsOffered_UntilTheSecretFileHoldsTheRightOnes()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url, token: "Bearer wrong-canary-token");
        Assert.Empty(it.Connector.Tools);
        await ScriptedServer.UntilAsync("it says why", () => Task.FromResult(it.Log.Lines.Any(line => line.Contains("it refused initialize with HTTP 401", StringComparison.Ordinal))));
        await File.WriteAllTextAsync(it.TokenFile, "Bearer " + McpHttpServer.Token, TestContext.Current.CancellationToken);
        await it.BackAsync();
        Assert.DoesNotContain(it.Log.Lines, line => line.Contains("wrong-canary-token", StringComparison.Ordinal) || line.Contains(McpHttpServer.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CredentialsRotatedAtTheServer_TheCallFailed_AndTheNewSecretIsReadByItself()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        server.Authorization = "Bearer next-token";
        await File.WriteAllTextAsync(it.TokenFile, "Bearer next-token", TestContext.Current.CancellationToken);
        var refused = await it.CallAsync("echo");
        Assert.Equal((OutcomeKind.Failed, "unauthorized", 0), (refused.Kind, refused.ErrorSlug, server.Effects));
        await it.BackAsync();
    }

    [Fact]
    public async Task AnnouncedChange_HoldsTheToolsBack()
    {
        await using var server = new McpHttpServer { Announces = true };
        await using var it = await HttpConnector.StartAsync(server.Url);
        Assert.Null(it.Tool("echo").HeldBack);
        server.Description = "now it does something else";
        await server.AnnounceAsync();
        await ScriptedServer.UntilAsync("the tool is held back", () => Task.FromResult(it.Tool("echo").HeldBack is not null));
        Assert.Equal("tool-changed", (await it.CallAsync("echo")).ErrorSlug);
    }

    [Fact]
    public async Task Dispose_EndsTheSessionAtTheServer()
    {
        await using var server = new McpHttpServer();
        var it = await HttpConnector.StartAsync(server.Url);
        await it.DisposeAsync();
        Assert.Contains(server.Requests, request => request.Line.StartsWith("DELETE", StringComparison.Ordinal) && request.Headers.Contains("ses-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("files.example/mcp")]
    [InlineData("ftp://files.example/mcp")]
    [InlineData("https://user:password@files.example/mcp")]
    public void Create_WithoutAUsableAddress_IsRefused_AndNeverQuotesIt(string? url)
    {
        var factory = new McpConnectorFactory(TimeProvider.System, NullLoggerFactory.Instance);
        var settings = new ConnectorSettings { Environment = "e", Name = "n", Kind = "mcp", Transport = "http", Url = url, WorkingDirectory = "/", StatePath = "/" };
        var message = Assert.Throws<ArgumentException>(() => factory.Create(settings)).Message;
        Assert.Contains("set url:", message, StringComparison.Ordinal);
        Assert.DoesNotContain("password", message, StringComparison.Ordinal);
    }
}
