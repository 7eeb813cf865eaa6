using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GovernedAgents.Connectors.Tests.StdioOutcomes;

public sealed class ServerLifeTests
{
    [Fact]
    public async Task Start_GivesTheServerACleanEnvironmentInItsFolder()
    {
        Environment.SetEnvironmentVariable("GA_TEST_LEAK", "leaked");
        await using var server = await ScriptedServer.StartAsync();
        var words = (await server.TextAsync("environment")).Split(' ');
        Assert.Empty(words[..^1].Except(["PATH", "HOME", "LANG", "TOKEN"]));
        Assert.Contains("TOKEN", words);
        Assert.Equal("cwd=" + server.Root, words[^1]);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Start_AsAnotherAccount_KeepsTheSilosFilesFromTheServer()
    {
        Assert.True(Environment.IsPrivilegedProcess, "Only root can run the server as another account: run the tests as root.");
        var nobody = ServerAccount.Find("nobody");
        var root = Directory.CreateTempSubdirectory("ga-mcp-").FullName;
        // Where the sources lie may be closed to others.
        File.Copy(ScriptedServer.Script, Path.Combine(root, "server.mjs"));
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        await using var server = await ScriptedServer.StartAsync(root: root, change: settings => settings with { RunAs = "nobody", Args = [Path.Combine(root, "server.mjs")] });
        File.SetUnixFileMode(Path.Combine(root, "token"), UnixFileMode.UserRead);
        var file = JsonSerializer.Serialize(new { file = Path.Combine(root, "token") });
        Assert.Equal($"65534 {nobody.Group} {nobody.Home} refused", await server.TextAsync("account", file));
        // It knows the secret that is its own, and ends with its connector as ever.
        Assert.Contains("TOKEN", await server.TextAsync("environment"), StringComparison.Ordinal);
        var child = int.Parse(await server.TextAsync("child"), CultureInfo.InvariantCulture);
        await server.Connector.DisposeAsync();
        await ScriptedServer.UntilAsync("what it started has ended", () => Task.FromResult(!File.Exists($"/proc/{child}/cmdline") || File.ReadAllText($"/proc/{child}/cmdline").Length == 0));
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData("root", "is root")]
    [InlineData("no-such-account", "is no account of this host")]
    public void Account_ThatProtectsNothing_IsRefused(string name, string why) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => ServerAccount.Find(name)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Secrets_AreTakenOutOfResultsAndLogs()
    {
        await using var server = await ScriptedServer.StartAsync();
        Assert.Equal("""{"content":[{"type":"text","text":"<[redacted]>"}],"structuredContent":{"[redacted]":["x[redacted]y"]}}""", (await server.CallAsync("secret")).ResultJson);
        await ScriptedServer.UntilAsync("standard error is logged", () => Task.FromResult(server.Log.Lines.Any(line => line.Contains("starting with [redacted]", StringComparison.Ordinal))));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(ScriptedServer.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_AreReadAgainAtARestart()
    {
        await using var server = await ScriptedServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Root, "token"), "rotated-value\r\n", TestContext.Current.CancellationToken);
        await server.CallAsync("crash");
        await server.TextAsync("starts");
        Assert.DoesNotContain("rotated-value", (await server.CallAsync("secret")).ResultJson!, StringComparison.Ordinal);
        Assert.Equal("""{"content":[{"type":"text","text":"<[redacted]>"}],"structuredContent":{"[redacted]":["x[redacted]y"]}}""", (await server.CallAsync("secret")).ResultJson);
    }

    [Fact]
    public async Task Crash_IsFollowedByARestartAfterTheBackOff()
    {
        var time = new FakeTimeProvider();
        await using var server = await ScriptedServer.StartAsync(time);
        for (var (life, pause) = (2, 100); life <= 4; life++, pause *= 2)
        {
            await server.CallAsync("crash");
            await ScriptedServer.UntilAsync($"pause {pause}", () => Task.FromResult(server.Log.Lines.Any(line => line.EndsWith($"Next attempt in {TimeSpan.FromMilliseconds(pause)} ", StringComparison.Ordinal))));
            time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            Assert.Equal("connector-unavailable", (await server.CallAsync("starts")).ErrorSlug);
            // The timer may be set a moment after its line was logged: go on turning the clock.
            await ScriptedServer.UntilAsync("it is up again", async () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                return (await server.CallAsync("starts")).Kind == OutcomeKind.Succeeded;
            });
            Assert.Equal(life.ToString(System.Globalization.CultureInfo.InvariantCulture), await server.TextAsync("starts"));
        }
    }

