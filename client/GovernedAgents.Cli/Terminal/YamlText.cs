using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GovernedAgents.Cli.Terminal;

/// <summary>JSON as YAML 1.2: block style, every string that could be read as something else in JSON's own quotes (which YAML shares).</summary>
internal static partial class YamlText
{
    public static string Of(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node, 0, afterKey: false);
        return text.ToString().TrimEnd('\n');
    }

    private static void Append(StringBuilder text, JsonNode? node, int indent, bool afterKey)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                // Below a dash the first key stands beside it.
                var first = !afterKey;
                if (afterKey) text.Append('\n');
                foreach (var (name, value) in map)
                {
                    if (!first) text.Append(' ', indent);
                    first = false;
                    text.Append(Scalar(name)).Append(':');
                    Append(text, value, indent + 2, afterKey: true);
                }

                break;
            case JsonArray { Count: > 0 } list:
                var top = !afterKey;
                if (afterKey) text.Append('\n');
                foreach (var value in list)
                {
                    if (!top) text.Append(' ', indent);
                    top = false;
                    text.Append("- ");
                    Append(text, value, indent + 2, afterKey: false);
                }

                break;
            default:
                if (afterKey) text.Append(' ');
                text.Append(node switch
                {
                    null => "null",
                    JsonObject => "{}",
                    JsonArray => "[]",
                    JsonValue value when value.GetValueKind() == JsonValueKind.String => Scalar(value.GetValue<string>()),
                    _ => node.ToJsonString(),
                }).Append('\n');
                break;
        }
    }

    private static string Scalar(string text) => Plain().IsMatch(text) && !Reserved().IsMatch(text) ? text : JsonSerializer.Serialize(text);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_./-]*\z")]
    private static partial Regex Plain();

    // Words that some YAML reader takes for a truth value, nothing or a number.
    [GeneratedRegex(@"\A(true|false|null|yes|no|on|off|y|n|nan|inf|e[0-9]+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
