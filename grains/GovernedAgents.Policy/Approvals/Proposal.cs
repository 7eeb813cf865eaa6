using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Approvals;

/// <summary>A change of the configuration put up for review, in the shape of a call: what is shown, hashed and voted on.</summary>
public static class Proposal
{
    public const string Tool = "governance.activate";
    private const string PolicyPrefix = "policy/";

    public sealed record Input
    {
        /// <summary><c>policy/production</c>.</summary>
        public required string Subject { get; init; }
        public required string Version { get; init; }
        /// <summary>The version in force; empty: there is none yet.</summary>
        public required string Running { get; init; }
        /// <summary>The policy version (or one name for several) whose quorum decides.</summary>
        public required string RunningPolicy { get; init; }
        /// <summary>Where it would be in force, in words.</summary>
        public required string Where { get; init; }
        public required string Source { get; init; }
        public required string By { get; init; }
        public required bool ByPerson { get; init; }
        public required IReadOnlyList<ReviewRequirement> Requirements { get; init; }
        /// <summary>What changes, in words.</summary>
        public required IReadOnlyList<string> Changes { get; init; }
        /// <summary>What a simulation says.</summary>
        public required string Simulated { get; init; }
        public required string Approval { get; init; }
        public required string Id { get; init; }
        /// <summary>Random, hex.</summary>
        public required string Nonce { get; init; }
        public required DateTimeOffset Now { get; init; }
    }

    /// <summary>The review with the bytes that it refers to.</summary>
    public sealed record Drafted(byte[] Content, byte[] Card, string CallHash);

    public static string ActionOf(string subject) => $"governance:{subject[..subject.IndexOf('/', StringComparison.Ordinal)]}:Activate";

    /// <summary>The policy that a review is about; null for the review of a call or of another document.</summary>
    public static string? PolicyOf(ReviewRequested requested) =>
        requested.Subject is { } subject && subject.StartsWith(PolicyPrefix, StringComparison.Ordinal) ? subject[PolicyPrefix.Length..] : null;

    public static Drafted Draft(Input input)
    {
        // Line by line: each is shown as it is, and none can pretend to be another.
        var arguments = new JsonObject
        {
            ["version"] = input.Version, ["replaces"] = input.Running,
            ["source"] = new JsonArray([.. input.Source.ReplaceLineEndings("\n").Split('\n').Select(line => (JsonNode)JsonValue.Create(line))]),
        };
        var canonical = CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(arguments));
        var content = CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["arguments"] = arguments, ["nonce"] = input.Nonce }));
        using var parsed = JsonDocument.Parse(canonical);
        var card = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(Card.Render(new Card.Input
        {
            Environment = input.Where, Class = EnvironmentClass.Production, Tool = Tool, Action = ActionOf(input.Subject), Resource = input.Subject, Effect = EffectClass.Privilege,
            Arguments = parsed.RootElement, Starter = input.By, Agent = "", Lineage = [], PreviewSummary = input.Simulated, PreviewItems = input.Changes, Counts = (0, 1, 0, 0),
            Why = [.. input.Requirements.Select(r => (r.RuleId, "The version in force names who agrees to the next one."))],
        }).ToJsonString()));
        return new Drafted(content, card, CallHash.Compute(input.Subject, 0, Tool, "", canonical, "", "", input.Nonce));
    }

    public static ReviewRequested Request(Input input, Drafted drafted, ContentReference content, ContentReference card) => new()
    {
        Approval = input.Approval, Call = input.Id, Session = "", Agent = "", AgentOwner = "", Starter = input.By, Excluded = input.ByPerson ? [input.By] : [], Environment = input.Subject,
        Class = EnvironmentClass.Production, Generation = 0, ToolSchemaHash = "", CallHash = drafted.CallHash, RenderHash = Sha256Hash.Of(drafted.Card), PolicyVersion = input.RunningPolicy,
        Requirements = input.Requirements, Deadline = input.Now + input.Requirements.Min(r => r.ExpiresAfter), Card = card, Subject = input.Subject, Content = content,
    };
}
