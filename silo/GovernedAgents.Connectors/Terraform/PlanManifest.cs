using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>One resource of a plan and what would be done with it, in the command's own words (<c>create</c>, <c>update</c>, <c>delete</c>, …).</summary>
internal sealed record PlannedChange(string Address, string Type, IReadOnlyList<string> Actions)
{
    private static readonly string[] Harmless = ["no-op", "read"];

    /// <summary>Kinds that hold data: what goes with them does not come back.</summary>
    private static readonly string[] StatefulWords = ["bucket", "cluster", "database", "db_", "dynamodb", "disk", "ebs_", "efs_", "filesystem", "instance", "kms_key", "queue", "secret", "snapshot", "storage", "table", "volume"];

    public bool IsHarmless => Actions.All(action => Harmless.Contains(action, StringComparer.Ordinal));
    public bool IsReplace => Actions.Contains("delete") && Actions.Contains("create");
    public bool IsDelete => Actions.Contains("delete") && !Actions.Contains("create");
    public bool IsStateful => StatefulWords.Any(word => Type.Contains(word, StringComparison.Ordinal));
    private bool GrantsRights => Type.Contains("iam", StringComparison.Ordinal) || Type.EndsWith("_policy", StringComparison.Ordinal) || Type.Contains("role", StringComparison.Ordinal) || Type.Contains("permission", StringComparison.Ordinal) || Type.Contains("security_group", StringComparison.Ordinal);

    /// <summary>What is not known here is <c>destroy</c>.</summary>
    public EffectClass Effect => IsHarmless ? EffectClass.Read : Actions is not (["create"] or ["update"]) ? EffectClass.Destroy : GrantsRights ? EffectClass.Privilege : EffectClass.Mutate;

    public override string ToString() => $"{(IsReplace ? "replace" : string.Join("+", Actions))} {Address}{(IsStateful ? " [stateful]" : "")}";
}

/// <summary>What is known about a saved plan without its values. The plan itself may hold secrets and is never read for anything but being carried out.</summary>
internal sealed record PlanManifest
{
    /// <summary><c>sha256:</c> + hex of the saved plan's bytes.</summary>
    public required string Plan { get; init; }
    public required string DirectoryHash { get; init; }
    public DateTimeOffset PlannedAt { get; init; }
    /// <summary>Made to destroy everything.</summary>
    public required bool IsDestroy { get; init; }
    public required IReadOnlyList<PlannedChange> Changes { get; init; }
    /// <summary>Over the directory, the changes with all their values, and the drift: another world or another configuration has another one.</summary>
    public required string Fingerprint { get; init; }
    /// <summary>A later plan found another world: this one is not carried out any more.</summary>
    public bool IsStale { get; init; }
    /// <summary>It was carried out; only the manifest is still kept, so that its end can be found out.</summary>
    public bool IsSpent { get; init; }

    /// <summary>At least <c>mutate</c>: applying writes the state even where nothing changes.</summary>
    public EffectClass Effect => IsDestroy ? EffectClass.Destroy : Changes.Select(change => change.Effect).Append(EffectClass.Mutate).Max();

    private int Count(Func<PlannedChange, bool> which) => Changes.Count(which);

    public int Creates => Count(change => change.Actions is ["create"]);
    public int Updates => Count(change => change.Actions is ["update"]);
    public int Replaces => Count(change => change.IsReplace);
    public int Deletes => Count(change => change.IsDelete);

    public CallPreview ToPreview() => new()
    {
        Summary = $"{Deletes} to delete, {Replaces} to replace, {Updates} to update, {Creates} to create; planned at {PlannedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. Before the start it is planned again, and another result voids this."
            + (IsStale ? " The world or the configuration has changed since: it will not be carried out." : ""),
        Creates = Creates, Updates = Updates, Replaces = Replaces, Deletes = Deletes, Items = [.. Changes.Select(change => change.ToString())], Fingerprint = Fingerprint,
    };

    /// <param name="shown">What <c>show -json</c> says about the saved plan.</param>
    /// <exception cref="JsonException">It is not JSON of a plan.</exception>
    public static PlanManifest Read(string shown, string plan, string directoryHash, bool isDestroy)
    {
        using var document = JsonDocument.Parse(shown);
        var root = document.RootElement;
        var changes = Resources(root, "resource_changes").Select(resource => new PlannedChange(
            resource.GetProperty("address").GetString()!, resource.GetProperty("type").GetString()!,
            [.. resource.GetProperty("change").GetProperty("actions").EnumerateArray().Select(action => action.GetString()!)])).ToList();
        var bound = new JsonObject
        {
            ["directory"] = directoryHash,
            ["changes"] = new JsonArray([.. Resources(root, "resource_changes").Select(Bound)]), ["drift"] = new JsonArray([.. Resources(root, "resource_drift").Select(Bound)]),
            ["outputs"] = root.TryGetProperty("output_changes", out var outputs) ? JsonNode.Parse(outputs.GetRawText()) : null,
        };
        return new PlanManifest
        {
            Plan = plan, DirectoryHash = directoryHash, IsDestroy = isDestroy, Changes = [.. changes.Where(change => !change.IsHarmless)],
            Fingerprint = Sha256Hash.Of(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(bound))),
        };
    }

    private static List<JsonElement> Resources(JsonElement root, string name) => root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static JsonNode Bound(JsonElement resource) => new JsonObject { ["address"] = resource.GetProperty("address").GetString(), ["change"] = JsonNode.Parse(resource.GetProperty("change").GetRawText()) };
}
