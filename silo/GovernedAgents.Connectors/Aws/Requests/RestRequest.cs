using System.Security.Cryptography;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>A request of <c>rest-json</c> or <c>rest-xml</c>: members go into the path, the query, headers and the body.</summary>
internal sealed class RestRequest(ServiceModel service, Operation operation, JsonElement parameters)
{
    private readonly bool _isXml = service.Metadata.Protocol == "rest-xml";
    private readonly List<KeyValuePair<string, string>> _query = [];
    private readonly List<KeyValuePair<string, string>> _headers = [];
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);

    public AwsRequest Build()
    {
        var shape = operation.Input is { } input ? service.ShapeOf(input) : new Shape { Type = "structure" };
        var halves = operation.Http.RequestUri.Split('?', 2);
        if (halves.Length == 2)
            foreach (var pair in halves[1].Split('&').Select(pair => pair.Split('=', 2))) _query.Add(new(pair[0], pair.Length == 2 ? pair[1] : ""));
        foreach (var member in parameters.EnumerateObject()) Bind(shape.Members[member.Name], member.Name, member.Value);

        var (body, type) = Body(shape);
        if (operation.Checksum) _headers.Add(new("Content-MD5", Md5(body)));
        return new AwsRequest { Method = operation.Http.Method, Path = PathOf(halves[0]), Query = _query, Headers = _headers, Body = body, ContentType = body.Length > 0 && !_headers.Exists(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) ? type : null };
    }

    private void Bind(ShapeUse use, string name, JsonElement value)
    {
        var shape = service.ShapeOf(use);
        var place = use.LocationName ?? name;
        switch (use.Location)
        {
            case "uri":
                _labels[place] = Scalars.Text(value, shape, use.TimestampFormat, "iso8601");
                break;
            case "querystring" when shape.Type == "list":
                foreach (var item in value.EnumerateArray()) _query.Add(new(place, Scalars.Text(item, service.ShapeOf(shape.Member!), null, "iso8601")));
                break;
            case "querystring" when shape.Type == "map":
                foreach (var entry in value.EnumerateObject())
                    foreach (var item in entry.Value.ValueKind == JsonValueKind.Array ? entry.Value.EnumerateArray().ToArray() : [entry.Value]) _query.Add(new(entry.Name, item.GetString()!));
                break;
            case "querystring":
                _query.Add(new(place, Scalars.Text(value, shape, use.TimestampFormat, "iso8601")));
                break;
            case "header" when shape.Type == "list":
                _headers.Add(new(place, string.Join(",", value.EnumerateArray().Select(item => Scalars.Text(item, service.ShapeOf(shape.Member!), null, "rfc822")))));
                break;
            case "header":
                _headers.Add(new(place, Scalars.Text(value, shape, use.TimestampFormat, "rfc822")));
                break;
            case "headers":
                foreach (var entry in value.EnumerateObject()) _headers.Add(new(place + entry.Name, entry.Value.GetString()!));
                break;
        }
    }

    private (byte[] Body, string Type) Body(Shape shape)
    {
        static bool InBody(ShapeUse use) => use.Location is null;
        if (shape.Payload is { } payload)
        {
            var use = shape.Members[payload];
            var body = service.ShapeOf(use);
            if (!parameters.TryGetProperty(payload, out var value)) return ([], "");
            if (body.Type is "blob" or "string") return (Scalars.TryBytes(value, out var bytes) ? bytes : [], "application/octet-stream");
            return _isXml
                ? (XmlBody.Of(service, use.LocationName ?? use.Shape, use.XmlNamespace ?? body.XmlNamespace, body, value, InBody), "application/xml")
                : (JsonBody.Of(service, body, value, InBody), "application/json");
        }

        if (!shape.Members.Values.Any(InBody)) return ([], "");
        if (!_isXml) return (JsonBody.Of(service, shape, parameters, InBody), "application/json");
        return parameters.EnumerateObject().Any(member => InBody(shape.Members[member.Name]))
            ? (XmlBody.Of(service, operation.Input!.LocationName ?? operation.Input.Shape, operation.Input.XmlNamespace, shape, parameters, InBody), "application/xml")
            : ([], "");
    }

    /// <summary>Fills <c>{Label}</c> and <c>{Label+}</c>; the latter keeps its slashes.</summary>
    private string PathOf(string template)
    {
        var path = template;
        foreach (var (label, value) in _labels)
            path = path.Replace($"{{{label}+}}", AwsRequest.Encode(value, keepSlash: true), StringComparison.Ordinal).Replace($"{{{label}}}", AwsRequest.Encode(value), StringComparison.Ordinal);
        return path;
    }

#pragma warning disable CA5351 // S3 asks for MD5 as a checksum of the transport; it protects nothing here.
    private static string Md5(byte[] body) => Convert.ToBase64String(MD5.HashData(body));
#pragma warning restore CA5351
}
