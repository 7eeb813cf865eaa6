namespace GovernedAgents.Client.Tests;

public sealed class GovPolicyTests : IDisposable
{
    private const string Policy = """
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: p }
        spec:
          baseline: { supervised: { read: allow, mutate: allow, destroy: review } }
          review: { quorum: [ { from: ["group:sre"], approvals: 2 } ] }
          rules:
            - { id: no-iam, match: { action: "aws:iam:*" }, decide: deny }
            - { id: careful, match: { tool: "x*" }, decide: review }
          invariants: [ { id: two, never: { effect: destroy, withFewerApprovalsThan: 2 } } ]

        """;

    private const string Examples = """
        apiVersion: governedagents/v1
        kind: PolicyTest
        metadata: { name: p }
        spec:
          policy: p
          examples:
            - { name: roles, call: { action: "aws:iam:PassRole", effect: mutate }, expect: { decision: deny, rules: [no-iam] } }
            - { name: deleting, call: { effect: destroy }, expect: { decision: review, approvals: 2 } }

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("gov-policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static Task<(int Code, string Out, string Error)> Gov(params string[] args) => new FakeServer().GovAsync(["policy", .. args]);

    [Fact]
    public async Task Validate_OfAGoodFolder_ExitsWith0()
    {
        Write("p.yaml", Policy);
        Assert.Equal(0, (await Gov("validate", _folder)).Code);
    }

    [Fact]
    public async Task Validate_OfABadFile_SaysWhereInTheFormOfCompilers_AndExitsWith7()
    {
        var path = Write("p.yaml", Policy.Replace("decide: deny", "decide: forbid", StringComparison.Ordinal));
        var (code, text, _) = await Gov("validate", path);
        Assert.Equal(7, code);
        Assert.Contains($"{path}:8:61: rule 'no-iam'.decide is 'forbid'. Accepted: allow, review, deny.", text, StringComparison.Ordinal);
        Assert.Contains("\"line\": 8", (await Gov("validate", path, "-o", "json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfAPolicyThatCouldBreakItsInvariant_ShowsACall_AndExitsWith7()
    {
        var path = Write("p.yaml", Policy.Replace("tool: \"x*\" }, decide: review", "tool: \"x*\" }, decide: allow", StringComparison.Ordinal));
        var (code, text, _) = await Gov("verify", path);
        Assert.Equal(7, code);
        Assert.Contains("careful lets a destroy call in sandbox at tier propose, where tool is like 'x*' start without any approval.", text, StringComparison.Ordinal);
        Assert.Equal(0, (await Gov("verify", Write("p.yaml", Policy))).Code);
    }

    [Fact]
    public async Task Test_TellsTheDecisionsAndWhichRulesNoExampleReaches()
    {
        var (policy, examples) = (Write("p.yaml", Policy), Write("p.tests.yaml", Examples));
        var (code, _, notes) = await Gov("test", policy, examples);
        Assert.Equal(0, code);
        Assert.Contains("p: 2 of 2 examples as expected; 1 of 2 rules took part in one (not: careful).", notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("approvals: 2", "approvals: 3", "expected 3 approvals, 2 are asked for by baseline")]
    [InlineData("decision: deny", "decision: allow", "expected allow, decided deny by no-iam, baseline")]
    [InlineData("rules: [no-iam]", "rules: [no-iam, other]", "expected other to take part")]
    public async Task Test_OfAnExampleThatDecidesOtherwise_SaysHow_AndExitsWith7(string from, string to, string said)
    {
        var (policy, examples) = (Write("p.yaml", Policy), Write("p.tests.yaml", Examples.Replace(from, to, StringComparison.Ordinal)));
        var (code, text, _) = await Gov("test", policy, examples);
        Assert.Equal(7, code);
        Assert.Contains(said, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_SaysInWordsWhatBecomesStricterAndLooser()
    {
        var (before, after) = (Write("a.yaml", Policy), Write("b.yaml", Policy
            .Replace("mutate: allow", "mutate: deny", StringComparison.Ordinal)
            .Replace("    - { id: careful, match: { tool: \"x*\" }, decide: review }\n", "", StringComparison.Ordinal)
            .Replace("approvals: 2 }", "approvals: 3 }", StringComparison.Ordinal)));
        var (code, text, _) = await Gov("diff", before, after, "-o", "json");
        Assert.Equal(0, code);
        Assert.Contains("\"direction\": \"stricter\",\n    \"text\": \"The baseline for mutate at tier supervised goes from allow to deny.\"", text, StringComparison.Ordinal);
        Assert.Contains("\"text\": \"Gone: rule \\u0027careful\\u0027 asks for review where tool is like \\u0027x*\\u0027.\"", text, StringComparison.Ordinal);
        Assert.Contains("The default review was 2 of group:sre; it becomes 3 of group:sre.", text, StringComparison.Ordinal);
        Assert.Equal("[]", (await Gov("diff", before, before, "-o", "json")).Out.Trim());
    }

    [Fact]
    public async Task Propose_SendsTheFileAsItIs_AndExitsWith4WhileItsReviewIsPending()
    {
        var server = new FakeServer().Then(202, """{"version":"sha256:n","approval":"apr_1","state":"simulated"}""");
        var (code, text, _) = await server.GovAsync(["policy", "propose", Write("p.yaml", Policy)]);
        Assert.Equal(4, code);
        Assert.Contains("apr_1", text, StringComparison.Ordinal);
        Assert.Equal("/v1/policies/p/versions", server.Requests[0].Path);
        Assert.Equal(Policy, System.Text.Json.Nodes.JsonNode.Parse(server.Requests[0].Body!)!["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task Simulate_ListsWhatWouldBeDecidedDifferently()
    {
        var server = new FakeServer().Then(200, """
            {"policy":"p","version":"sha256:n","judged":9,"skipped":1,"changed":1,"byRule":[{"ruleId":"no-iam","calls":1}],"changes":[{"call":"call_1","environment":"prod","tool":"t","action":"aws:iam:PassRole",
            "effect":"privilege","at":"2026-05-05T12:00:00Z","before":{"effect":"allow","ruleIds":["baseline"]},"after":{"effect":"deny","ruleIds":["no-iam","baseline"]}}]}
            """);
        var (code, text, notes) = await server.GovAsync(["policy", "simulate", Write("p.yaml", Policy)]);
        Assert.Equal(0, code);
        Assert.Contains("deny (no-iam, baseline)", text, StringComparison.Ordinal);
        Assert.Contains("9 calls judged again, 1 differently, 1 left out. By rule: no-iam 1.", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_OfOneFile_ComparesItWithTheVersionInForce()
    {
        var running = System.Text.Json.JsonSerializer.Serialize(Policy.Replace("mutate: allow", "mutate: deny", StringComparison.Ordinal));
        var server = new FakeServer().Then(200, $$"""{"name":"p","version":"sha256:r","versions":[{"name":"p","version":"sha256:r","state":"active","source":{{running}},"activatedAt":"2026-05-05T12:00:00Z"}]}""");
        Assert.Contains("The baseline for mutate at tier supervised goes from deny to allow.", (await server.GovAsync(["policy", "diff", Write("p.yaml", Policy)])).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validate", "/nowhere.yaml")]
    [InlineData("test", "")]
    [InlineData("diff", "/nowhere.yaml")]
    [InlineData("propose", "/nowhere.yaml")]
    public async Task WhatMakesNoSense_ExitsWith2(string verb, string path) =>
        Assert.Equal(2, (await Gov(path.Length == 0 ? [verb, Write("p.yaml", Policy)] : [verb, path])).Code);
}
