using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>What one keyword (or a group that works together) demands of a value; adds a fault for each demand not met.</summary>
internal abstract class Keyword
{
    /// <summary>Schemas applied to the same value, not to a part of it: through these a reference could loop forever.</summary>
    public virtual IEnumerable<SchemaNode> InPlace => [];

    public abstract void Check(JsonElement value, JsonPlace place, ValidationRun run);
}
