using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Mcp;

/// <summary>The session behind an MCP request: that of its session token, or the one that an OAuth access token's agent has for its subject.</summary>
internal sealed class McpSessions(IGrainFactory grains, IReadModel readModel)
{
    private const string OpenedBy = "opened-by";

    public async Task<Bound<Visitor>> OfAsync(Visitor visitor, CancellationToken cancellation)
    {
        if (visitor.Caller is not Caller.OfPerson { Agent: { } agent } person) return visitor;
        if (visitor.Person is null) return Bound.Refused<Visitor>(Problems.Forbidden("The Directory does not list this account. Ask an operator."));
        // Whatever state it is in: a quarantine is not left by connecting anew.
        string? last = null;
        var newest = new PageRequest(200, null);
        foreach (var session in (await readModel.ListSessionsAsync(new SessionFilter { Starter = visitor.Person, Agent = agent }, newest, cancellation)).Items)
        {
            if (session.Labels.GetValueOrDefault(OpenedBy) != McpResourceMetadata.Scope) continue;
            if (session.State != SessionStatus.Ended) return Of(session.Id);
            last ??= session.Id;
        }
        return await StartAsync(person.Principal, agent, last);
    }

    /// <summary>Named after the session before it, so that requests which come at the same time open one.</summary>
    private async Task<Bound<Visitor>> StartAsync(Principal principal, string agent, string? before)
    {
        var id = Ids.SessionOf(principal.Issuer, principal.Subject, $"{McpResourceMetadata.Scope} {agent} {before}");
        var answer = await grains.GetGrain<IAgentSessionGrain>(id).StartAsync(new StartSession
        {
            Agent = agent,
            Goal = "",
            Tier = AutonomyTier.Autonomous,
            Labels = new Dictionary<string, string> { [OpenedBy] = McpResourceMetadata.Scope },
            Starter = principal,
            RequestHash = Sha256Hash.Of(System.Text.Encoding.UTF8.GetBytes(agent)),
        });
        return answer.Refusal is { } refusal ? Bound.Refused<Visitor>(Problems.Of(refusal)) : Of(answer.Value!.Id);
    }

    private static Visitor Of(string session) => new() { Caller = new Caller.OfSession(session), By = "session:" + session };
}
