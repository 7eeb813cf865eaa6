namespace GovernedAgents.Client;

/// <summary>What a call can do to the world, from harmless to final.</summary>
public enum EffectClass { Read, Mutate, Privilege, Destroy }

/// <summary>How far an agent may go alone; the smallest that applies is effective.</summary>
public enum AutonomyTier { Observe, Propose, Supervised, Autonomous }

public enum EnvironmentClass { Sandbox, Development, Staging, Production }

public enum DecisionEffect { Allow, Review, Deny, Throttle }

public enum SessionState { Active, Paused, Quarantined, Ended }

/// <summary>Where a call stands; <see cref="PendingReview"/>, <see cref="Approved"/> and <see cref="Executing"/> go on, the others are final (an unknown outcome can still be resolved by a person).</summary>
public enum CallState { PendingReview, Approved, Executing, Succeeded, Failed, OutcomeUnknown, Denied, Throttled, Expired, Cancelled, Voided, DryRun }

public enum ApprovalState { Pending, Approved, Denied, Expired, Voided, Cancelled }

public enum VoteDecision { Approve, Deny }
