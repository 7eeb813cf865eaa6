using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>Agent, Directory and Environment documents between their files and being in force. Key: 0, the fleet's own grain.</summary>
[Alias("ga.IConfigurationRegistry")]
public interface IConfigurationRegistry : IGrainWithIntegerKey
{
    /// <summary>
    /// Puts into force, in one record, those documents that need no review now: all of them on the very first start, with <c>immediate</c> activation and while no
    /// environment is in force; else those that are in force already. Answers the others.
    /// </summary>
    [Alias("PutForward"), AlwaysInterleave] Task<IReadOnlyList<ConfigurationDocument>> PutForwardAsync(IReadOnlyList<ConfigurationDocument> documents);

    /// <summary>
    /// Puts a document up for review by the quorums of the policies in force where it reaches; the same document again answers the review that is pending. Refusal:
    /// <c>conflict</c> (it is in force, it was denied before, or nobody could review), <c>unavailable</c>.
    /// </summary>
    [Alias("Propose"), AlwaysInterleave] Task<Answer<ProposedDocument>> ProposeAsync(ProposeDocument proposal);

    /// <summary>
    /// Accepts these schema hashes (tool without prefix → hash) of a tool source of an environment, and answers all that are accepted. With <paramref name="onlyFirst"/> nothing is accepted
    /// when something of the source ever was.
    /// </summary>
    [Alias("AcceptTools"), AlwaysInterleave] Task<IReadOnlyDictionary<string, string>> AcceptToolsAsync(string environment, string source, IReadOnlyDictionary<string, string> hashes, bool onlyFirst, string by);

    /// <summary>The review of a proposed document has ended, in any state: it comes into force, or not.</summary>
    [Alias("Settled"), AlwaysInterleave] Task ApprovalSettledAsync(string approvalId);
}

[GenerateSerializer, Immutable, Alias("ga.ProposeDocument")]
public sealed record ProposeDocument
{
    [Id(0)] public required ConfigurationDocument Document { get; init; }
    /// <summary>The YAML that people are shown.</summary>
    [Id(1)] public required string Source { get; init; }
    /// <summary><c>file</c>.</summary>
    [Id(2)] public required string By { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.ProposedDocument")]
public sealed record ProposedDocument
{
    [Id(0)] public required string Kind { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required string Hash { get; init; }
    [Id(3)] public required string Approval { get; init; }
}
