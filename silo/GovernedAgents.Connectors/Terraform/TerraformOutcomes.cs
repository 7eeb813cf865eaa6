using System.Text.Json;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>From the end of a run to the outcome that is recorded. Pure.</summary>
internal static class TerraformOutcomes
{
    public static ExecutionOutcome NotStarted(string slug, string detail) => new() { Kind = OutcomeKind.NotStarted, ErrorSlug = slug, ErrorDetail = detail };

    public static ExecutionOutcome LeaseExpired { get; } = NotStarted("start-lease-expired", "The permission to start had lapsed when the command came to be started; nothing was started. Submit the call again.");

    public static ExecutionOutcome ReadFailed(TerraformEnd end) => new()
    {
        Kind = OutcomeKind.Failed, ErrorSlug = end.WasInterrupted ? "timeout" : "terraform-error", ErrorDetail = Detail(end.Error.Length > 0 ? end.Error : end.Output),
    };

    /// <summary>What a plan would do, by address; never its values.</summary>
    public static ExecutionOutcome Planned(PlanManifest manifest) => new()
    {
        Kind = OutcomeKind.Succeeded,
        ResultJson = BoundedResult.Write(json =>
        {
            json.WriteString("plan", manifest.Plan);
            json.WriteString("effect", manifest.Effect.ToString().ToLowerInvariant());
            json.WriteNumber("creates", manifest.Creates);
            json.WriteNumber("updates", manifest.Updates);
            json.WriteNumber("replaces", manifest.Replaces);
            json.WriteNumber("deletes", manifest.Deletes);
            json.WriteStartArray("changes");
            foreach (var change in manifest.Changes) json.WriteStringValue(change.ToString());
            json.WriteEndArray();
        }),
    };

    /// <param name="end">Of <c>apply -json</c>: one message a line. Without a single <c>apply_start</c> nothing of the world was touched.</param>
    public static ExecutionOutcome Applied(TerraformEnd end)
    {
        var messages = end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Message).OfType<JsonElement>().ToList();
        var touched = messages.Where(message => TypeOf(message) is "apply_start").ToList();
        var result = BoundedResult.Write(json =>
        {
            json.WriteStartArray("done");
            foreach (var message in messages.Where(message => TypeOf(message) is "apply_complete" or "apply_errored")) json.WriteStringValue(TextOf(message, "@message"));
            json.WriteEndArray();
            if (messages.Find(message => TypeOf(message) is "change_summary") is { ValueKind: JsonValueKind.Object } summary) json.WriteString("summary", TextOf(summary, "@message"));
        });
        if (end is { ExitCode: 0, WasInterrupted: false }) return new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = result };
        var errors = messages.Where(message => TextOf(message, "@level") == "error").Select(message => TextOf(message, "@message")).ToList();
        var said = Detail(errors.Count > 0 ? string.Join(" ", errors) : end.Error);
        if (touched.Count == 0 && !end.WasInterrupted && messages.Count > 0) return new ExecutionOutcome { Kind = OutcomeKind.Failed, ErrorSlug = "terraform-error", ErrorDetail = said, ResultJson = result };
        return new ExecutionOutcome
        {
            Kind = OutcomeKind.Unknown, ErrorSlug = end.WasInterrupted ? "timeout" : "terraform-error", ResultJson = result,
            ErrorDetail = BoundedResult.Cut($"{touched.Count} resources were begun, not all to their end. Plan again to see how the world is. {said}", BoundedResult.MaxDetailChars),
        };
    }

    private static string Detail(string said) => said.Length == 0 ? "The command failed and said nothing." : BoundedResult.Cut(said.Trim().ReplaceLineEndings(" "), BoundedResult.MaxDetailChars);

    private static JsonElement? Message(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string TypeOf(JsonElement message) => TextOf(message, "type");

    private static string TextOf(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
