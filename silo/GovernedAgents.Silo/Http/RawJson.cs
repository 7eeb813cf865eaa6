namespace GovernedAgents.Silo.Http;

/// <summary>A JSON value that passes through as it is.</summary>
public readonly record struct RawJson(string Text)
{
    public static RawJson? From(string? text) => text is null ? null : new RawJson(text);
}
