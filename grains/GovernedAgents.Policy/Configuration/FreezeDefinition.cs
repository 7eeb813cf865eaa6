using System.Globalization;
using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>From <see cref="From"/> until before <see cref="To"/> no call of the blocked effects starts.</summary>
public sealed record FreezeDefinition
{
    public required string Id { get; init; }
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }
    public IReadOnlyList<EffectClass> Blocks { get; init; } = [EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy];

    internal JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["from"] = Instant(From),
        ["to"] = Instant(To),
        ["blocks"] = DefinitionJson.List(Blocks.Select(DefinitionJson.Name)),
    };

    internal static string Instant(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
