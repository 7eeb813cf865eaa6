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
        var file = Path.Combine(server.Root, "state", "accepted-tools.json");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Contains(server.Log.Lines, line => line.Contains("s.changing is pinned to Mutate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ChangedAndNewTools_AreHeldBackUntilTheirHashIsAccepted()
    {
        await using var server = await ScriptedServer.StartAsync();
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
        Assert.False(await quarantine.AcceptAsync("s.changing", before.SchemaHash));
        Assert.False(await quarantine.AcceptAsync("s.unsound", ""));
        Assert.False(await quarantine.AcceptAsync("s.nothing", held.SchemaHash));
        Assert.True(await quarantine.AcceptAsync("s.changing", held.SchemaHash));
        Assert.False(await quarantine.AcceptAsync("s.changing", held.SchemaHash));
        Assert.Null(server.Tool("changing").HeldBack);
        Assert.NotNull(server.Tool("added").HeldBack);
    }

    [Fact]
    public async Task Acceptance_SurvivesARestartOfOurs()
    {
        await using var first = await ScriptedServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(first.Root, "schema-version"), "2", TestContext.Current.CancellationToken);
        await using (var second = await ScriptedServer.StartAsync(root: first.Root))
        {
            Assert.NotNull(second.Tool("changing").HeldBack);
            Assert.True(await ((IToolQuarantine)second.Connector).AcceptAsync("s.changing", second.Tool("changing").SchemaHash));
        }
        await using var third = await ScriptedServer.StartAsync(root: first.Root);
        Assert.Null(third.Tool("changing").HeldBack);
        Assert.NotNull(third.Tool("added").HeldBack);
    }

    [Fact]
    public async Task DamagedAcceptance_HoldsEverythingBack()
    {
        await using var first = await ScriptedServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(first.Root, "state", "accepted-tools.json"), "{\"echo\":", TestContext.Current.CancellationToken);
        await using var second = await ScriptedServer.StartAsync(root: first.Root);
        Assert.All(second.Connector.Tools.Values, tool => Assert.NotNull(tool.HeldBack));
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
