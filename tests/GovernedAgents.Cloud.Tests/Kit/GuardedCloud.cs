using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>A silo's folders with Cost Explorer's production on a real moto_server behind the gate: tool <c>cloud</c> is its API, further ones come from the test.</summary>
internal sealed class GuardedCloud : IDisposable
{
    /// <param name="url">The address of the cloud's API for the silo: moto's, or one in front of it.</param>
    public GuardedCloud(MotoServer moto, string? url = null)
    {
        foreach (var file in Directory.EnumerateFiles(At.Config)) File.Delete(file);
        Write("aws-id", moto.KeyId + "\n");
        Write("aws-secret", moto.Secret + "\n");
        Write("all.yaml", Configuration(url ?? moto.Url));
    }

    /// <summary>A further entry of <c>tools:</c>.</summary>
    public void AddTools(string entry)
    {
        var file = Path.Combine(At.Config, "all.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("  tools:\n", $"  tools:\n{entry}\n", StringComparison.Ordinal));
    }

    public Installation At { get; } = new();

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(At.Config, name), text);

    public void Dispose() => At.Dispose();

    private static string Configuration(string url) => $$"""
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: {{Api.Environment}}, labels: { service: cost-explorer, partition: aws-cn } }
        spec:
          class: production
          owners: [group:cost-explorer]
          access: [group:developers]
          policy: production
          tierCeiling: supervised
          redact: ["canary-pattern-[a-z0-9]+"]
          tools:
            - connector: aws
              name: cloud
              url: {{url}}
              timeout: 20s
              secrets: { AWS_ACCESS_KEY_ID: { file: aws-id }, AWS_SECRET_ACCESS_KEY: { file: aws-secret } }
              options: { role: "{{MotoServer.Role}}", regions: cn-north-1 }
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: cost-explorer-fixer }
        spec: { owner: group:platform, tierCeiling: supervised, environments: ["cost-explorer-*"], startedBy: [group:developers], maxCallsPerSession: 1000 }
        ---
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: production }
        spec:
          baseline: { supervised: { read: allow, mutate: allow, privilege: review, destroy: review } }
          review: { quorum: [ { from: [group:sre], approvals: 2 } ], denials: 1, expiresAfter: 4h }
          rules:
            - { id: no-agent-iam, match: { action: "aws:iam:*", effect: [privilege, destroy] }, decide: deny, reason: Agents never change IAM here. }
            - { id: whole-stacks, match: { action: "aws:cloudformation:CreateStack" }, decide: review, reason: A whole environment is made by people. }
            - id: delete-needs-owner
              match: { effect: [destroy], resource: "arn:aws-cn:cloudformation:*:*:stack/cost-explorer**" }
              decide: review
              reason: Production of Cost Explorer goes only with its owners.
              review: { quorum: [ { from: [group:sre], approvals: 1 }, { from: [group:cost-explorer], approvals: 1 } ] }
          limits:
            - { id: deletes, per: environment, match: { effect: [destroy] }, rate: 3/1d }
          tripwires:
            - { id: probing, when: { decisions: [deny], atLeast: 3, within: 10m, per: session }, then: quarantineSession }
        """;
}
