using System.Text.Json;
using GovernedAgents.Cli.Terminal;

namespace GovernedAgents.Client.Tests;

public sealed class GovTests
{
    private const string Submit = "calls submit --session-token s --env prod --tool files.write --wait 0s --args {}";

    [Theory]
    [InlineData(200, "succeeded", 0)]
    [InlineData(200, "failed", 1)]
    [InlineData(200, "outcome_unknown", 1)]
    [InlineData(202, "pending_review", 4)]
    [InlineData(200, "voided", 5)]
    [InlineData(200, "denied", 3)]
    public async Task Submit_ExitsByTheCallsState(int status, string state, int code) =>
        Assert.Equal(code, (await new FakeServer().Then(status, Wire.Call(state)).GovAsync(Submit.Split(' '))).Code);

    [Theory]
    [InlineData(403, "denied", 3)]
    [InlineData(401, "unauthenticated", 3)]
    [InlineData(429, "throttled", 6)]
    [InlineData(404, "unknown-tool", 2)]
    [InlineData(409, "idempotency-key-reused", 2)]
    [InlineData(422, "invalid-arguments", 2)]
    public async Task Submit_ExitsByTheRefusal(int status, string slug, int code) =>
        Assert.Equal(code, (await new FakeServer().Then(status, Wire.Problem(status, slug)).GovAsync(Submit.Split(' '))).Code);

    [Fact]
    public async Task Server_ThatIsAway_ExitsWith6() =>
        Assert.Equal(6, (await new FakeServer().ThenBreak().ThenBreak().ThenBreak().GovAsync(["fleet", "show"])).Code);

