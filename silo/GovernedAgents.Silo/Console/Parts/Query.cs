namespace GovernedAgents.Silo.Console.Parts;

public static class Query
{
    /// <summary>A query of what is there; empty and absent values are left out.</summary>
    public static string Of(params IEnumerable<(string Name, string? Value)> parameters) =>
        QueryString.Create(parameters.Where(parameter => parameter.Value is { Length: > 0 }).Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))).ToString();
}
