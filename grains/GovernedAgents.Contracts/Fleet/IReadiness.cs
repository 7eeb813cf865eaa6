namespace GovernedAgents.Contracts;

/// <summary>Whether this silo can take calls: its configuration is active and its journal can be written. Answers from memory, never touches the database.</summary>
public interface IReadiness
{
    /// <summary>Null when ready; else one sentence for the operator, without secrets.</summary>
    string? NotReadyBecause { get; }
}
