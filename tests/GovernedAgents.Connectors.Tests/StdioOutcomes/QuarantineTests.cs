using GovernedAgents.Contracts;
using Xunit;

namespace GovernedAgents.Connectors.Tests.StdioOutcomes;

public sealed class QuarantineTests
{
    [Fact]
    public async Task FirstListing_IsAcceptedWhole_ButForUnsoundSchemas()
    {
        await using var server = await ScriptedServer.StartAsync();
        Assert.Equal("s.unsound", Assert.Single(server.Connector.Tools.Values, tool => tool.HeldBack is not null).Name);
        Assert.Contains("number-not-representable", server.Tool("unsound").HeldBack, StringComparison.Ordinal);
        Assert.StartsWith("sha256:", server.Tool("echo").SchemaHash, StringComparison.Ordinal);
        Assert.Equal("""{"type":"object"}""", server.Tool("echo").InputSchemaJson);
        Assert.Contains(server.Log.Lines, line => line.Contains("s.changing is pinned to Mutate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ChangedAndNewTools_AreHeldBackUntilTheirHashIsAccepted()
    {
        var acceptance = new Acceptance();
        await using var server = await ScriptedServer.StartAsync(acceptance: acceptance);
        var before = server.Tool("changing");
        await server.TextAsync("evolve", """{"version":"2"}""");
        await ScriptedServer.UntilAsync("the new listing", () => Task.FromResult(server.Connector.Tools.ContainsKey("s.added")));

        var held = server.Tool("changing");
        Assert.NotEqual(before.SchemaHash, held.SchemaHash);
        Assert.Equal($"its schema changed ({held.SchemaHash}); an operator has to accept it: POST /v1/environments/prod/tools/s.changing/accept with this schemaHash", held.HeldBack);
        Assert.StartsWith("it is new", server.Tool("added").HeldBack, StringComparison.Ordinal);
        await server.TextAsync("echo");
        Assert.Equal((OutcomeKind.NotStarted, "tool-changed"), await EndOf(server, before));
        Assert.Equal((OutcomeKind.NotStarted, "tool-changed"), await EndOf(server, held));

        var quarantine = (IToolQuarantine)server.Connector;
        Assert.False(quarantine.Holds("s.changing", before.SchemaHash));
        Assert.False(quarantine.Holds("s.unsound", ""));
        Assert.False(quarantine.Holds("s.nothing", held.SchemaHash));
        Assert.True(quarantine.Holds("s.changing", held.SchemaHash));
        acceptance.Accept("changing", held.SchemaHash);
        await quarantine.AskAgainAsync();
        Assert.False(quarantine.Holds("s.changing", held.SchemaHash));
        Assert.Null(server.Tool("changing").HeldBack);
        Assert.NotNull(server.Tool("added").HeldBack);
    }

    [Fact]
    public async Task Acceptance_HoldsForEveryConnectorThatSharesIt()
    {
        var acceptance = new Acceptance();
        await using var first = await ScriptedServer.StartAsync(acceptance: acceptance);
        await File.WriteAllTextAsync(Path.Combine(first.Root, "schema-version"), "2", TestContext.Current.CancellationToken);
        await using (var second = await ScriptedServer.StartAsync(root: first.Root, acceptance: acceptance))
        {
            Assert.NotNull(second.Tool("changing").HeldBack);
            acceptance.Accept("changing", second.Tool("changing").SchemaHash);
        }
        await using var third = await ScriptedServer.StartAsync(root: first.Root, acceptance: acceptance);
        Assert.Null(third.Tool("changing").HeldBack);
        Assert.NotNull(third.Tool("added").HeldBack);
    }

    [Fact]
    public async Task WithoutWordOfWhatIsAccepted_NothingIsOffered_UntilThereIs()
    {
        var acceptance = new Acceptance { Unavailable = true };
        await using var server = await ScriptedServer.StartAsync(acceptance: acceptance);
        Assert.Empty(server.Connector.Tools);
        acceptance.Unavailable = false;
        await ScriptedServer.UntilAsync("its tools are offered", () => Task.FromResult(server.Connector.Tools.ContainsKey("s.echo")));
    }

    [Fact]
    public async Task Include_OffersOnlyWhatItsGlobsName()
    {
        await using var server = await ScriptedServer.StartAsync(change: s => s with { Include = ["malformed_*", "echo"] });
        Assert.Equal(["s.echo", "s.malformed_answer", "s.malformed_line"], server.Connector.Tools.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<(OutcomeKind, string?)> EndOf(ScriptedServer server, ToolDescription tool)
    {
        var outcome = await server.CallAsync("changing", tool: tool);
        return (outcome.Kind, outcome.ErrorSlug);
    }
}
