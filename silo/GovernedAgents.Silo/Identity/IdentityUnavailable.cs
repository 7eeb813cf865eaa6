namespace GovernedAgents.Silo.Identity;

/// <summary>Of a request: its token could not be judged, because the identity provider has not been reached yet.</summary>
public sealed class IdentityUnavailable;
