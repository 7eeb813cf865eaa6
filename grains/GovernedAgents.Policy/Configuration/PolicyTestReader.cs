using System.Globalization;
using System.Text.Json;

namespace GovernedAgents.Policy.Configuration;

internal static class PolicyTestReader
{
    private static readonly string[] Expected = ["allow", "review", "deny"];

    public static PolicyTestDefinition? Read(DocumentHeader header, string file, ProblemList problems)
    {
        var spec = new Fields(header.Spec, "spec", problems);
        var policy = Spellings.Name(spec.Node("policy", required: true), "spec.policy", problems);
        var defaults = spec.Node("defaults") is { } node ? new Fields(node, "spec.defaults", problems) : null;
        var basis = defaults is null ? Anything() : Call(defaults, Anything(), problems);
        defaults?.Close();
        var examples = spec.Many("examples", (n, _) => Example(n, basis, file, problems), required: true, single: false);
        spec.Close();
        return policy is null || examples is null ? null : new PolicyTestDefinition { Name = header.Name, Policy = policy, Examples = examples };
    }

    private static PolicyExample? Example(ConfigNode node, CallFacts basis, string file, ProblemList problems)
    {
        var fields = new Fields(node, "example", problems);
        var name = fields.Text("name", required: true);
        var where = name is null ? "example" : $"example '{name}'";
        var callNode = fields.Node("call", required: true);
        var callFields = new Fields(callNode, $"{where}.call", problems);
        var call = Call(callFields, basis, problems);
        callFields.Close();
        var at = Spellings.Instant(fields.Node("at"), $"{where}.at", problems);
        var earlier = fields.Many("after", (n, _) => (object?)Earlier(n, $"{where}.after", basis, problems), single: false)?.Cast<(CallFacts, TimeSpan)>().ToList();
        var expect = new Fields(fields.Node("expect", required: true), $"{where}.expect", problems);
        var decision = Fields.AsChoice<DecisionEffect>(expect.Node("decision", required: true), $"{where}.expect.decision", problems, Expected);
        var rules = expect.Many("rules", (n, l) => Fields.AsText(n, l, problems, 255), mayBeEmpty: true);
        var approvals = expect.Whole("approvals", 1, 100);
        expect.Close();
        fields.Close();
        if (name is null || callNode is null || decision is null) return null;
        return new PolicyExample
        {
            Name = name, Place = string.Create(CultureInfo.InvariantCulture, $"{file}:{node.At.Line}"), Call = call, At = at, Earlier = earlier ?? [], Decision = decision.Value, Rules = rules ?? [], Approvals = approvals,
        };
    }

    private static (CallFacts Call, TimeSpan Ago)? Earlier(ConfigNode node, string where, CallFacts basis, ProblemList problems)
    {
        var fields = new Fields(node, where, problems);
        var ago = fields.Duration("ago", required: true);
        var call = Call(fields, basis, problems);
        fields.Close();
        return ago is null ? null : (call, ago.Value);
    }

    private static CallFacts Anything() => new()
    {
        Environment = "environment", Class = EnvironmentClass.Production, Session = "ses_example", Agent = "agent", Principal = "person", Tier = AutonomyTier.Supervised,
        Tool = "tool", Action = "action", Effect = EffectClass.Destroy, Arguments = JsonSerializer.SerializeToElement(new { }),
    };

    /// <summary>What is not written comes from <paramref name="basis"/>.</summary>
    private static CallFacts Call(Fields fields, CallFacts basis, ProblemList problems)
    {
        var arguments = fields.Node("arguments") is { } node && Fields.AsJson(node, fields.Label("arguments"), problems) is { } json ? JsonSerializer.Deserialize<JsonElement>(json) : basis.Arguments;
        if (arguments.ValueKind != JsonValueKind.Object) problems.Add(fields.PlaceOf("arguments"), $"{fields.Label("arguments")} must be a mapping (name: value).");
        return basis with
        {
            Environment = fields.Text("environment") ?? basis.Environment,
            Class = fields.Choice<EnvironmentClass>("class") ?? basis.Class,
            EnvironmentLabels = fields.Node("environmentLabels") is { } environmentLabels ? DocumentHeader.StringMap(environmentLabels, fields.Label("environmentLabels"), problems) : basis.EnvironmentLabels,
            Agent = fields.Text("agent") ?? basis.Agent,
            Principal = fields.Text("principal") ?? basis.Principal,
            Groups = fields.Many("groups", (n, l) => Spellings.GroupName(n, l, problems), mayBeEmpty: true) ?? basis.Groups,
            Labels = fields.Node("labels") is { } labels ? DocumentHeader.StringMap(labels, fields.Label("labels"), problems) : basis.Labels,
            Tier = fields.Choice<AutonomyTier>("tier") ?? basis.Tier,
            Tool = fields.Text("tool") ?? basis.Tool,
            Action = fields.Text("action") ?? basis.Action,
            Resource = fields.Text("resource") ?? basis.Resource,
            Effect = fields.Choice<EffectClass>("effect") ?? basis.Effect,
            Arguments = arguments,
        };
    }
}
