using System.Text.Json.Nodes;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Connectors.Aws.Targets;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Connectors.Aws;

/// <summary>The one tool of the connector, <c>call</c>, and what is wrong with its arguments.</summary>
internal static class AwsTool
{
    public const string Name = "call";

    public static ToolDescription Describe(ConnectorSettings settings, AwsOptions options)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["service"] = new JsonObject { ["type"] = "string", ["enum"] = Texts(options.Services) },
                ["action"] = new JsonObject { ["type"] = "string", ["description"] = "The operation's name as in the service's API reference, such as DescribeStacks." },
                ["region"] = new JsonObject { ["type"] = "string", ["enum"] = Texts(options.Regions), ["description"] = $"{options.Regions[0]} when it is left out." },
                ["parameters"] = new JsonObject
                {
                    ["type"] = "object",
                    ["description"] = "The operation's members as in the service's API reference. Bytes are text, or {\"base64\": \"…\"}; instants are RFC 3339.",
                },
            },
            ["required"] = Texts(["service", "action"]),
            ["additionalProperties"] = false,
        };
        var name = $"{settings.Name}.{Name}";
        const string description = "Makes one call of the AWS API. What only reads runs at once; what changes, grants or destroys is judged by the environment's policy first.";
        var element = JsonSerializer.SerializeToElement(schema);
        return new ToolDescription
        {
            Name = name, Description = description, InputSchemaJson = System.Text.Encoding.UTF8.GetString(CanonicalJson.Canonicalize(element)),
            SchemaHash = ToolSchemaHash.Compute(name, description, element), Effect = EffectClass.Read, Connector = AwsConnectorFactory.KindName,
        };
    }

    /// <summary>Against the service's public model.</summary>
    public static IReadOnlyList<FieldError> Check(AwsOptions options, JsonElement arguments)
    {
        var call = AwsCall.Of(arguments, options.Regions[0]);
        if (!options.Services.Contains(call.Service) || ServiceModel.Find(call.Service) is not { } service)
            return [new("/service", $"'{call.Service}' is not served here. Served are: {string.Join(", ", options.Services)}.")];
        if (!service.Operations.TryGetValue(call.Action, out var operation))
        {
            var near = service.Operations.Keys.Where(name => name.Contains(call.Action, StringComparison.OrdinalIgnoreCase) || call.Action.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5).ToList();
            return [new("/action", $"'{call.Action}' is no action of {call.Service} ({service.Metadata.ApiVersion}).{(near.Count > 0 ? $" Near are: {string.Join(", ", near)}." : "")}")];
        }

        if (operation.Output is { } output && service.ShapeOf(output).Members.Values.Any(member => service.ShapeOf(member).EventStream))
            return [new("/action", $"'{call.Action}' answers with an event stream, which this connector does not speak.")];
        return ArgumentCheck.Of(service, operation, arguments.TryGetProperty("parameters", out var parameters) ? parameters : null);
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
