using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Conformance;

/// <summary>An environment whose tools are those that the suite asks for, and a relay that knows how to sign in, which the suite does not.</summary>
public sealed class ConformanceHost : AgentHost
{
    private Relay? _relay;
    public string Url => _relay!.Url;

    protected override string Tools => $$"""
            - connector: mcp
              name: fixture
              transport: stdio
              command: {{Npm.Node}}
              args: ["{{Path.Combine(AppContext.BaseDirectory, "Conformance", "fixture-server.mjs")}}"]
              timeout: 10s
              effects: { test_simple_text: read, test_image_content: read, test_audio_content: read, test_embedded_resource: read, test_multiple_content_types: read, test_error_handling: mutate, json_schema_2020_12_tool: read }
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var (_, token) = await StartSessionAsync();
        _relay = await Relay.StartAsync(Mcp, token);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_relay is not null) await _relay.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The protocol's own conformance suite, against the real gate. What cannot pass is listed in <c>expected-failures.yaml</c> with its reason; a listed one that passes fails this test.</summary>
public sealed class ConformanceTests(ConformanceHost host) : IClassFixture<ConformanceHost>
{
    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Server_PassesWhatTheRevisionRequires(string revision)
    {
        var (exit, output) = await Npm.RunAsync(Path.Combine(Npm.Modules, "@modelcontextprotocol", "conformance", "dist", "index.js"),
            ["server", "--url", host.Url, "--requirements", revision, "--timeout", "60000", "--expected-failures", Path.Combine(AppContext.BaseDirectory, "Conformance", $"expected-failures-{revision}.yaml")]);
        Assert.True(exit == 0, output);
    }
}
