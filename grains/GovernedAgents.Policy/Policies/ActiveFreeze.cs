namespace GovernedAgents.Policy.Policies;

/// <summary>A freeze that is in force; the rule id of a denial is <c>frozen:</c> and its id.</summary>
public sealed record ActiveFreeze(string Id, string Reason, IReadOnlyList<EffectClass> Blocks, DateTimeOffset From, DateTimeOffset Until);
