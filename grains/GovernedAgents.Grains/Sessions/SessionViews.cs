using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Sessions;

namespace GovernedAgents.Grains.Sessions;

/// <summary>Sessions as the API shows them.</summary>
internal static class SessionViews
{
    public static SessionSnapshot Of(string id, SessionState state, DateTimeOffset now, ReadOnlyMemory<byte>? goal, int calls, SessionFacts? facts, ActiveConfiguration configuration)
    {
        var started = state.Started!;
        var tier = facts?.Tier ?? state.Tier;
        var globs = facts?.AgentEnvironments ?? configuration.Agent(started.Agent)?.Environments ?? [];
        return new SessionSnapshot
        {
            Id = id, Agent = started.Agent, Starter = started.Person, Parent = started.Parent, Lineage = started.Lineage, Goal = goal is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "",
            State = state.StatusAt(now), Tier = state.Tier, Labels = started.Labels, Calls = calls, CreatedAt = state.CreatedAt, ExpiresAt = started.ExpiresAt,
            Hosted = state.Hosted is not { } run ? null : new HostedProgress
            {
                Steps = run.Steps, StepsUsed = run.StepsUsed, MaxSteps = run.Budget.Steps, TokensUsed = run.TokensUsed, MaxTokens = run.Budget.Tokens, LastFailure = run.LastFailure,
            },
            StateReason = state.StatusReason,
            EffectiveTier = configuration.EnvironmentNames.Where(name => NameGlobs.AnyMatches(globs, name)).ToDictionary(
                name => name, name => configuration.Environment(name) is { } environment && environment.TierCeiling < tier ? environment.TierCeiling : tier, StringComparer.Ordinal),
        };
    }
}
