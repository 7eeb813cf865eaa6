using System.Globalization;
using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>
/// Times at which no call of the blocked effects starts: dated (from <see cref="From"/> until before <see cref="To"/>) or recurring (from each instant of
/// <see cref="Cron"/> in <see cref="TimeZone"/> for <see cref="Duration"/> of elapsed time).
/// </summary>
public sealed record FreezeDefinition
{
    public required string Id { get; init; }
    /// <summary>With <see cref="To"/>, or null when recurring.</summary>
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
    /// <summary>Five fields; with <see cref="Duration"/>, or null when dated.</summary>
    public string? Cron { get; init; }
    public TimeSpan? Duration { get; init; }
    /// <summary>IANA name; <c>UTC</c> by default.</summary>
    public string TimeZone { get; init; } = "UTC";
    public IReadOnlyList<EffectClass> Blocks { get; init; } = [EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy];

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["blocks"] = DefinitionJson.List(Blocks.Select(DefinitionJson.Name)) };
        if (From is { } from) json["from"] = Instant(from);
        if (To is { } to) json["to"] = Instant(to);
        if (Cron is null) return json;
        json["cron"] = Cron;
        json["duration"] = Durations.Write(Duration!.Value);
        json["timeZone"] = TimeZone;
        return json;
    }

    internal static string Instant(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
