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
    private readonly IReadOnlyList<string> _values;

    private Redactor(IReadOnlyList<Regex> patterns, IReadOnlyList<string> values) => (_patterns, _values) = (patterns, values);

    public static Redactor Of(EnvironmentDefinition definition, string configPath) => new(
        [.. definition.Redact.Select(pattern => new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant))],
        [.. definition.Tools.SelectMany(source => source.Secrets.Values).Distinct(StringComparer.Ordinal)
            .Select(file => Path.Combine(configPath, file)).Where(File.Exists).Select(SecretIn).Where(value => value.Length > 0)]);

    public IEnumerable<FieldError> Find(JsonElement value, string pointer)
    {
        if (_patterns.Count == 0 && _values.Count == 0) return [];
        var found = new List<FieldError>();
        Walk(value, pointer, found);
        return found;
    }

    public ExecutionOutcome Redact(ExecutionOutcome outcome)
    {
        if (_patterns.Count == 0 && _values.Count == 0) return outcome;
        return outcome with
        {
            ResultJson = outcome.ResultJson is { } json ? Redact(JsonNode.Parse(json))?.ToJsonString() : null,
            ErrorDetail = outcome.ErrorDetail is { } detail ? Redact(detail) : null,
        };
    }

    private static string SecretIn(string file)
    {
        var text = File.ReadAllText(file);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }

    private void Walk(JsonElement value, string pointer, List<FieldError> found)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when Redact(value.GetString()!) != value.GetString():
                found.Add(new FieldError(pointer, "Holds a secret of this environment (or text that matches one of its 'redact' patterns). Leave it out; the connector has its own credentials."));
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (Redact(member.Name) != member.Name) found.Add(new FieldError(pointer, "A member's name holds a secret of this environment. Leave it out."));
                    else Walk(member.Value, $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", found);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray()) Walk(item, $"{pointer}/{index++}", found);
                break;
        }
    }

    private JsonNode? Redact(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var clean = new JsonObject();
                foreach (var (name, value) in members) clean[Redact(name)] = Redact(value);
                return clean;
            case JsonArray items:
                return new JsonArray([.. items.Select(Redact)]);
            case JsonValue value when value.TryGetValue<string>(out var text):
                return JsonValue.Create(Redact(text));
            default:
                return node?.DeepClone();
        }
    }

    private string Redact(string text)
    {
        foreach (var value in _values) text = text.Replace(value, Blot, StringComparison.Ordinal);
        foreach (var pattern in _patterns) text = pattern.Replace(text, Blot);
        return text;
    }
}
