using System.Text.Json;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>One effect as the cloud wrote it down before it happened.</summary>
internal sealed record WitnessedEffect(DateTimeOffset At, string Tool, string? CallId);

internal static class Witness
{
    public static List<WitnessedEffect> Read(Installation at)
    {
        var effects = new List<WitnessedEffect>();
        if (!File.Exists(at.Witness)) return effects;
        var text = File.ReadAllText(at.Witness);
        // A line without its end was never finished: the effect after it did not happen.
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            var effect = json.RootElement;
            effects.Add(new(effect.GetProperty("at").GetDateTimeOffset(), effect.GetProperty("tool").GetString()!, effect.GetProperty("callId").GetString()));
        }

        return effects;
    }
}
