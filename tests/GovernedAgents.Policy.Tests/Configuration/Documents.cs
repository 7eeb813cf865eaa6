using GovernedAgents.Policy.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Configuration;

/// <summary>The documents of the configuration reference.</summary>
internal static class Documents
{
    public const string Agent = """
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: ops-assistant }
        spec:
          owner: group:platform
          tierCeiling: supervised
          environments: ["cost-explorer-*"]
          startedBy: [group:developers]        # who may start its sessions; required
          maxCallsPerSession: 10000
        """;

    public const string HostedAgent = """
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: nightly }
        spec:
          owner: group:platform
          tierCeiling: supervised
          environments: ["cost-explorer-*"]
          startedBy: [group:developers]
          hosted:
            endpoint: https://models.example/v1
            model: gpt-4o
            key: { file: /run/secrets/model-key }
            instructions: Look before you change anything.
            environment: cost-explorer-cn-prod
            delegatesTo: [nightly]
            timeout: 90s
            budget: { tokens: 200000, steps: 50, time: 30m }
        """;

    public const string Directory = """
        apiVersion: governedagents/v1
        kind: Directory
        metadata: { name: people }
        spec:
          persons:
            - id: alice
              accounts: [ { iss: "https://id.example", sub: "a-1" }, { iss: "https://id.example", sub: "a-2" } ]
              groups: [sre]
              disabled: false
        """;

    public const string Environment = """
        apiVersion: governedagents/v1
        kind: Environment
        metadata:
          name: cost-explorer-cn-prod
          labels: { service: cost-explorer, partition: aws-cn }
        spec:
          class: production
          owners: [group:cost-explorer]
          access: [group:developers]
          policy: production
          tierCeiling: supervised
          maxPending: { perSession: 20, total: 500 }
          intake: 200/1s
          tools:
            - connector: mcp
              name: files
              transport: stdio
              command: node
              args: ["./server/index.js", "./data/demo"]
              secrets: { API_TOKEN: { file: /run/secrets/files-token } }
              timeout: 30s
              include: ["read_*", "write_file"]
              effects: { read_text_file: read, write_file: mutate }
              resource: { write_file: /path }
          redact: ["(?i)aws_secret_access_key\\s*[:=]\\s*\\S+"]
        """;

    public const string Policy = """
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: production }
        spec:
          baseline:
            observe:    { read: allow }
            propose:    { read: allow, mutate: review, privilege: review, destroy: review }
            supervised: { read: allow, mutate: allow,  privilege: review, destroy: review }
            autonomous: { read: allow, mutate: allow,  privilege: review, destroy: review }
          review:
            quorum: [ { from: [group:sre], approvals: 2 } ]
            denials: 1
            expiresAfter: 4h
            escalate: { after: 1h, to: [group:sre-leads] }
          rules:
            - id: no-agent-iam
              match: { action: "aws:iam:*", effect: [privilege, destroy] }
              decide: deny
              reason: Agents never change IAM here.
            - id: delete-needs-owner
              match:
                effect: [destroy]
                resource: "arn:aws-cn:*:*:*:stack/cost-explorer**"
                args: { /parameters/force: { equals: true } }
              decide: review
              review:
                quorum:
                  - { from: [group:sre], approvals: 1 }
                  - { from: [group:cost-explorer], approvals: 1 }
                waitTimer: 10m
                stepUp: 15m
            - id: recreate-is-suspicious
              match: { action: "*:*:Create*", after: { action: "*:*:Delete*", within: 1h } }
              decide: review
          limits:
            - { id: writes,  per: session,     match: { effect: [mutate] },  rate: 30/1m, burst: 10 }
            - { id: deletes, per: environment, match: { effect: [destroy] }, rate: 3/1d }
            - { id: calls,   per: agent,       rate: 600/1m }
          freezes:
            - { id: year-end, from: 2026-12-20T00:00:00Z, to: 2027-01-04T00:00:00Z, blocks: [mutate, privilege, destroy] }
            - { id: nights, cron: "0 18 * * 1-5", duration: 14h, timeZone: Asia/Shanghai, blocks: [destroy] }
          tripwires:
            - { id: probing, when: { decisions: [deny], atLeast: 5, within: 10m, per: session }, then: quarantineSession }
            - { id: unknowns, when: { outcomes: [unknown], atLeast: 1, within: 1h, per: environment }, then: freezeEnvironment }
          invariants:
            - { id: two-humans-before-destroy, never: { effect: [destroy], class: [production], withFewerApprovalsThan: 2 } }
        """;

    public static ConfigurationResult Read(params string[] texts) =>
        ConfigurationReader.Read([.. texts.Select((t, i) => new ConfigurationFile($"f{i}.yaml", t))], ["mcp", "aws", "terraform", "sql", "kubernetes", "http"]);

    public static ConfigurationSet Set(params string[] texts)
    {
        var result = Read(texts);
        Assert.Empty(result.Problems);
        return result.Set!;
    }

    /// <summary>A policy with this spec, six columns indented or flow style.</summary>
    public static PolicyDefinition PolicyOf(string spec) =>
        Set($"apiVersion: governedagents/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{spec}").Policies["p"];
}
