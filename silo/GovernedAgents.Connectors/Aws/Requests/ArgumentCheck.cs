using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>Every fault of a call's parameters against the service's model: names, types, what is required. Values are the service's business.</summary>
internal sealed class ArgumentCheck(ServiceModel service)
{
    private const int MostFaults = 20;
    private static readonly string[] SecretWords = ["Password", "PrivateKey", "SecretAccessKey", "ClientSecret"];
    private readonly List<FieldError> _faults = [];

    public static IReadOnlyList<FieldError> Of(ServiceModel service, Operation operation, JsonElement? parameters)
    {
        var check = new ArgumentCheck(service);
        var shape = operation.Input is { } input ? service.ShapeOf(input) : new Shape { Type = "structure" };
        if (parameters is { } given) check.Value(given, shape, "/parameters", "");
        else check.Missing(shape, [], "/parameters");
        return check._faults;
    }

    private void Value(JsonElement value, Shape shape, string at, string name)
    {
        if (_faults.Count >= MostFaults || shape.Document) return;
        if (shape.EventStream) Fault(at, "An event stream cannot be sent in a call.");
        else if (IsPassword(shape, name)) Fault(at, $"'{name}' is a secret; a call's arguments are kept and shown to reviewers. Let the service make it (such as ManageMasterUserPassword) or leave it out.");
        else if (!Fits(value, shape)) Fault(at, $"Is {Kind(value)}; the model of {service.Name} has {Wanted(shape)} here.");
        else
        {
            switch (shape.Type)
            {
                case "structure":
                    Structure(value, shape, at);
                    break;
                case "list":
                    var index = 0;
                    foreach (var item in value.EnumerateArray()) Value(item, service.ShapeOf(shape.Member!), $"{at}/{index++}", name);
                    break;
                case "map":
                    foreach (var entry in value.EnumerateObject()) Value(entry.Value, service.ShapeOf(shape.Value!), $"{at}/{Escaped(entry.Name)}", entry.Name);
                    break;
            }
        }
    }

    private void Structure(JsonElement value, Shape shape, string at)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            given.Add(member.Name);
            if (shape.Members.TryGetValue(member.Name, out var use)) Value(member.Value, service.ShapeOf(use), $"{at}/{Escaped(member.Name)}", member.Name);
            else Fault($"{at}/{Escaped(member.Name)}", $"The model of {service.Name} has no such member. It has: {string.Join(", ", shape.Members.Keys.Take(40))}.");
        }
        Missing(shape, given, at);
    }

    private void Missing(Shape shape, HashSet<string> given, string at)
    {
        // What is an idempotency token is filled in from the call's id.
        foreach (var name in shape.Required)
            if (!given.Contains(name) && !shape.Members[name].IdempotencyToken) Fault($"{at}/{name}", $"Is missing; {service.Name} requires it.");
    }

    private static bool Fits(JsonElement value, Shape shape) => shape.Type switch
    {
        "structure" or "map" => value.ValueKind == JsonValueKind.Object,
        "list" => value.ValueKind == JsonValueKind.Array,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
        "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "float" or "double" => value.ValueKind == JsonValueKind.Number,
        "timestamp" => Scalars.TryInstant(value, out _),
        "blob" => Scalars.TryBytes(value, out _),
        _ => value.ValueKind == JsonValueKind.String,
    };

    private static string Wanted(Shape shape) => shape.Type switch
    {
        "structure" or "map" => "an object",
        "list" => "an array",
        "boolean" => "true or false",
        "integer" or "long" => "a whole number",
        "float" or "double" => "a number",
        "timestamp" => "an instant (RFC 3339 text, or seconds since 1970)",
        "blob" => "text, or {\"base64\": …} for bytes",
        _ => "text",
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object", JsonValueKind.Array => "an array", JsonValueKind.String => "text", JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.Null => "null", _ => value.GetRawText(),
    };

    private static bool IsPassword(Shape shape, string name) =>
        name is "MasterUserPassword" or "TdeCredentialPassword"
        || (shape is { Sensitive: true, Type: "string" or "blob" } && SecretWords.Any(word => name.Contains(word, StringComparison.Ordinal)));

    private void Fault(string at, string detail) => _faults.Add(new FieldError(at, detail));

    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
