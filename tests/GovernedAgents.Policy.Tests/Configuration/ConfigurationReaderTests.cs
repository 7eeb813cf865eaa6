using GovernedAgents.Policy.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    [Fact]
    public void Read_OfTheDocumentsOfTheReference_GivesTheirDefinitions()
    {
        var set = Documents.Set(Documents.Agent + "\n---\n" + Documents.Directory + "\n---\n", Documents.Environment, Documents.Policy);

        var agent = set.Agents["ops-assistant"];
        Assert.Equal(("group:platform", AutonomyTier.Supervised, 10_000), (agent.Owner, agent.TierCeiling, agent.MaxCallsPerSession));
        Assert.Equal("alice", set.Directory!.Find("https://id.example", "a-2")!.Id);
        Assert.Null(set.Directory.Find("https://other.example", "a-2"));

        var environment = set.Environments["cost-explorer-cn-prod"];
        Assert.Equal(EnvironmentClass.Production, environment.Class);
        Assert.Equal("aws-cn", environment.Labels["partition"]);
        Assert.Equal(new Rate(200, TimeSpan.FromSeconds(1)), environment.Intake);
        var tool = Assert.Single(environment.Tools);
        Assert.Equal("/run/secrets/files-token", tool.Secrets["API_TOKEN"]);
        Assert.Equal(EffectClass.Mutate, tool.Effects["write_file"]);
        Assert.Equal("/path", tool.Resource["write_file"]);

        var policy = set.Policies["production"];
        Assert.Equal(DecisionEffect.Review, policy.Baseline[AutonomyTier.Propose][EffectClass.Mutate]);
        Assert.Equal(["no-agent-iam", "delete-needs-owner", "recreate-is-suspicious"], policy.Rules.Select(r => r.Id));
        Assert.Equal([10, 3, 600], policy.Limits.Select(l => l.Burst));
        Assert.Equal(new DateTimeOffset(2027, 1, 4, 0, 0, 0, TimeSpan.Zero), policy.Freezes[0].To);
        Assert.Equal(("0 18 * * 1-5", TimeSpan.FromHours(14), "Asia/Shanghai"), (policy.Freezes[1].Cron, policy.Freezes[1].Duration, policy.Freezes[1].TimeZone));
        Assert.Equal(TimeSpan.FromHours(1), policy.Rules[2].Match.After!.Within);
        Assert.Equal([TripwireAction.QuarantineSession, TripwireAction.FreezeEnvironment], policy.Tripwires.Select(t => t.Then));
        Assert.Equal(2, Assert.Single(policy.Invariants).WithFewerApprovalsThan);
        Assert.StartsWith("apiVersion", set.Sources["Directory/people"].TrimStart('-', '\n'), StringComparison.Ordinal);
        Assert.Contains("id: alice", set.Sources["Directory/people"], StringComparison.Ordinal);
        Assert.DoesNotContain("ops-assistant", set.Sources["Directory/people"], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfACanonicalForm_IsTheSameDefinition()
    {
        var set = Documents.Set(Documents.Agent, Documents.Directory, Documents.Environment, Documents.Policy);
        var agent = set.Agents["ops-assistant"].ToCanonicalJson();
        var directory = set.Directory!.ToCanonicalJson();
        var environment = set.Environments["cost-explorer-cn-prod"].ToCanonicalJson();
        var policy = set.Policies["production"].ToCanonicalJson();
        Assert.Equal(agent, AgentDefinition.FromCanonicalJson(agent).ToCanonicalJson());
        Assert.Equal(directory, DirectoryDefinition.FromCanonicalJson(directory).ToCanonicalJson());
        Assert.Equal(environment, EnvironmentDefinition.FromCanonicalJson(environment).ToCanonicalJson());
        Assert.Equal(policy, PolicyDefinition.FromCanonicalJson(policy).ToCanonicalJson());
        Assert.Throws<FormatException>(() => PolicyDefinition.FromCanonicalJson(agent));
        Assert.Throws<FormatException>(() => PolicyDefinition.FromCanonicalJson("{"));
        Assert.Throws<FormatException>(() => PolicyDefinition.FromCanonicalJson(policy.Replace("\"deny\"", "\"dny\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Version_ChangesWithTheMeaningAndNotWithTheSpelling()
    {
        var version = Documents.Set(Documents.Policy).Policies["production"].Version;
        string Changed(string from, string to) => Documents.Set(Documents.Policy.Replace(from, to, StringComparison.Ordinal)).Policies["production"].Version;
        Assert.Equal(version, Changed("expiresAfter: 4h", "expiresAfter: 240m # the same"));
        Assert.Equal(version, Changed("rate: 3/1d }", "rate: 3/24h, burst: 3 }"));
        Assert.Equal(version, Changed("action: \"aws:iam:*\"", "action: ['aws:iam:*']"));
        Assert.NotEqual(version, Changed("approvals: 2", "approvals: 3"));
        Assert.NotEqual(version, Changed("equals: true", "equals: \"true\""));
    }

    [Theory]
    [InlineData("  colour: red", "spec", "'colour' is not known")]
    [InlineData("  rules: [ { id: a, match: {}, decide: maybe } ]", "decide", "Accepted: allow, review, deny")]
    [InlineData("  rules: [ { id: a, match: {}, decide: throttle } ]", "decide", "Accepted: allow, review, deny")]
    [InlineData("  rules: [ { id: a, decide: deny } ]", "match", "missing")]
    [InlineData("  rules: [ { id: a, match: {}, decide: deny }, { id: a, match: {}, decide: deny } ]", "'a'", "twice")]
    [InlineData("  rules: [ { id: a, match: {}, decide: deny } ]\n  limits: [ { id: a, per: session, rate: 1/1s } ]", "'a'", "twice")]
    [InlineData("  rules: [ { id: baseline, match: {}, decide: deny } ]", "'baseline'", "built-in")]
    [InlineData("  rules: [ { id: a, match: {}, decide: review } ]", "rule 'a'", "quorum")]
    [InlineData("  baseline: { propose: { mutate: review } }", "spec.baseline", "quorum")]
    [InlineData("  review: { quorum: [ { from: [group:sre], approvals: 0 } ] }", "approvals", "from 1 to 100")]
    [InlineData("  review: { quorum: [ ] }", "quorum", "empty")]
    [InlineData("  review: { quorum: [ { from: [sre], approvals: 1 } ] }", "from", "group:")]
    [InlineData("  review: { expiresAfter: 4 hours }", "expiresAfter", "90s, 10m, 4h, 7d")]
    [InlineData("  review: { expiresAfter: 0s }", "expiresAfter", "90s, 10m, 4h, 7d")]
    [InlineData("  review: { expiresAfter: 240 }", "the number 240", "90s, 10m, 4h, 7d")]
    [InlineData("  baseline: { observe: { mutate: review } }", "observe", "nothing but read")]
    [InlineData("  baseline: { observer: { read: allow } }", "'observer'", "Accepted: autonomous, observe, propose, supervised")]
    [InlineData("  rules: [ { id: a, match: { tier: observe, effect: [destroy] }, decide: allow } ]", "rule 'a'", "nothing but read")]
    [InlineData("  rules: [ { id: a, match: { action: 'aws:***' }, decide: deny } ]", "action", "'***' is not")]
    [InlineData("  rules: [ { id: a, match: { effect: [] }, decide: deny } ]", "effect", "empty")]
    [InlineData("  rules: [ { id: a, match: { group: 'group:sre' }, decide: deny } ]", "group", "without 'group:'")]
    [InlineData("  rules: [ { id: a, match: { args: { path: { exists: true } } }, decide: deny } ]", "'path'", "JSON pointer")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { matches: '(' } } }, decide: deny } ]", "matches", "not a regular expression")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { matches: '(a)\\1' } } }, decide: deny } ]", "matches", "linear time")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { matches: '(a{500}){500}' } } }, decide: deny } ]", "matches", "10000")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { lessThan: many } } }, decide: deny } ]", "lessThan", "number")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { equals: 0x10 } } }, decide: deny } ]", "equals", "JSON")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { equals: 9007199254740993 } } }, decide: deny } ]", "equals", "number-not-representable")]
    [InlineData("  rules: [ { id: a, match: { args: { /p: { } } }, decide: deny } ]", "/p", "no condition")]
    [InlineData("  rules: [ { id: a, match: { after: { action: x } }, decide: deny } ]", "within", "missing")]
    [InlineData("  rules: [ { id: a, match: { after: { within: 1h } }, decide: deny } ]", "after", "names no call")]
    [InlineData("  rules: [ { id: a, match: { after: { after: { action: x, within: 1h }, action: y, within: 1h } }, decide: deny } ]", "'after'", "not known")]
    [InlineData("  rules: [ { id: a, match: {}, decide: deny, review: { denials: 1 } } ]", "review block", "decides 'deny'")]
    [InlineData("  limits: [ { id: a, per: world, rate: 1/1s } ]", "'world'", "Accepted: session, agent, principal, tool, environment, fleet")]
    [InlineData("  limits: [ { id: a, per: session, rate: 0/1s } ]", "rate", "30/1m")]
    [InlineData("  limits: [ { id: a, per: session, rate: 1/s } ]", "rate", "30/1m")]
    [InlineData("  freezes: [ { id: n, cron: '0 18 * * 1-5' } ]", "duration", "missing")]
    [InlineData("  freezes: [ { id: n, cron: '0 18 * * 8', duration: 14h } ]", "day of week '8'", "five fields")]
    [InlineData("  freezes: [ { id: n, cron: '0 18 * *', duration: 14h } ]", "'0 18 * *'", "five fields")]
    [InlineData("  freezes: [ { id: n, cron: '0 0 30 2 *', duration: 14h } ]", "cron", "no such day ever comes")]
    [InlineData("  freezes: [ { id: n, cron: '0 18 * * *', duration: 14h, timeZone: Asia/Nowhere } ]", "'Asia/Nowhere'", "IANA name")]
    [InlineData("  freezes: [ { id: n, cron: '0 18 * * *', duration: 14h, from: 2026-12-20T00:00:00Z } ]", "freeze.from", "either from and to, or cron")]
    [InlineData("  freezes: [ { id: n, from: 2026-12-20T00:00:00Z, to: 2026-12-21T00:00:00Z, timeZone: UTC } ]", "freeze.timeZone", "recurring")]
    [InlineData("  freezes: [ { id: operator, from: 2026-12-20T00:00:00Z, to: 2026-12-21T00:00:00Z } ]", "'operator'", "built-in")]
    [InlineData("  freezes: [ { id: n, from: 2026-12-20, to: 2026-12-21T00:00:00Z } ]", "from", "2026-12-20T00:00:00Z")]
    [InlineData("  freezes: [ { id: n, from: 2026-12-20T00:00:00Z, to: 2026-12-20T00:00:00Z } ]", "to", "not after")]
    [InlineData("  tripwires: [ { id: t, when: { atLeast: 1, within: 1h, per: session }, then: quarantineSession } ]", "counts nothing", "outcomes (failed, unknown)")]
    [InlineData("  tripwires: [ { id: t, when: { decisions: [denied], atLeast: 1, within: 1h, per: session }, then: quarantineSession } ]", "'denied'", "Accepted: allow, review, deny, throttle")]
    [InlineData("  tripwires: [ { id: t, when: { decisions: [deny], atLeast: 0, within: 1h, per: session }, then: quarantineSession } ]", "the number 0", "from 1 to 1000")]
    [InlineData("  tripwires: [ { id: t, when: { decisions: [deny], atLeast: 1, within: 1h, per: fleet }, then: quarantineSession } ]", "'fleet'", "within one environment")]
    [InlineData("  tripwires: [ { id: t, when: { decisions: [deny], atLeast: 1, within: 1h, per: session }, then: killAgent } ]", "'killAgent'", "Accepted: quarantineSession, demoteSession, freezeEnvironment")]
    [InlineData("  invariants: [ { id: i, never: { effect: [destroy] } } ]", "withFewerApprovalsThan", "missing")]
    [InlineData("  invariants: [ { id: i, never: { action: x, withFewerApprovalsThan: 1 } } ]", "'action'", "Accepted: class, effect, tier, withFewerApprovalsThan")]
    [InlineData("  baseline: { autonomous: { destroy: allow } }\n  invariants: [ { id: i, never: { effect: [destroy], withFewerApprovalsThan: 1 } } ]", "'i': baseline lets a destroy call in sandbox at tier autonomous start without any approval.", "Change that rule")]
    [InlineData("  rules: &r [ ]\n  limits: *r", "alias '*r'", "Write the value out")]
    [InlineData("  rules: []\n  rules: []", "'rules'", "twice")]
    [InlineData("  review: !!map { denials: 1 }", "tag", "not accepted")]
    [InlineData("  rules: [ { id: a, match: {} , decide: deny", "not YAML", "Nothing after")]
    public void Read_OfAFaultyPolicy_SaysWhatWasReadAndWhatIsAccepted(string spec, string read, string accepted)
    {
        var result = Documents.Read($"apiVersion: governedagents/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{spec}\n");
        Assert.Null(result.Set);
        Assert.Contains(result.Problems, p => p.Message.Contains(read, StringComparison.Ordinal) && p.Message.Contains(accepted, StringComparison.Ordinal));
        Assert.All(result.Problems, p => Assert.True(p.Line >= 1 && p.Column >= 1, p.ToString()));
    }

    [Theory]
    [InlineData("approvals: 2", "approvals: 3", "spec.review asks for 3 from group:sre, but the directory 'people' has people for 2")]
    [InlineData("from: [group:cost-explorer]", "from: [group:cost-explorers]", "rule 'delete-needs-owner'.review asks for 1 from group:cost-explorers")]
    [InlineData("from: [group:cost-explorer], approvals: 1", "from: [person:alice, person:bob], approvals: 1", null)]
    public void Read_WithADirectory_WarnsOfAQuorumThatNobodyCouldMake(string from, string to, string? message)
    {
        const string directory = """
            apiVersion: governedagents/v1
            kind: Directory
            metadata: { name: people }
            spec:
              persons:
                - { id: alice, accounts: [ { iss: i, sub: a } ], groups: [sre] }
                - { id: bob, accounts: [ { iss: i, sub: b } ], groups: [sre, cost-explorer] }
                - { id: carol, accounts: [ { iss: i, sub: c } ], groups: [sre], disabled: true }
            """;
        var result = Documents.Read(directory, Documents.Policy.Replace(from, to, StringComparison.Ordinal));
        Assert.Empty(result.Problems);
        if (message is null) Assert.Empty(result.Warnings);
        else Assert.StartsWith(message, Assert.Single(result.Warnings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  review: { quorum: [ { from: [group:sre], approvals: 1 } ] }\n  baseline: { propose: { mutate: allow }, supervised: { mutate: review }, autonomous: { mutate: allow } }", "stricter about mutate at tier supervised than at propose")]
    [InlineData("  baseline: { propose: { read: allow }, supervised: { read: allow }, autonomous: { read: allow } }\n  rules: [ { id: r, match: { tier: propose }, decide: allow } ]", "rule 'r' allows to a tier and not to a higher one")]
    [InlineData("  baseline: { propose: { read: allow }, supervised: { read: allow }, autonomous: { read: allow } }\n  rules: [ { id: r, match: { tier: [supervised, autonomous] }, decide: deny } ]", "rule 'r' stops a tier and not a lower one")]
    [InlineData("  rules: []", "denies every call")]
    [InlineData("  baseline: { propose: { read: allow }, supervised: { read: allow }, autonomous: { read: allow } }\n  rules: [ { id: r, match: { tier: [observe, propose] }, decide: deny } ]", null)]
    public void Read_OfAPolicyThatHardlyMeansWhatItSays_Warns(string spec, string? warning)
    {
        var result = Documents.Read($"apiVersion: governedagents/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{spec}\n");
        Assert.Empty(result.Problems);
        if (warning is null) Assert.Empty(result.Warnings);
        else Assert.Contains(warning, Assert.Single(result.Warnings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command: node", "", "tool.command is missing")]
    [InlineData("policy: production", "policy: prod", "no Policy of that name. Known: production.")]
    [InlineData("{ file: /run/secrets/files-token }", "hunter2", "Secrets never stand in the configuration")]
    [InlineData("{ file: /run/secrets/files-token }", "{ file: /run/secrets/files-token, env: TOKEN }", "needs either file or env")]
    [InlineData("{ file: /run/secrets/files-token }", "{ }", "needs either file or env")]
    [InlineData("write_file: mutate", "write_file: write", "Accepted: read, mutate, privilege, destroy")]
    [InlineData("write_file: /path", "write_file: path", "JSON pointer")]
    [InlineData("connector: mcp", "connector: ftp", "Accepted: mcp, aws, terraform, sql, kubernetes, http")]
    [InlineData("access: [group:developers]", "", "spec.access is missing")]
    [InlineData("name: files", "name: fi__les", "tool.name")]
    [InlineData("\"./data/demo\"", "8080", "Quote it: \"8080\"")]
    [InlineData("perSession: 20", "perSession: twenty", "whole number")]
    [InlineData("labels: { service: cost-explorer", "labels: { service: true", "must be a text")]
    public void Read_OfAFaultyEnvironment_SaysWhatWasReadAndWhatIsAccepted(string from, string to, string message)
    {
        var result = Documents.Read(Documents.Environment.Replace(from, to, StringComparison.Ordinal), Documents.Policy);
        Assert.Contains(result.Problems, p => p.File == "f0.yaml" && p.Message.Contains(message, StringComparison.Ordinal));
        Assert.DoesNotContain(result.Problems, p => p.Message.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_OfASecretInAVariable_KeepsItsName_AndReadsItBack()
    {
        var environment = Documents.Read(Documents.Environment.Replace("{ file: /run/secrets/files-token }", "{ env: FILES_TOKEN }", StringComparison.Ordinal), Documents.Policy).Set!.Environments.Values.Single();
        var stored = EnvironmentDefinition.FromCanonicalJson(environment.ToCanonicalJson());
        Assert.All([environment, stored], read => Assert.Equal("FILES_TOKEN", read.Tools[0].SecretVariables["API_TOKEN"]));
        Assert.All([environment, stored], read => Assert.Empty(read.Tools[0].Secrets));
        Assert.Equal(environment.Hash, stored.Hash);
    }

    /// <summary>Without the silo it is not known which kinds there are: an offline check leaves that to it.</summary>
    [Fact]
    public void Read_WithoutTheKindsOfConnectors_AcceptsAny() =>
        Assert.Empty(ConfigurationReader.Read([new("e.yaml", Documents.Environment.Replace("connector: mcp", "connector: another", StringComparison.Ordinal)), new("p.yaml", Documents.Policy)]).Problems);

    [Fact]
    public void Read_OfSeveralFaultyFiles_ReportsAllAtTheirPlaces()
    {
        var result = Documents.Read(
            "apiVersion: governedagents/v2\nkind: Agent\nmetadata: { name: Ops }\nspec:\n  tierCeiling: high\n",
            "kind: Robot\n",
            Documents.Agent + "\n---\n" + Documents.Agent,
            Documents.Directory.Replace("\"a-2\"", "\"a-1\"", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f0.yaml", Line: 1, Column: 13 } && p.Message.Contains("governedagents/v2", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f0.yaml", Line: 3, Column: 19 } && p.Message.Contains("'Ops'", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f0.yaml", Line: 5, Column: 16 } && p.Message.Contains("'high'", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f0.yaml" } && p.Message.Contains("spec.owner is missing", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f1.yaml", Line: 1, Column: 7 } && p.Message.Contains("'Robot'", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f2.yaml" } && p.Message.Contains("defined twice; the first is at f2.yaml:1", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p is { File: "f3.yaml" } && p.Message.Contains("already belongs to 'alice'", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_OfHostileText_IsRefusedQuickly()
    {
        Assert.Contains("1048576", Assert.Single(Documents.Read(new string(' ', (1024 * 1024) + 1)).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("nested deeper", Assert.Single(Documents.Read(new string('[', 100_000)).Problems).Message, StringComparison.Ordinal);
        Assert.NotEmpty(Documents.Read(string.Concat(Enumerable.Repeat("{a: ", 50_000))).Problems);
        Assert.NotEmpty(Documents.Read("\0\u0001\ufffe").Problems);
        Assert.InRange(Documents.Read("apiVersion: governedagents/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  rules:\n" + string.Concat(Enumerable.Repeat("    - x\n", 50_000))).Problems.Count, 1, 201);
        Assert.Empty(Documents.Set("", "# nothing\n", "---\n").Policies);
    }
}
