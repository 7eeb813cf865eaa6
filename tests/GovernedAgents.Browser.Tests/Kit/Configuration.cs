namespace GovernedAgents.Browser.Tests.Kit;

internal static class Configuration
{
    public static string Text(string server) => $$"""
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: {{Stage.Production}}, labels: { service: papers } }
        spec:
          class: production
          owners: [group:archive]
          access: [group:developers]
          policy: strict
          tierCeiling: supervised
          maxPending: { perSession: 500, total: 20000 }
          tools:
            - { connector: mcp, name: papers, transport: stdio, command: node, args: ["{{server}}"], timeout: 30s, effects: { read: read, write: mutate }, resource: { shred: /text } }
        ---
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: {{Stage.Laboratory}} }
        spec:
          class: sandbox
          owners: [group:archive]
          access: [group:developers]
          policy: strict
          tierCeiling: supervised
          tools:
            - { connector: mcp, name: papers, transport: stdio, command: node, args: ["{{server}}"], timeout: 30s, effects: { read: read, write: mutate } }
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: archivist }
        spec: { owner: group:platform, tierCeiling: supervised, environments: ["papers-*"], startedBy: [group:developers], maxCallsPerSession: 20000 }
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: gardener }
        spec: { owner: group:platform, tierCeiling: propose, environments: ["papers-lab"], startedBy: [group:developers], maxCallsPerSession: 100 }
        ---
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: strict }
        spec:
          baseline: { supervised: { read: allow, mutate: review, privilege: review, destroy: review } }
          review: { quorum: [ { from: [group:sre], approvals: 1 } ], denials: 1, expiresAfter: 4h }
          rules:
            - id: two-before-shredding
              match: { effect: [destroy] }
              decide: review
              reason: What is shredded cannot be read again.
              review: { quorum: [ { from: [group:sre], approvals: 2 } ] }
          limits:
            - { id: writes, per: session, match: { effect: [mutate] }, rate: 30/1m, burst: 10 }
        """;
}
