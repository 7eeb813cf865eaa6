namespace GovernedAgents.Policy.Configuration;

internal static class EnvironmentReader
{
    public static EnvironmentDefinition? Read(DocumentHeader header, IReadOnlyCollection<string>? connectors, ProblemList problems)
    {
        var spec = new Fields(header.Spec, "spec", problems);
        var environmentClass = spec.Choice<EnvironmentClass>("class", required: true);
        var owners = spec.Many("owners", (n, l) => Spellings.Party(n, l, problems), required: true);
        var access = spec.Many("access", (n, l) => Spellings.Party(n, l, problems), required: true);
        var policy = Spellings.Name(spec.Node("policy", required: true), "spec.policy", problems);
        var ceiling = spec.Choice<AutonomyTier>("tierCeiling") ?? AutonomyTier.Autonomous;
        var pending = new Fields(spec.Node("maxPending"), "spec.maxPending", problems);
        var perSession = pending.Whole("perSession", 1, 100_000) ?? 20;
        var total = pending.Whole("total", 1, 100_000) ?? 500;
        pending.Close();
        var intake = spec.RateOf("intake") ?? new Rate(200, TimeSpan.FromSeconds(1));
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tools = spec.Many("tools", (n, _) => Tool(n, names, connectors, problems), mayBeEmpty: true, single: false);
        var redact = spec.Many("redact", (n, l) => Spellings.RegexText(n, l, problems), mayBeEmpty: true);
        spec.Close();
        if (environmentClass is null || access is null || policy is null) return null;
        return new EnvironmentDefinition
        {
            Name = header.Name,
            Labels = header.Labels,
            Class = environmentClass.Value,
            Owners = owners ?? [],
            Access = access,
            Policy = policy,
            TierCeiling = ceiling,
            MaxPendingPerSession = perSession,
            MaxPendingTotal = total,
            Intake = intake,
            Tools = tools ?? [],
            Redact = redact ?? [],
        };
    }

    private static ToolSourceDefinition? Tool(ConfigNode node, HashSet<string> names, IReadOnlyCollection<string>? connectors, ProblemList problems)
    {
        var fields = new Fields(node, "tool", problems);
        var connector = fields.Text("connector", required: true);
        if (connector is not null && connectors?.Contains(connector) == false)
            problems.Add(fields.PlaceOf("connector"), $"tool.connector is {YamlSource.Quote(connector)}. Accepted: {string.Join(", ", connectors)}.");
        var name = Spellings.ToolPrefix(fields.Node("name", required: true), "tool.name", problems);
        if (name is not null && !names.Add(name)) problems.Add(fields.PlaceOf("name"), $"The tool name '{name}' stands twice in this environment. Choose another.");
        var transport = fields.Text("transport");
        if (transport is not (null or "stdio" or "http")) problems.Add(fields.PlaceOf("transport"), $"tool.transport is {YamlSource.Quote(transport)}. Accepted: stdio, http.");
        var command = fields.Text("command");
        var args = fields.Many("args", (n, l) => Fields.AsText(n, l, problems), mayBeEmpty: true);
        var url = fields.Text("url");
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            problems.Add(fields.PlaceOf("url"), $"tool.url is {YamlSource.Quote(url)}; it must be an absolute http or https address.");
        if (connector == "mcp") CheckTransport(fields, transport ?? "stdio", command, url, problems);

        var (files, variables) = Secrets(fields.Node("secrets"), problems);
        var tool = new ToolSourceDefinition
        {
            Connector = connector ?? "",
            Name = name ?? "",
            Transport = transport ?? "stdio",
            Command = command,
            Args = args ?? [],
            Url = url,
            Secrets = files,
            SecretVariables = variables,
            Timeout = fields.Duration("timeout") ?? TimeSpan.FromSeconds(30),
            Include = fields.Many("include", (n, l) => Spellings.GlobText(n, l, problems)) ?? ["*"],
            Effects = Effects(fields.Node("effects"), problems),
            Resource = Resource(fields.Node("resource"), problems),
            Options = Options(fields.Node("options"), problems),
        };
        fields.Close();
        return connector is null || name is null ? null : tool;
    }

    private static void CheckTransport(Fields fields, string transport, string? command, string? url, ProblemList problems)
    {
        if (transport == "stdio" && command is null) problems.Add(fields.At, "tool.command is missing; transport stdio requires it.");
        if (transport == "stdio" && url is not null) problems.Add(fields.PlaceOf("url"), "tool.url does not go with transport stdio. Remove it, or set transport: http.");
        if (transport == "http" && url is null) problems.Add(fields.At, "tool.url is missing; transport http requires it.");
        if (transport == "http" && command is not null) problems.Add(fields.PlaceOf("command"), "tool.command does not go with transport http. Remove it, or set transport: stdio.");
    }

    private static (Dictionary<string, string> Files, Dictionary<string, string> Variables) Secrets(ConfigNode? node, ProblemList problems)
    {
        var (files, variables) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var entry in new Fields(node, "tool.secrets", problems).Entries)
        {
            var label = $"tool.secrets.{entry.Key}";
            // The value may be a secret that was written here by mistake: it is never quoted.
            if (entry.Value is not MappingNode)
            {
                problems.Add(entry.Value.At, $"{label} must be a mapping with the place that holds the secret: {{ file: /run/secrets/name }}, or {{ env: NAME }} for a variable of the silo's environment. Secrets never stand in the configuration.");
                continue;
            }

            var secret = new Fields(entry.Value, label, problems);
            var (file, variable) = (secret.Text("file"), secret.Text("env"));
            if (file is null == variable is null) problems.Add(entry.Value.At, $"{label} needs either file or env, the place that holds the secret.");
            else if (file is not null) files[entry.Key] = file;
            else variables[entry.Key] = variable!;
            secret.Close();
        }

        return (files, variables);
    }

    private static Dictionary<string, string> Options(ConfigNode? node, ProblemList problems)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in new Fields(node, "tool.options", problems).Entries)
            if (Fields.AsText(entry.Value, $"tool.options.{entry.Key}", problems) is { } text) options[entry.Key] = text;
        return options;
    }

    private static Dictionary<string, EffectClass> Effects(ConfigNode? node, ProblemList problems)
    {
        var effects = new Dictionary<string, EffectClass>(StringComparer.Ordinal);
        foreach (var entry in new Fields(node, "tool.effects", problems).Entries)
            if (Fields.AsChoice<EffectClass>(entry.Value, $"tool.effects.{entry.Key}", problems) is { } effect) effects[entry.Key] = effect;
        return effects;
    }

    private static Dictionary<string, string> Resource(ConfigNode? node, ProblemList problems)
    {
        var pointers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in new Fields(node, "tool.resource", problems).Entries)
        {
            var label = $"tool.resource.{entry.Key}";
            if (Fields.AsText(entry.Value, label, problems) is { } text && Spellings.Pointer(text, entry.Value.At, label, problems) is { } pointer)
                pointers[entry.Key] = pointer;
        }

        return pointers;
    }
}
