namespace GovernedAgents.Policy.Configuration;

/// <summary>The JSON schema (2020-12) of configuration documents, as it ships for editors. The readers say more than it can: references, quorums, invariants.</summary>
public static class ConfigurationSchema
{
    public static string Text { get; } = Read();

    private static string Read()
    {
        using var reader = new StreamReader(typeof(ConfigurationSchema).Assembly.GetManifestResourceStream("governedagents-v1.json")!);
        return reader.ReadToEnd();
    }
}
