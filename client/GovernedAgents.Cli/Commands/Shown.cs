using System.Globalization;
using System.Text.Json;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Cli.Commands;

/// <summary>How the API's things look to people.</summary>
internal static class Shown
{
    public static string Instant(DateTimeOffset? at) => at is { } known && known != default ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";

    public static string Word<T>(T value) where T : struct, Enum => WireJson.Word(value);

    public static string Words<T>(IEnumerable<T> values) where T : struct, Enum => string.Join(", ", values.Select(Word));

    public static string Labels(IReadOnlyDictionary<string, string> labels) => string.Join(", ", labels.Select(pair => $"{pair.Key}={pair.Value}"));

    public static string Quorum(IEnumerable<QuorumProgress> slots) => string.Join("; ", slots.Select(slot => $"{slot.Have}/{slot.Approvals} of {string.Join(" or ", slot.From)}"));

    public static string Cut(string? text, int length = 60) => text is { } all && all.Length > length ? all[..(length - 1)] + "…" : text ?? "";

    public static void Session(Output output, SessionInfo session) => output.One(session,
        ("session", session.Id), ("agent", session.Agent), ("starter", session.Starter), ("parent", session.Parent), ("goal", session.Goal), ("state", Word(session.State)),
        ("tier", Word(session.Tier)), ("effective", string.Join(", ", session.EffectiveTier.Select(pair => $"{pair.Key}={Word(pair.Value)}"))), ("labels", Labels(session.Labels)),
        ("calls", session.Calls.ToString(CultureInfo.InvariantCulture)), ("created", Instant(session.CreatedAt)), ("expires", Instant(session.ExpiresAt)));

    public static void Call(Output output, CallInfo call) => output.One(call,
        ("call", call.Id), ("state", Word(call.State)), ("environment", call.Environment), ("tool", call.Tool), ("action", call.Action), ("resource", call.Resource), ("effect", Word(call.Effect)),
        ("arguments", Raw(call.Arguments)), ("session", call.Session), ("agent", call.Agent), ("agent's words", call.Reason), ("decision", call.Decision is { } decision ? Word(decision.Effect) : null),
        ("rules", string.Join(", ", call.Decision?.RuleIds ?? [])), ("reasons", string.Join(" ", call.Decision?.Reasons ?? [])), ("approval", call.Approval?.Id),
        ("needs", call.Approval is { } review ? Quorum(review.Needed) : null), ("review at", call.Approval?.Url), ("deadline", Instant(call.Approval?.Deadline)), ("call hash", call.CallHash),
        ("error", call.Error is { } error ? $"{error.Slug}: {error.Detail}" : null), ("result", Raw(call.Result)), ("created", Instant(call.CreatedAt)), ("updated", Instant(call.UpdatedAt)));

    public static void Environment(Output output, EnvironmentInfo environment) => output.One(environment,
        ("environment", environment.Name), ("class", Word(environment.Class)), ("labels", Labels(environment.Labels)), ("owners", string.Join(", ", environment.Owners)), ("policy", environment.Policy),
        ("policy version", environment.PolicyVersion), ("generation", environment.Generation.ToString(CultureInfo.InvariantCulture)),
        ("frozen", string.Join("; ", environment.Frozen.Select(freeze => $"{freeze.Id}: {freeze.Reason} (blocks {Words(freeze.Blocks)}{(freeze.Until is { } until ? ", until " + Instant(until) : "")})"))),
        ("limits", string.Join("; ", environment.Limits.Select(limit => $"{limit.Id} per {limit.Per}: {limit.Available} of {limit.Burst} left, {limit.Rate}"))),
        ("in flight", environment.InFlight.ToString(CultureInfo.InvariantCulture)), ("pending", environment.Pending.ToString(CultureInfo.InvariantCulture)));

    public static void Fleet(Output output, FleetInfo fleet) => output.One(fleet,
        ("fleet", fleet.Halted ? "HALTED" : "running"), ("reason", fleet.Reason), ("by", fleet.By), ("since", Instant(fleet.Since)), ("epoch", fleet.Epoch.ToString(CultureInfo.InvariantCulture)),
        ("killed agents", string.Join(", ", fleet.KilledAgents)), ("silos", string.Join(", ", fleet.Silos)));

    private static string? Raw(JsonElement? json) => json is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } known ? Cut(known.GetRawText(), 4_000) : null;
}
