using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Whether the people of a directory could make the quorums of a policy, were all of them to approve.</summary>
internal static class QuorumReach
{
    /// <summary>The key of <c>spec</c> at which it stands, and what is missing.</summary>
    public static IReadOnlyList<(string Place, string Message)> Missing(PolicyDefinition policy, DirectoryDefinition directory)
    {
        var missing = new List<(string, string)>();
        List<Vote> everybody =
        [
            .. directory.Persons.Where(p => !p.Disabled).Select(p => new Vote { Person = p.Id, Groups = p.Groups, Decision = VoteDecision.Approve, At = DateTimeOffset.UnixEpoch }),
        ];
        foreach (var (place, name, review) in policy.Rules.Where(r => r.Decide == DecisionEffect.Review && r.Review?.Quorum is not null).Select(r => ("rules", $"rule '{r.Id}'.review", r.Review!))
            .Prepend(("review", "spec.review", policy.Review ?? new ReviewDefinition())))
        {
            if (CompiledRule.RequirementOf("", review, null) is not { } requirement) continue;
            var reached = Quorum.Evaluate([requirement with { StepUp = null }], everybody, _ => true).Requirements[0];
            foreach (var slot in reached.Slots.Where(s => s.Have < s.Approvals))
            {
                missing.Add((place, $"{name} asks for {slot.Approvals} from {string.Join(" or ", slot.From)}, but the directory '{directory.Name}' has people for {slot.Have}. "
                    + "Add people to the group, ask fewer, or correct the name."));
            }
        }

        return missing;
    }
}
