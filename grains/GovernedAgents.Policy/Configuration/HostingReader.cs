namespace GovernedAgents.Policy.Configuration;

/// <summary><c>spec.hosted</c> of an Agent.</summary>
internal static class HostingReader
{
    public static HostingDefinition? Read(ConfigNode? node, IReadOnlyList<string>? environments, ProblemList problems)
    {
        if (node is null) return null;
        var fields = new Fields(node, "spec.hosted", problems);
        var endpoint = fields.Text("endpoint", required: true);
        if (endpoint is not null && !IsFit(endpoint))
            problems.Add(fields.PlaceOf("endpoint"), $"spec.hosted.endpoint is {YamlSource.Quote(endpoint)}; it must be an absolute https address (plain http on loopback only: the key travels there).");
        var model = fields.Text("model", required: true);
        var environment = Spellings.Name(fields.Node("environment"), "spec.hosted.environment", problems);
        if (environment is not null && environments is not null && !environments.Any(glob => Policies.Glob.TryParse(glob, out var parsed, out _) && parsed.IsMatch(environment)))
            problems.Add(fields.PlaceOf("environment"), $"spec.hosted.environment is '{environment}', which spec.environments does not admit: every call would be denied. Add it there.");
        var budget = new Fields(fields.Node("budget"), "spec.hosted.budget", problems);
        var definition = new HostingDefinition
        {
            Endpoint = endpoint ?? "",
            Model = model ?? "",
            KeyFile = KeyFile(fields.Node("key"), problems),
            Instructions = fields.Text("instructions", longest: 20_000) ?? "",
            Environment = environment,
            DelegatesTo = fields.Many("delegatesTo", (n, l) => Spellings.Name(n, l, problems), mayBeEmpty: true) ?? [],
            Timeout = fields.Duration("timeout") ?? TimeSpan.FromMinutes(2),
            Steps = budget.Whole("steps", 1, 10_000) ?? 50,
            Tokens = budget.Whole("tokens", 1, 1_000_000_000) ?? 200_000,
            Time = budget.Duration("time") ?? TimeSpan.FromHours(8),
        };
        budget.Close();
        fields.Close();
        return endpoint is null || model is null ? null : definition;
    }

    private static bool IsFit(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) && uri.UserInfo.Length == 0;

    private static string? KeyFile(ConfigNode? node, ProblemList problems)
    {
        if (node is null) return null;
        // The value may be a key that was written here by mistake: it is never quoted.
        if (node is not MappingNode)
        {
            problems.Add(node.At, "spec.hosted.key must be a mapping with the file that holds the key: { file: /run/secrets/name }. Secrets never stand in the configuration.");
            return null;
        }

        var key = new Fields(node, "spec.hosted.key", problems);
        var file = key.Text("file", required: true);
        key.Close();
        return file;
    }
}
