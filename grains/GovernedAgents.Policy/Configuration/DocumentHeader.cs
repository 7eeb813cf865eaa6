namespace GovernedAgents.Policy.Configuration;

/// <summary>What every document starts with; <see cref="Spec"/> is left to the reader of its kind.</summary>
internal sealed record DocumentHeader(string Kind, string Name, Position NameAt, IReadOnlyDictionary<string, string> Labels, ConfigNode? Spec)
{
    public const string Kinds = "Agent, Directory, Environment, Policy, PolicyTest";

    /// <summary>Null when it is not known what the document is.</summary>
    public static DocumentHeader? Read(ConfigNode root, ProblemList problems)
    {
        var document = new Fields(root, "", problems);
        if (!document.IsMapping) return null;
        var version = document.Text("apiVersion", required: true);
        if (version is not null and not DefinitionJson.ApiVersion)
            problems.Add(document.PlaceOf("apiVersion"), $"apiVersion is '{version}'. Accepted: {DefinitionJson.ApiVersion}.");

        var kind = document.Text("kind", required: true);
        if (kind is not (null or "Agent" or "Directory" or "Environment" or "Policy" or "PolicyTest"))
        {
            problems.Add(document.PlaceOf("kind"), $"kind is {YamlSource.Quote(kind)}. Accepted: {Kinds}.");
            kind = null;
        }

        var metadata = new Fields(document.Node("metadata", required: true), "metadata", problems);
        var name = metadata.IsMapping ? Spellings.Name(metadata.Node("name", required: true), "metadata.name", problems) : null;
        var labels = kind == "Environment" ? StringMap(metadata.Node("labels"), "metadata.labels", problems) : new Dictionary<string, string>();
        metadata.Close();
        var spec = document.Node("spec", required: true);
        document.Close();
        // A document without a usable name is still read, so that its other problems show in the same run.
        return kind is null ? null : new DocumentHeader(kind, name ?? "", metadata.PlaceOf("name"), labels, spec);
    }

    public static IReadOnlyDictionary<string, string> StringMap(ConfigNode? node, string label, ProblemList problems)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in new Fields(node, label, problems).Entries)
            if (Fields.AsText(entry.Value, $"{label}.{entry.Key}", problems, 255) is { } text) result[entry.Key] = text;
        return result;
    }
}
