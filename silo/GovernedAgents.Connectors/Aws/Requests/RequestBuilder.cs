using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>From checked parameters to the request of the service's protocol. Pure.</summary>
internal static class RequestBuilder
{
    private const string Form = "application/x-www-form-urlencoded; charset=utf-8";

    /// <param name="parameters">Checked by <see cref="ArgumentCheck"/>.</param>
    public static AwsRequest Build(ServiceModel service, string action, JsonElement parameters)
    {
        var operation = service.Operations[action];
        return service.Metadata.Protocol switch
        {
            "query" or "ec2" => new AwsRequest { Method = "POST", ContentType = Form, Body = QueryBody.Of(service, action, operation, parameters) },
            "json" => new AwsRequest
            {
                Method = "POST",
                ContentType = $"application/x-amz-json-{service.Metadata.JsonVersion}",
                Headers = [new("X-Amz-Target", $"{service.Metadata.TargetPrefix}.{action}")],
                Body = operation.Input is { } input ? JsonBody.Of(service, service.ShapeOf(input), parameters, _ => true) : "{}"u8.ToArray(),
            },
            "rest-json" or "rest-xml" => new RestRequest(service, operation, parameters).Build(),
            var other => throw new NotSupportedException($"Protocol '{other}' of {service.Name} is not spoken."),
        };
    }

    /// <summary>The parameters with every idempotency token of the model that the agent left out: the same for every sending of one call.</summary>
    public static JsonElement WithTokens(ServiceModel service, Operation operation, JsonElement parameters, string callId)
    {
        if (operation.Input is not { } input) return parameters;
        var tokens = service.ShapeOf(input).Members.Where(member => member.Value.IdempotencyToken && !parameters.TryGetProperty(member.Key, out _)).ToList();
        if (tokens.Count == 0) return parameters;
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var member in parameters.EnumerateObject()) member.WriteTo(json);
            foreach (var token in tokens) json.WriteString(token.Key, TokenOf(callId));
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(bytes.WrittenMemory);
        return document.RootElement.Clone();
    }

    /// <summary>In the form of a UUID, which every service takes.</summary>
    public static string TokenOf(string callId) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(callId)).AsSpan(0, 16)).ToString();
}
