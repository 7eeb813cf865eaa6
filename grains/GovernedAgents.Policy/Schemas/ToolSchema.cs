using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>
/// A tool's JSON Schema (dialect 2020-12), compiled once and safe to use from any thread. The keywords it knows are those of
/// <see cref="SchemaVocabulary"/>; a schema that uses any other is refused, because a rule that is not checked is a rule that is broken.
/// </summary>
/// <remarks>Source: JSON Schema Core and Validation, draft 2020-12. Work is bounded, whatever the schema and the instance.</remarks>
public sealed class ToolSchema
{
    private readonly SchemaNode root;

    private ToolSchema(SchemaNode root) => this.root = root;

    /// <summary>Compiles a schema; it may outlive the document that <paramref name="schema"/> belongs to.</summary>
    /// <param name="problem">On failure, up to ten problems joined by "; ", each with the keyword's pointer (<c>#/properties/a/format</c>).</param>
    public static bool TryCompile(JsonElement schema, [NotNullWhen(true)] out ToolSchema? compiled, out string? problem)
    {
        compiled = null;
        if (JsonSoundness.FirstFault(schema) is { } fault)
        {
            problem = $"#{fault.Pointer}: {fault.Detail}";
            return false;
        }

        var compilation = new SchemaCompilation(schema.Clone());
        if (compilation.Problems.Count > 0)
        {
            problem = string.Join("; ", compilation.Problems.Take(10)) + (compilation.Problems.Count > 10 ? $"; and {compilation.Problems.Count - 10} more" : "");
            return false;
        }

        problem = null;
        compiled = new ToolSchema(compilation.Root);
        return true;
    }

    /// <summary>Every fault of the instance, at most 100; empty if it fits.</summary>
    public IReadOnlyList<SchemaFault> Validate(JsonElement instance)
    {
        if (JsonSoundness.FirstFault(instance) is { } fault) return [fault];
        var run = new ValidationRun();
        root.Check(instance, JsonPlace.Root, run);
        // What was found before the work was spent may be the spending's own doing: the reason alone is true.
        return run.GivenUp is { } reason ? [new SchemaFault("", reason)] : run.Faults;
    }
}