    [Theory]
    [InlineData("")]
    [InlineData("calls")]
    [InlineData("calls nonsense")]
    [InlineData("fleet halt")]
    [InlineData("calls show call_1 --server ftp://x")]
    [InlineData("calls submit --session-token s --env e --tool t --args [1]")]
    [InlineData("calls submit --session-token s --env e --tool t --args {")]
    [InlineData("sessions list --limit 0")]
    public async Task CommandLine_ThatMakesNoSense_ExitsWith2AndSendsNothing(string line)
    {
        var server = new FakeServer();
        Assert.Equal(2, (await server.GovAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Approve_WithTheHashThatWasRead_VotesOnExactlyWhatWasFetched()
    {
        var server = new FakeServer().Then(200, Wire.Approval(), ("ETag", "\"sha256:r\"")).Then(201, Wire.Approval());
        Assert.Equal(0, (await server.GovAsync(["approvals", "approve", "apr_1", "--hash", "sha256:c"])).Code);
        Assert.Equal("\"sha256:r\"", server.Requests[1].Header("If-Match"));
        Assert.Equal("""{"decision":"approve","reason":"","callHash":"sha256:c","renderHash":"sha256:r","policyVersion":"sha256:p"}""", server.Requests[1].Body);
    }

    [Fact]
    public async Task Approve_WithAnotherHash_VotesNotAndExitsStale()
    {
        var server = new FakeServer().Then(200, Wire.Approval("sha256:swapped"), ("ETag", "\"sha256:r\""));
        Assert.Equal(5, (await server.GovAsync(["approvals", "approve", "apr_1", "--hash", "sha256:c"])).Code);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Vote_ThatTheServerCallsStale_ExitsStale()
    {
        var server = new FakeServer().Then(200, Wire.Approval()).Then(412, Wire.Problem(412, "stale-vote"));
        Assert.Equal(5, (await server.GovAsync(["approvals", "deny", "apr_1", "--reason", "no"])).Code);
    }

    [Theory]
    [InlineData("prod", 0, 2)]
    [InlineData("yes", 2, 1)]
    [InlineData("", 2, 1)]
    public async Task Approve_Asking_TakesOnlyTheEnvironmentsName(string typed, int code, int requests)
    {
        var server = new FakeServer().Then(200, Wire.Approval()).Then(201, Wire.Approval());
        Assert.Equal(code, (await server.GovAsync(["approvals", "approve", "apr_1"], typed + "\n", canAsk: true)).Code);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public async Task Approve_WithNobodyToAskAndNoHash_IsAUsageFault() =>
        Assert.Equal(2, (await new FakeServer().Then(200, Wire.Approval()).GovAsync(["approvals", "approve", "apr_1"], "prod\n")).Code);

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    [InlineData("yaml")]
    [InlineData("jsonl")]
    public async Task TextFromTheServer_NeverReachesTheTerminalAsControlCharacters(string format)
    {
        // A clear-screen, a right-to-left override and a C1 control sequence introducer, raw as well as escaped on the wire.
        var evil = "\\u001b[2J\u202Egnp.exe\\u009b1A\\r\\nvotes ok\u200B";
        var server = new FakeServer().Then(200, Wire.Approval(words: evil)).Then(200, $$"""{"items":[{{Wire.Approval(words: evil)}}],"next":null}""").Then(404, Wire.Problem(404, evil));
        var outputs = new[]
        {
            await server.GovAsync(["approvals", "show", "apr_1", "-o", format]),
            await server.GovAsync(["approvals", "list", "-o", format]),
            await server.GovAsync(["calls", "show", "x", "-o", format]),
        };
        foreach (var character in string.Concat(outputs.Select(one => one.Out + one.Error)))
            Assert.False(character is '\u001b' or '\u202e' or '\u009b' or '\u200b' or '\r', $"U+{(int)character:X4} went through.");
        Assert.Contains("gnp.exe", outputs[0].Out, StringComparison.Ordinal);
        if (format == "table") Assert.DoesNotContain(outputs[0].Out.Split('\n'), line => line.StartsWith("votes ok", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plain ünïcode 漢字 ok", "plain ünïcode 漢字 ok")]
    [InlineData("\u001b[31m", "\\u{001B}[31m")]
    [InlineData("a\u202Eb", "a\\u{202E}b")]
    [InlineData("\U000E0041\uFE0F\u3164\u00A0", "\\u{E0041}\\u{FE0F}\\u{3164}\\u{00A0}")]
    [InlineData("line\r\n\tnext", "line\\r\\n\\tnext")]
    public void Visible_WritesOutWhatIsNotSeen(string text, string shown) => Assert.Equal(shown, SafeText.Visible(text));

    [Fact]
    public void Visible_WritesOutHalvesOfSurrogatePairs() => Assert.Equal("x\\u{D800}y", SafeText.Visible("x" + '\uD800' + "y"));

    [Fact]
    public void Yaml_QuotesWhateverCouldBeReadAsSomethingElse()
    {
        var json = JsonSerializer.SerializeToNode(new { a = "yes", b = "1e3", c = "x: y", d = Array.Empty<int>(), e = new object[] { new { f = "plain", g = (string?)null }, 7 }, h = "e9" });
        Assert.Equal("a: \"yes\"\nb: \"1e3\"\nc: \"x: y\"\nd: []\ne:\n  - f: plain\n    g: null\n  - 7\nh: \"e9\"", YamlText.Of(json));
    }

    [Fact]
    public async Task Export_ToATerminal_IsRefused()
    {
        var server = new FakeServer();
        Assert.Equal(2, (await server.GovAsync(["audit", "export"], outIsTerminal: true)).Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Doctor_NamesEachFaultAndTheNextStep()
    {
        var server = new FakeServer().ThenBreak().ThenBreak().ThenBreak().ThenBreak();
        var (code, output, _) = await server.GovAsync(["doctor", "--data", "/nowhere"]);
        Assert.Equal(6, code);
        Assert.Contains("fault  server:", output, StringComparison.Ordinal);
        Assert.Contains("fault  data folder: /nowhere", output, StringComparison.Ordinal);
    }
}