    [Fact]
    public async Task Dispose_KillsTheWholeProcessTree()
    {
        var server = await ScriptedServer.StartAsync();
        var child = await server.TextAsync("child");
        Assert.True(Directory.Exists("/proc/" + child));
        await server.DisposeAsync();
        await GoneAsync(child);
    }

    [Fact]
    public async Task Crash_TakesWhatTheServerStartedWithIt()
    {
        await using var server = await ScriptedServer.StartAsync();
        var child = await server.TextAsync("child");
        await server.CallAsync("crash");
        await GoneAsync(child);
        Assert.Equal("2", await server.TextAsync("starts"));
    }

    private static Task GoneAsync(string pid) =>
        ScriptedServer.UntilAsync("the child is gone", () => Task.FromResult(!File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("no-such-command-anywhere")]
    [InlineData("false")]
    public async Task Start_WhenTheServerCannotStart_LeavesNoToolsAndGoesOnTrying(string command)
    {
        await using var server = await ScriptedServer.StartAsync(change: s => s with { Command = command });
        Assert.Empty(server.Connector.Tools);
        await ScriptedServer.UntilAsync("a second attempt", () => Task.FromResult(server.Log.Lines.Count(line => line.Contains("is not available", StringComparison.Ordinal)) >= 2));
    }

    [Fact]
    public async Task Start_WhenTheProtocolIsUnknown_RefusesTheServer()
    {
        await using var server = await ScriptedServer.StartAsync(change: s => s with { Args = [.. s.Args, "1999-01-01"] });
        Assert.Empty(server.Connector.Tools);
        Assert.Contains(server.Log.Lines, line => line.Contains("it speaks protocol '1999-01-01'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ServerRequests_PingIsAnsweredAndOthersRefused()
    {
        await using var server = await ScriptedServer.StartAsync();
        var replies = JsonDocument.Parse(await server.TextAsync("ask")).RootElement.EnumerateArray().ToList();
        Assert.Equal("{}", replies.Single(r => r.GetProperty("id").ValueKind == JsonValueKind.String).GetProperty("result").GetRawText());
        Assert.Equal(-32601, replies.Single(r => r.GetProperty("id").ValueKind == JsonValueKind.Number).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Classify_TakesPinAndPointer()
    {
        await using var server = await ScriptedServer.StartAsync();
        CallClassification Of(string tool, string arguments) => server.Connector.Classify(server.Tool(tool), JsonDocument.Parse(arguments).RootElement);
        Assert.Equal(new("mcp:s:echo", "/a", EffectClass.Read), Of("echo", """{"target":["/a"]}"""));
        Assert.Equal(new("mcp:s:echo", "7", EffectClass.Read), Of("echo", """{"target":[7]}"""));
        Assert.Equal(new("mcp:s:echo", "", EffectClass.Read), Of("echo", """{"target":[]}"""));
        Assert.Equal(new("mcp:s:late", "", EffectClass.Destroy), Of("late", """{"target":["/a"]}"""));
    }

    [Fact]
    public void Create_WithAnotherTransport_IsRefused()
    {
        var factory = new McpConnectorFactory(TimeProvider.System, NullLoggerFactory.Instance);
        var settings = new ConnectorSettings { Environment = "e", Name = "n", Kind = "mcp", Transport = "carrier-pigeon", WorkingDirectory = "/", StatePath = "/" };
        Assert.Contains("transport 'carrier-pigeon'", Assert.Throws<ArgumentException>(() => factory.Create(settings)).Message, StringComparison.Ordinal);
    }
}
