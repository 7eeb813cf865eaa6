using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>One compiled (sub)schema: its keywords, or a boolean. Immutable once its document is compiled.</summary>
internal sealed class SchemaNode(string pointer)
{
    /// <summary>Where the schema stands in its document.</summary>
    public string Pointer { get; } = pointer;

    /// <summary>The schema <c>false</c>: nothing fits.</summary>
    public bool AcceptsNothing { get; init; }

    public List<Keyword> Keywords { get; } = [];

    public void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (!run.Step(value)) return;
        if (AcceptsNothing) run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: nothing, the schema allows no value here");
        foreach (var keyword in Keywords)
        {
            if (run.IsDone) return;
            keyword.Check(value, place, run);
        }
    }

    /// <summary>Whether the value fits; false as well when the work is spent, which the run remembers.</summary>
    public bool Fits(JsonElement value, JsonPlace place, ValidationRun run) => FirstFault(value, place, run) is null;

    /// <summary>Why the value does not fit, or null.</summary>
    public SchemaFault? FirstFault(JsonElement value, JsonPlace place, ValidationRun run)
    {
        var probe = run.Probe();
        Check(value, place, probe);
        return probe.Faults.Count > 0 ? probe.Faults[0]
            : run.GivenUp is { } reason ? new SchemaFault(place.ToString(), reason) : null;
    }
}
