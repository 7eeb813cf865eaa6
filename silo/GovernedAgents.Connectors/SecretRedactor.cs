using System.Text.Encodings.Web;
using System.Text.Json;

namespace GovernedAgents.Connectors;

/// <summary>
/// Takes secret values out of what a server says. Works on parsed strings, so an escaped spelling of a secret is found as well. The lines of a secret of several lines
/// are secrets themselves, from 8 characters on.
/// </summary>
internal sealed class SecretRedactor
{
    public const string Mark = "[redacted]";
    private readonly string[] _values;

    public SecretRedactor(IEnumerable<string> secrets) =>
        // The longest first: a secret that contains another one is taken out whole.
        _values = [.. secrets.SelectMany(Parts).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).OrderByDescending(value => value.Length)];

    /// <summary>One that also takes these out.</summary>
    public SecretRedactor With(params IEnumerable<string?> secrets) => new(_values.Concat(secrets.OfType<string>()));

    public string Redact(string text)
    {
        foreach (var value in _values) text = text.Replace(value, Mark, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Writes the value with every string, property name and number redacted.</summary>
    /// <exception cref="InvalidOperationException">A string that is no text (lone surrogate, bad UTF-8), or a duplicate property.</exception>
    public void Write(JsonElement value, Utf8JsonWriter json)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in value.EnumerateObject())
                {
                    if (!names.Add(member.Name)) throw new InvalidOperationException("An object has two members of the same name.");
                    var name = Redact(member.Name);
                    for (var n = 2; name != member.Name && !names.Add(name); n++) name = $"{Redact(member.Name)}-{n}";
                    json.WritePropertyName(name);
                    Write(member.Value, json);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, json);
                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(Redact(value.GetString()!));
                break;
            case JsonValueKind.Number when Redact(value.GetRawText()) is var number && number != value.GetRawText():
                json.WriteStringValue(number);
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    /// <summary>Relaxed: the text is answered as application/json, never inside a page.</summary>
    public static JsonWriterOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static IEnumerable<string> Parts(string secret) =>
        secret.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length >= 8).Prepend(secret);
}
