using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Grains.Execution;

/// <summary>An environment's secrets: refused in arguments (a redacted argument could not run later), blotted out of results.</summary>
internal sealed class Redactor
{
    private const string Blot = "[redacted]";
    private readonly IReadOnlyList<Regex> _patterns;
    private readonly IReadOnlyList<SecretValues> _secrets;

    private Redactor(IReadOnlyList<Regex> patterns, IReadOnlyList<SecretValues> secrets) => (_patterns, _secrets) = (patterns, secrets);

    public static Redactor Of(EnvironmentDefinition definition, string configPath) => new(
        [.. definition.Redact.Select(pattern => new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant))],
        [
            .. definition.Tools.SelectMany(source => source.Secrets.Values).Distinct(StringComparer.Ordinal).Select(file => SecretValues.OfFile(Path.Combine(configPath, file))),
            .. definition.Tools.SelectMany(source => source.SecretVariables.Values).Distinct(StringComparer.Ordinal).Select(SecretValues.OfVariable),
        ]);

    /// <summary>Of these files alone.</summary>
    public static Redactor Of(IEnumerable<string> files) => new([], [.. files.Distinct(StringComparer.Ordinal).Select(file => SecretValues.OfFile(file))]);

    public IEnumerable<FieldError> Find(JsonElement value, string pointer)
    {
        if (_patterns.Count == 0 && _secrets.Count == 0) return [];
        var found = new List<FieldError>();
        Walk(value, pointer, new Text(_patterns, ValuesNow()), found);
        return found;
    }

    public ExecutionOutcome Redact(ExecutionOutcome outcome)
    {
        if (_patterns.Count == 0 && _secrets.Count == 0) return outcome;
        var text = new Text(_patterns, ValuesNow());
        return outcome with
        {
            ResultJson = outcome.ResultJson is { } json ? Redact(JsonNode.Parse(json), text)?.ToJsonString() : null,
            ErrorDetail = outcome.ErrorDetail is { } detail ? text.Redact(detail) : null,
        };
    }

    /// <summary>A card is kept and shown like a result. The fingerprint is a hash of what the connector itself redacted.</summary>
    public CallPreview Redact(CallPreview preview)
    {
        if (_patterns.Count == 0 && _secrets.Count == 0) return preview;
        var text = new Text(_patterns, ValuesNow());
        return preview with { Summary = text.Redact(preview.Summary), Items = [.. preview.Items.Select(text.Redact)] };
    }

    /// <summary>Longest first: a secret that begins another one must not leave the other's end behind.</summary>
    private List<string> ValuesNow() => [.. _secrets.SelectMany(secret => secret.Now()).OrderByDescending(value => value.Length)];

    private static void Walk(JsonElement value, string pointer, Text text, List<FieldError> found)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when text.Holds(value.GetString()!):
                found.Add(new FieldError(pointer, "Holds a secret of this environment (or text that matches one of its 'redact' patterns). Leave it out; the connector has its own credentials."));
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (text.Holds(member.Name)) found.Add(new FieldError(pointer, "A member's name holds a secret of this environment. Leave it out."));
                    else Walk(member.Value, $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", text, found);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray()) Walk(item, $"{pointer}/{index++}", text, found);
                break;
        }
    }

    private static JsonNode? Redact(JsonNode? node, Text text)
    {
        switch (node)
        {
            case JsonObject members:
                var clean = new JsonObject();
                foreach (var (name, value) in members) clean[text.Redact(name)] = Redact(value, text);
                return clean;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Redact(item, text))]);
            case JsonValue value when value.TryGetValue<string>(out var it):
                return JsonValue.Create(text.Redact(it));
            default:
                return node?.DeepClone();
        }
    }

    private readonly record struct Text(IReadOnlyList<Regex> Patterns, IReadOnlyList<string> Values)
    {
        public string Redact(string text)
        {
            foreach (var value in Values) text = text.Replace(value, Blot, StringComparison.Ordinal);
            foreach (var pattern in Patterns) text = pattern.Replace(text, Blot);
            return text;
        }

        public bool Holds(string text) => Redact(text) != text;
    }
}
