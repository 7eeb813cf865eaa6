using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>
/// A tool of a governed environment. It holds a name and a schema and can do nothing: however it is invoked (by a loop, directly, through an approval response that was replayed,
/// changed or made up) the invocation is a call submitted to the environment, which decides. What the chat says is never authority.
/// </summary>
public sealed class GovernedAIFunction : AIFunction
{
    private readonly AgentSession _session;
    private readonly string _environment;
    private readonly ToolInfo _tool;
    private readonly GovernedToolOptions _options;

    internal GovernedAIFunction(AgentSession session, string environment, ToolInfo tool, GovernedToolOptions options)
    {
        (_session, _environment, _tool, _options) = (session, environment, tool, options);
        Name = NameOf(tool.Name);
        AdditionalProperties = new Dictionary<string, object?> { ["governedagents/environment"] = environment, ["governedagents/tool"] = tool.Name, ["governedagents/effect"] = tool.Effect?.ToString() };
    }

    /// <summary>As models take it: <c>files.write_file</c> is <c>files__write_file</c>.</summary>
    public override string Name { get; }
    public override string Description => _tool.Description;
    public override JsonElement JsonSchema => _tool.InputSchema;
    public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; }

    internal static string NameOf(string tool) => tool.Replace(".", "__", StringComparison.Ordinal);

    /// <returns>A <see cref="JsonElement"/>: the tool's result, or the reason why there is none (yet), see <see cref="GovernedAnswer"/>.</returns>
    /// <exception cref="GovernedAgentsException">401, 403: the session has ended or was never good.</exception>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var json = new JsonObject(arguments.Select(argument => KeyValuePair.Create(argument.Key, JsonSerializer.SerializeToNode(argument.Value, AIJsonUtilities.DefaultOptions))));
        try
        {
            var result = await _session.CallAsync(new CallRequest
            {
                Environment = _environment, Tool = _tool.Name, Arguments = json, Wait = _options.Wait, IdempotencyKey = Invocation.KeyOf(_tool.Name, json),
            }, cancellationToken);
            if ((result is CallPending && _options.TerminateWhenPending) || (result is CallDenied && _options.TerminateWhenDenied)) Invocation.Terminate();
            return GovernedAnswer.Of(result);
        }
        catch (GovernedAgentsException refused) when (GovernedAnswer.IsForTheModel(refused))
        {
            return GovernedAnswer.Of(refused);
        }
    }
}
