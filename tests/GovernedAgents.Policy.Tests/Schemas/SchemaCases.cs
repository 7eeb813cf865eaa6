using System.Text.Json;
using GovernedAgents.Policy.Schemas;
using Xunit;

namespace GovernedAgents.Policy.Tests.Schemas;

/// <summary>Schemas and instances as literals.</summary>
internal static class SchemaCases
{
    public static JsonElement Json(string text) => JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1_000 }).RootElement;

    public static ToolSchema Compile(string schema)
    {
        Assert.True(ToolSchema.TryCompile(Json(schema), out var compiled, out var problem), problem);
        return compiled;
    }

    public static IReadOnlyList<SchemaFault> Validate(string schema, string instance) => Compile(schema).Validate(Json(instance));

    public static void Accepts(string schema, string instance) => Assert.Empty(Validate(schema, instance));

    /// <summary>Exactly one fault, at this place, whose words hold this.</summary>
    public static void Rejects(string schema, string instance, string pointer, string words)
    {
        var fault = Assert.Single(Validate(schema, instance));
        Assert.Equal(pointer, fault.Pointer);
        Assert.Contains(words, fault.Detail, StringComparison.Ordinal);
    }

    public static string Refuses(string schema)
    {
        Assert.False(ToolSchema.TryCompile(Json(schema), out var compiled, out var problem));
        Assert.Null(compiled);
        Assert.NotNull(problem);
        return problem;
    }
}
