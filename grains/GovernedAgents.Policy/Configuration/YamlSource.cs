using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GovernedAgents.Policy.Configuration;

/// <summary>
/// YAML text to nodes, by parser events: the core schema for plain scalars, no aliases, anchors, tags or complex keys, bounded depth. Documents before a
/// syntax error are kept, so that one read reports as much as it can.
/// </summary>
internal sealed partial class YamlSource
{
    private const int MaxDepth = 32;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private Position _reached = new(1, 1);

    private YamlSource(string text, ProblemList problems) => (_problems, _parser) = (problems, new Parser(new StringReader(text)));

    public static IReadOnlyList<(ConfigNode Root, string Text)> Read(string text, ProblemList problems)
    {
        var documents = new List<(ConfigNode, string)>();
        var source = new YamlSource(text, problems);
        try
        {
            while (source._parser.MoveNext())
            {
                if (source._parser.Current is not DocumentStart start) continue;
                source._parser.MoveNext();
                var root = source.Take(0);
                source._parser.MoveNext();
                var from = (int)Math.Min(start.Start.Index, text.Length);
                var to = source._parser.Current is DocumentEnd end ? (int)Math.Clamp(end.End.Index, from, text.Length) : text.Length;
                if (root is not null) documents.Add((root, text[from..to]));
            }
        }
        catch (YamlException fault)
        {
            problems.Add(At(fault.Start), $"The text is not YAML: {fault.Message.Split('\n')[0].TrimEnd('.', '\r')}. Nothing after this place was read.");
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            // Some malformed texts end in a fault of the parser itself, or leave it standing nowhere.
            problems.Add(source._parser.Current is { } last ? At(last.End) : source._reached, "The text after this place is not YAML. Nothing of it was read.");
        }
        catch (TooDeepException fault)
        {
            problems.Add(fault.At, $"The value is nested deeper than {MaxDepth} levels. Nothing after this place was read.");
        }

        return documents;
    }

    private ParsingEvent Current => _parser.Current ?? throw new InvalidOperationException("The parser stands nowhere.");

    private static Position At(Mark mark) => new((int)mark.Line, (int)mark.Column);

    /// <summary>The node at the current event; leaves the parser on the node's last event. Null when it was refused.</summary>
    private ConfigNode? Take(int depth)
    {
        var current = Current;
        var at = _reached = At(current.Start);
        if (current is AnchorAlias alias)
        {
            _problems.Add(at, $"The alias '*{alias.Value}' is not accepted. Write the value out.");
            return null;
        }

        if (current is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty) _problems.Add(at, $"The anchor '&{node.Anchor}' is not accepted. Write values out where they belong.");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific) _problems.Add(at, $"The tag '{node.Tag}' is not accepted. Write a plain or a quoted value.");
        }

        if (current is SequenceStart or MappingStart && depth == MaxDepth) throw new TooDeepException(at);
        return current switch
        {
            Scalar scalar => new ScalarNode(at, KindOf(scalar), scalar.Value),
            SequenceStart => TakeSequence(at, depth),
            MappingStart => TakeMapping(at, depth),
            _ => null,
        };
    }

    private SequenceNode TakeSequence(Position at, int depth)
    {
        var items = new List<ConfigNode>();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
            if (Take(depth + 1) is { } item) items.Add(item);
        return new SequenceNode(at, items);
    }

    private MappingNode TakeMapping(Position at, int depth)
    {
        var entries = new List<MappingEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var keyAt = At(Current.Start);
            var key = Take(depth + 1);
            _parser.MoveNext();
            var value = Take(depth + 1);
            if (key is not ScalarNode scalar)
            {
                if (key is not null) _problems.Add(keyAt, $"A key is {key.Shown}. Keys are plain texts.");
            }
            else if (!seen.Add(scalar.Text))
            {
                _problems.Add(keyAt, $"The key {Quote(scalar.Text)} stands twice in one mapping. Keep one.");
            }
            else if (value is not null)
            {
                entries.Add(new MappingEntry(scalar.Text, keyAt, value));
            }
        }

        return new MappingNode(at, entries);
    }

    internal static string Quote(string text) => new ScalarNode(default, ScalarKind.Text, text).Shown;

    private static ScalarKind KindOf(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain) return ScalarKind.Text;
        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Null,
            "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Truth,
            var text when NumberPattern().IsMatch(text) => ScalarKind.Number,
            _ => ScalarKind.Text,
        };
    }

    /// <summary>Numbers of YAML's core schema; readers accept the JSON ones among them.</summary>
    [GeneratedRegex(@"\A([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    private sealed class TooDeepException(Position at) : Exception
    {
        public Position At { get; } = at;
    }
}
