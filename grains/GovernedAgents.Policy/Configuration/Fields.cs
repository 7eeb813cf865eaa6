using System.Globalization;
using System.Text;
using System.Text.Json;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Policy.Configuration;

/// <summary>
/// Reads the members of one mapping: each asked for once, each fault reported at its place, unknown keys reported by <see cref="Close"/>. A value that
/// is wrong reads as null (or the default), so that reading goes on and reports the rest.
/// </summary>
internal sealed class Fields
{
    private readonly Dictionary<string, MappingEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly MappingNode? _mapping;
    private readonly string _where;

    public Fields(ConfigNode? node, string where, ProblemList problems)
    {
        (_where, Problems, At) = (where, problems, node?.At ?? default);
        _mapping = node as MappingNode;
        if (_mapping is null)
        {
            if (node is not null) problems.Add(node.At, $"{where} is {node.Shown}; it must be a mapping (key: value).");
            return;
        }

        foreach (var entry in _mapping.Entries) _entries[entry.Key] = entry;
    }

    public ProblemList Problems { get; }
    public Position At { get; }
    public bool IsMapping => _mapping is not null;
    public IReadOnlyList<MappingEntry> Entries => _mapping?.Entries ?? [];
    public Position PlaceOf(string key) => _entries.TryGetValue(key, out var e) ? e.Value.At : At;
    public string Label(string key) => _where.Length == 0 ? key : $"{_where}.{key}";

    public ConfigNode? Node(string key, bool required = false)
    {
        _known.Add(key);
        if (_entries.TryGetValue(key, out var entry)) return entry.Value;
        if (required && IsMapping) Problems.Add(At, $"{Label(key)} is missing; it is required.");
        return null;
    }

