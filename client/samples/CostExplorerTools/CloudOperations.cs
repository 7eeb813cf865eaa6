using System.Text.Json;
using System.Text.Json.Nodes;

namespace CostExplorerTools;

/// <summary>What each operation does to the cloud's state.</summary>
internal sealed class CloudOperations(CloudStore store)
{
    /// <exception cref="CloudRefusal">The cloud will not do it; nothing has changed.</exception>
    public async Task<JsonObject> RunAsync(string tool, JsonElement arguments, string? callId, CancellationToken cancellation)
    {
        Task<JsonObject> Change(Func<CloudState, DateTimeOffset, JsonObject> change) => store.ChangeAsync(tool, arguments, callId, change, cancellation);

        return tool switch
        {
            "describe_environment" => Describe(store.Read(), Text(arguments, "name")),
            "list_stacks" => new JsonObject { ["stacks"] = new JsonArray([.. Environment(store.Read(), Text(arguments, "environment")).Stacks.Keys.Select(name => (JsonNode)name)]) },
            "describe_stack" => Describe(Stack(store.Read(), arguments), Text(arguments, "stack")),
            "get_cost_report" => Report(store.Read(), Text(arguments, "environment")),
            "update_stack" => await Change((state, _) =>
            {
                var stack = Stack(state, arguments);
                foreach (var (name, value) in Parameters(arguments)) stack.Parameters[name] = value;
                stack.Revision++;
                return Describe(stack, Text(arguments, "stack"));
            }),
            "create_environment" => await Change((state, at) =>
            {
                var name = Text(arguments, "name");
                if (!state.Environments.TryAdd(name, new CloudEnvironment { CreatedAt = at })) throw new CloudRefusal($"Environment '{name}' is there already.");
                return Describe(state, name);
            }),
            "create_stack" => await Change((state, _) =>
            {
                var (environment, name) = (Environment(state, Text(arguments, "environment")), Text(arguments, "stack"));
                var stack = new CloudStack();
                foreach (var (parameter, value) in Parameters(arguments)) stack.Parameters[parameter] = value;
                if (!environment.Stacks.TryAdd(name, stack)) throw new CloudRefusal($"Stack '{name}' is there already.");
                return Describe(stack, name);
            }),
            "delete_stack" => await Change((state, _) =>
            {
                var lost = Stack(state, arguments).Records.Count;
                Environment(state, Text(arguments, "environment")).Stacks.Remove(Text(arguments, "stack"));
                return new JsonObject { ["deleted"] = Text(arguments, "stack"), ["recordsDeleted"] = lost };
            }),
            "delete_environment" => await Change((state, _) =>
            {
                var name = Text(arguments, "name");
                var environment = Environment(state, name);
                state.Environments.Remove(name);
                return new JsonObject { ["deleted"] = name, ["stacksDeleted"] = environment.Stacks.Count, ["recordsDeleted"] = Count(environment) };
            }),
            _ => throw new CloudRefusal($"There is no tool '{tool}'."),
        };
    }

    private static JsonObject Describe(CloudState state, string name)
    {
        var environment = Environment(state, name);
        return new JsonObject
        {
            ["name"] = name,
            ["createdAt"] = environment.CreatedAt,
            ["stacks"] = new JsonArray([.. environment.Stacks.Keys.Select(stack => (JsonNode)stack)]),
            ["records"] = Count(environment),
        };
    }

    private static JsonObject Describe(CloudStack stack, string name) => new()
    {
        ["name"] = name,
        ["revision"] = stack.Revision,
        ["parameters"] = new JsonObject(stack.Parameters.Select(parameter => KeyValuePair.Create(parameter.Key, (JsonNode?)parameter.Value))),
        ["records"] = stack.Records.Count,
    };

    private static JsonObject Report(CloudState state, string name)
    {
        var records = Environment(state, name).Stacks.Values.SelectMany(stack => stack.Records).ToList();
        var services = records.GroupBy(record => record.Service).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create(group.Key, (JsonNode?)group.Sum(record => record.AmountCny)));
        return new JsonObject
        {
            ["environment"] = name,
            ["records"] = records.Count,
            ["totalCny"] = records.Sum(record => record.AmountCny),
            ["byService"] = new JsonObject(services),
        };
    }

    private static int Count(CloudEnvironment environment) => environment.Stacks.Values.Sum(stack => stack.Records.Count);

    private static CloudEnvironment Environment(CloudState state, string name) =>
        state.Environments.TryGetValue(name, out var environment) ? environment : throw new CloudRefusal($"There is no environment '{name}'.");

    private static CloudStack Stack(CloudState state, JsonElement arguments)
    {
        var (environment, stack) = (Text(arguments, "environment"), Text(arguments, "stack"));
        return Environment(state, environment).Stacks.TryGetValue(stack, out var found) ? found : throw new CloudRefusal($"There is no stack '{stack}' in '{environment}'.");
    }

    private static string Text(JsonElement arguments, string name) =>
        arguments.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new CloudRefusal($"'{name}' must be a string.");

    private static List<(string Name, string Value)> Parameters(JsonElement arguments)
    {
        var parameters = arguments.GetProperty("parameters");
        if (parameters.ValueKind != JsonValueKind.Object || parameters.EnumerateObject().Any(parameter => parameter.Value.ValueKind != JsonValueKind.String))
            throw new CloudRefusal("'parameters' must be an object of strings.");
        return [.. parameters.EnumerateObject().Select(parameter => (parameter.Name, parameter.Value.GetString()!))];
    }
}
