using System.Globalization;
using System.Text;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>The form-encoded body of the protocols <c>query</c> and <c>ec2</c>: one flat list of dotted names.</summary>
internal sealed class QueryBody(ServiceModel service)
{
    private readonly bool _isEc2 = service.Metadata.Protocol == "ec2";
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public static byte[] Of(ServiceModel service, string action, Operation operation, JsonElement parameters)
    {
        var body = new QueryBody(service);
        body.Add("Action", action);
        body.Add("Version", service.Metadata.ApiVersion);
        if (operation.Input is { } input) body.Structure("", service.ShapeOf(input), parameters);
        return Encoding.UTF8.GetBytes(string.Join('&', body._pairs.Select(pair => $"{AwsRequest.Encode(pair.Key)}={AwsRequest.Encode(pair.Value)}")));
    }

    private void Structure(string prefix, Shape shape, JsonElement value)
    {
        foreach (var member in value.EnumerateObject())
        {
            var use = shape.Members[member.Name];
            Value(prefix.Length == 0 ? NameOf(use, member.Name) : $"{prefix}.{NameOf(use, member.Name)}", use, member.Value);
        }
    }

    private void Value(string prefix, ShapeUse use, JsonElement value)
    {
        var shape = service.ShapeOf(use);
        switch (shape.Type)
        {
            case "structure":
                Structure(prefix, shape, value);
                break;
            case "list":
                List(prefix, use, shape, value);
                break;
            case "map":
                var number = 0;
                var entry = use.Flattened || shape.Flattened ? prefix : $"{prefix}.entry";
                foreach (var pair in value.EnumerateObject())
                {
                    number++;
                    Add(Numbered(entry, number) + "." + (shape.Key!.LocationName ?? "key"), pair.Name);
                    Value(Numbered(entry, number) + "." + (shape.Value!.LocationName ?? "value"), shape.Value, pair.Value);
                }
                break;
            default:
                Add(prefix, Scalars.Text(value, shape, use.TimestampFormat, "iso8601"));
                break;
        }
    }

    private void List(string prefix, ShapeUse use, Shape shape, JsonElement value)
    {
        if (value.GetArrayLength() == 0 && !_isEc2) Add(prefix, "");
        if (!_isEc2)
        {
            var memberName = shape.Member!.LocationName;
            if (!use.Flattened && !shape.Flattened) prefix = $"{prefix}.{memberName ?? "member"}";
            else if (memberName is not null) prefix = prefix.Contains('.', StringComparison.Ordinal) ? $"{prefix[..prefix.LastIndexOf('.')]}.{memberName}" : memberName;
        }
        var number = 0;
        foreach (var item in value.EnumerateArray()) Value(Numbered(prefix, ++number), shape.Member!, item);
    }

    private string NameOf(ShapeUse use, string name)
    {
        if (!_isEc2) return use.LocationName ?? name;
        return use.QueryName ?? (use.LocationName is { Length: > 0 } location ? char.ToUpperInvariant(location[0]) + location[1..] : name);
    }

    private static string Numbered(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{number}");

    private void Add(string name, string value) => _pairs.Add(new(name, value));
}
