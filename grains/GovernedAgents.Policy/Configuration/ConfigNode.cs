using System.Text.Json;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Line and column, from 1.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>A value of a document with its place: what YAML and canonical JSON have in common.</summary>
internal abstract record ConfigNode(Position At)
{
    /// <summary>How the value reads in a message; long ones are cut.</summary>
    public abstract string Shown { get; }

    public static ConfigNode FromJson(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => new MappingNode(default, [.. e.EnumerateObject().Select(m => new MappingEntry(m.Name, default, FromJson(m.Value)))]),
        JsonValueKind.Array => new SequenceNode(default, [.. e.EnumerateArray().Select(FromJson)]),
        JsonValueKind.String => new ScalarNode(default, ScalarKind.Text, e.GetString()!),
        JsonValueKind.Number => new ScalarNode(default, ScalarKind.Number, e.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => new ScalarNode(default, ScalarKind.Truth, e.GetRawText()),
        _ => new ScalarNode(default, ScalarKind.Null, "null"),
    };
}

internal enum ScalarKind { Text, Number, Truth, Null }

internal sealed record ScalarNode(Position At, ScalarKind Kind, string Text) : ConfigNode(At)
{
    public override string Shown
    {
        get
        {
            var text = new string([.. (Text.Length > 60 ? Text[..60] + "…" : Text).Select(c => char.IsControl(c) ? '\uFFFD' : c)]);
            return Kind switch
            {
                ScalarKind.Text => $"'{text}'",
                ScalarKind.Number => $"the number {text}",
                ScalarKind.Truth => $"the truth value {text}",
                _ => "nothing (null)",
            };
        }
    }
}

internal sealed record SequenceNode(Position At, IReadOnlyList<ConfigNode> Items) : ConfigNode(At)
{
    public override string Shown => $"a list of {Items.Count}";
}

internal readonly record struct MappingEntry(string Key, Position KeyAt, ConfigNode Value);

internal sealed record MappingNode(Position At, IReadOnlyList<MappingEntry> Entries) : ConfigNode(At)
{
    public override string Shown => $"a mapping of {Entries.Count}";
}