    /// <summary>Reports what nobody asked for.</summary>
    public void Close()
    {
        foreach (var entry in Entries.Where(e => !_known.Contains(e.Key)))
            Problems.Add(entry.KeyAt, $"The key {YamlSource.Quote(entry.Key)} is not known in {(_where.Length == 0 ? "the document" : _where)}. Accepted: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    public string? Text(string key, bool required = false, int longest = 2000) => AsText(Node(key, required), Label(key), Problems, longest);

    public bool? Truth(string key)
    {
        switch (Node(key))
        {
            case null: return null;
            case ScalarNode { Kind: ScalarKind.Truth } s: return s.Text.StartsWith("t", StringComparison.OrdinalIgnoreCase);
            case var other: Problems.Add(other.At, $"{Label(key)} is {other.Shown}; it must be true or false."); return null;
        }
    }

    public int? Whole(string key, int from, int to, bool required = false)
    {
        var node = Node(key, required);
        if (node is null) return null;
        if (node is ScalarNode { Kind: ScalarKind.Number } s && int.TryParse(s.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= from && value <= to) return value;
        Problems.Add(node.At, string.Create(CultureInfo.InvariantCulture, $"{Label(key)} is {node.Shown}; it must be a whole number from {from} to {to}."));
        return null;
    }

    public TimeSpan? Duration(string key, bool required = false)
    {
        var node = Node(key, required);
        if (node is null) return null;
        if (node is ScalarNode { Kind: ScalarKind.Text } s && Durations.TryParse(s.Text, out var value)) return value;
        Problems.Add(node.At, $"{Label(key)} is {node.Shown}; it must be {Durations.Accepted}.");
        return null;
    }

    public Rate? RateOf(string key, bool required = false)
    {
        var node = Node(key, required);
        if (node is null) return null;
        if (node is ScalarNode { Kind: ScalarKind.Text } s && Rate.TryParse(s.Text, out var value)) return value;
        Problems.Add(node.At, $"{Label(key)} is {node.Shown}; it must be a count from 1 to 1000000, '/' and a duration (30/1m, 3/1d).");
        return null;
    }

    public T? Choice<T>(string key, bool required = false) where T : struct, Enum => AsChoice<T>(Node(key, required), Label(key), Problems);

    /// <summary>One value or a list of them; null when the key is absent.</summary>
    public IReadOnlyList<T>? Many<T>(string key, Func<ConfigNode, string, T?> read, bool required = false, bool mayBeEmpty = false, bool single = true) where T : class
    {
        var node = Node(key, required);
        if (node is null) return null;
        if (node is not SequenceNode list)
        {
            if (single) return read(node, Label(key)) is { } one ? [one] : [];
            Problems.Add(node.At, $"{Label(key)} is {node.Shown}; it must be a list.");
            return [];
        }

        if (list.Items.Count == 0 && !mayBeEmpty) Problems.Add(node.At, $"{Label(key)} is an empty list; name at least one.");
        return [.. list.Items.Select(i => read(i, Label(key))).OfType<T>()];
    }

    public IReadOnlyList<T>? Choices<T>(string key) where T : struct, Enum =>
        Many(key, (n, l) => (object?)AsChoice<T>(n, l, Problems))?.Cast<T>().ToList();

    public static T? AsChoice<T>(ConfigNode? node, string label, ProblemList problems, IReadOnlyList<string>? accepted = null) where T : struct, Enum
    {
        if (node is null) return null;
        var names = DefinitionJson.ByName<T>();
        if (node is ScalarNode { Kind: ScalarKind.Text } s && names.TryGetValue(s.Text, out var value) && (accepted is null || accepted.Contains(s.Text))) return value;
        problems.Add(node.At, $"{label} is {node.Shown}. Accepted: {string.Join(", ", accepted ?? [.. names.Keys])}.");
        return null;
    }

    public static string? AsText(ConfigNode? node, string label, ProblemList problems, int longest = 2000)
    {
        switch (node)
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text, Text.Length: > 0 } s when s.Text.Length <= longest && IsWhole(s.Text):
                return s.Text;
            case ScalarNode { Kind: ScalarKind.Text } s:
                problems.Add(s.At, string.Create(CultureInfo.InvariantCulture, $"{label} is {s.Shown}; it must be a text of 1 to {longest} characters."));
                return null;
            case ScalarNode s:
                problems.Add(s.At, $"{label} is {s.Shown}; it must be a text. Quote it: \"{s.Text}\".");
                return null;
            default:
                problems.Add(node.At, $"{label} is {node.Shown}; it must be a text.");
                return null;
        }
    }

    /// <summary>Any value as canonical JSON.</summary>
    public static string? AsJson(ConfigNode node, string label, ProblemList problems)
    {
        var text = new StringBuilder();
        Write(node);
        try
        {
            return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(text.ToString())));
        }
        catch (CanonicalJsonException fault)
        {
            problems.Add(node.At, $"{label} is {node.Shown}, which JSON cannot hold exactly ({fault.Slug}). Write a JSON number, or quote it.");
            return null;
        }

        void Write(ConfigNode n)
        {
            switch (n)
            {
                case ScalarNode { Kind: ScalarKind.Text } s: text.Append(JsonSerializer.Serialize(s.Text)); break;
                case ScalarNode { Kind: ScalarKind.Null }: text.Append("null"); break;
                case ScalarNode { Kind: ScalarKind.Truth } s: text.Append(s.Text.ToLowerInvariant()); break;
                case ScalarNode s: text.Append(s.Text); break;
                case SequenceNode list: Join('[', list.Items, Write, ']'); break;
                case MappingNode map: Join('{', map.Entries, e => { text.Append(JsonSerializer.Serialize(e.Key)).Append(':'); Write(e.Value); }, '}'); break;
            }
        }

        void Join<T>(char open, IReadOnlyList<T> items, Action<T> write, char close)
        {
            text.Append(open);
            for (var i = 0; i < items.Count; i++)
            {
                if (i > 0) text.Append(',');
                write(items[i]);
            }

            text.Append(close);
        }
    }

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return false;
        }

        return true;
    }
}
