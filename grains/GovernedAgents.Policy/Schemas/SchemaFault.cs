namespace GovernedAgents.Policy.Schemas;

/// <summary>One disagreement between an instance and a tool's schema.</summary>
/// <param name="Pointer">RFC 6901 pointer into the instance; empty for the whole instance.</param>
/// <param name="Detail">What was read (values quoted up to 80 characters) and what is accepted.</param>
public sealed record SchemaFault(string Pointer, string Detail);
