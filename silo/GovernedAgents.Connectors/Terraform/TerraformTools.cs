using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>The three tools: <c>plan</c> reads, <c>apply</c> and <c>destroy</c> carry out exactly one saved plan.</summary>
internal static class TerraformTools
{
    public const string Plan = "plan";
    public const string Apply = "apply";
    public const string Destroy = "destroy";
    private const string PlanSchema = """{"type":"object","properties":{"destroy":{"type":"boolean","description":"Plan to destroy everything."}},"additionalProperties":false}""";
    private const string RunSchema = """{"type":"object","properties":{"plan":{"type":"string","pattern":"^sha256:[0-9a-f]{64}$","description":"The hash that plan answered."}},"required":["plan"],"additionalProperties":false}""";

    public static IReadOnlyDictionary<string, ToolDescription> Describe(ConnectorSettings settings, string? heldBack) => new[]
    {
        Tool(settings, Plan, PlanSchema, EffectClass.Read, "Plans what would change and keeps the plan. Answers its hash and the changes.", heldBack),
        Tool(settings, Apply, RunSchema, EffectClass.Mutate, "Carries out exactly the kept plan of this hash. One that deletes or replaces is judged as destroying.", null),
        Tool(settings, Destroy, RunSchema, EffectClass.Destroy, "Carries out exactly the kept plan of this hash, made with destroy: true.", null),
    }.ToDictionary(tool => tool.Name, StringComparer.Ordinal);

    private static ToolDescription Tool(ConnectorSettings settings, string bare, string schemaJson, EffectClass effect, string description, string? heldBack)
    {
        using var schema = JsonDocument.Parse(schemaJson);
        var name = $"{settings.Name}.{bare}";
        return new ToolDescription
        {
            Name = name, Description = description, InputSchemaJson = Encoding.UTF8.GetString(CanonicalJson.Canonicalize(schema.RootElement)),
            SchemaHash = ToolSchemaHash.Compute(name, description, schema.RootElement), Effect = effect, Connector = TerraformConnectorFactory.KindName, HeldBack = heldBack,
        };
    }
}
