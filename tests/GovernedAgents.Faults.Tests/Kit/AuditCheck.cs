using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>A 2xx answer about a call that a client had in its hands.</summary>
internal sealed record Acknowledged(string Key, string Call, string State);

/// <summary>
/// Holds the export, the cloud's witness and what the clients saw against each other. It reads the export by itself; the product's verifier is asked
/// as well, at the end.
/// </summary>
internal static class AuditCheck
{
    private static readonly string[] Outcomes = ["ExecutionFinished", "OutcomeUnknown"];

    private sealed record Line(string Stream, string Kind, DateTimeOffset At, JsonElement Payload);

    public static void Judge(string export, string keys, IReadOnlyList<WitnessedEffect> effects, IReadOnlyCollection<Acknowledged> answers)
    {
        var lines = Chain(export);
        var calls = lines.Where(line => CallOf(line.Payload) is not null && line.Kind != "ReviewRequested").ToLookup(line => CallOf(line.Payload)!);
        foreach (var same in effects.GroupBy(effect => effect.CallId))
        {
            Assert.True(same.Key is not null, "An effect carries no call id.");
            Assert.True(same.Count() == 1, $"Call {same.Key} had {same.Count()} effects.");
            var started = calls[same.Key].FirstOrDefault(line => line.Kind == "ExecutionStarted");
            Assert.True(started is not null, $"Call {same.Key} had an effect and no start in the audit.");
            Assert.True(started.At <= same.First().At, $"Call {same.Key} had its effect at {same.First().At:O}, before its start at {started.At:O}.");
            Reviewed(same.Key, [.. calls[same.Key]], started, lines);
        }

        var happened = effects.Select(effect => effect.CallId!).ToHashSet(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            Assert.True(call.Count(line => line.Kind == "ExecutionStarted") <= 1, $"Call {call.Key} was started more than once.");
            var finished = call.Where(line => line.Kind == "ExecutionFinished").ToList();
            Assert.True(finished.Count <= 1, $"Call {call.Key} finished {finished.Count} times.");
            if (call.Any(line => line.Kind == "ExecutionStarted")) Assert.True(call.Any(line => Outcomes.Contains(line.Kind)), $"Call {call.Key} has a start and was never given an outcome.");
            if (finished.Count == 0 || call.First(line => line.Kind == "CallSubmitted").Payload.GetProperty("effect").GetString() == "read") continue;
            var succeeded = finished[0].Payload.GetProperty("succeeded").GetBoolean();
            Assert.True(succeeded == happened.Contains(call.Key), $"The audit says that call {call.Key} succeeded: {succeeded}; the cloud says that it happened: {!succeeded}.");
        }

        foreach (var answer in answers)
        {
            var known = calls[answer.Call].ToList();
            var kept = answer.State switch
            {
                "executing" => known.Any(line => line.Kind == "ExecutionStarted"),
                "pending_review" => known.Any(line => line.Kind == "CallHeld"),
                "succeeded" or "failed" => known.Any(line => line.Kind == "ExecutionFinished" && line.Payload.GetProperty("succeeded").GetBoolean() == (answer.State == "succeeded")),
                "cancelled" => known.Any(line => line.Kind == "CallCancelled"),
                "outcome_unknown" => known.Any(line => line.Kind == "OutcomeUnknown"),
                _ => false,
            };
            Assert.True(kept, $"Key {answer.Key} was answered '{answer.State}' for call {answer.Call}, of which the audit has: {string.Join(", ", known.Select(line => line.Kind))}.");
        }

        foreach (var key in answers.GroupBy(answer => answer.Key)) Assert.True(key.Select(answer => answer.Call).Distinct().Count() == 1, $"Key {key.Key} stood for more than one call.");
        foreach (var call in answers.GroupBy(answer => answer.Call)) Assert.True(call.Select(answer => answer.Key).Distinct().Count() == 1, $"Call {call.Key} answered more than one key.");

        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(export));
        var report = AuditVerifier.Verify(stream, jwks: keys);
        Assert.True(report.FirstFault is null, report.FirstFault);
        Assert.True(report.SignaturesChecked);
    }

    /// <summary>The export as soon as every start in it has an outcome: one that is open is settled when its deadline comes.</summary>
    public static async Task<(string Export, string Keys)> SettledAsync(Api api)
    {
        var (export, keys) = await api.ExportAsync();
        await Eventually.TrueAsync(async () =>
        {
            (export, keys) = await api.ExportAsync();
            return Open(export).Count == 0;
        }, "every start has an outcome");
        return (export, keys);
    }

    /// <summary>Calls of the export that were started and have no outcome yet.</summary>
    internal static List<string> Open(string export)
    {
        var lines = Chain(export);
        var ended = lines.Where(line => Outcomes.Contains(line.Kind)).Select(line => CallOf(line.Payload)).ToHashSet(StringComparer.Ordinal);
        return [.. lines.Where(line => line.Kind == "ExecutionStarted").Select(line => CallOf(line.Payload)!).Where(call => !ended.Contains(call))];
    }

    /// <summary>Recomputes every hash from the documented form, with nothing but SHA-256.</summary>
    private static List<Line> Chain(string export)
    {
        var lines = new List<Line>();
        var heads = new Dictionary<string, (long Seq, string Hash)>(StringComparer.Ordinal);
        foreach (var text in export.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(text);
            var it = document.RootElement.Clone();
            if (it.TryGetProperty("root", out _)) continue;
            string Raw(string member) => it.GetProperty(member).GetRawText();
            Assert.Equal(lines.Count + 1, it.GetProperty("pos").GetInt64());
            var stream = it.GetProperty("stream").GetString()!;
            var (seq, previous) = heads.GetValueOrDefault(stream, (0, new string('0', 64)));
            Assert.Equal(seq + 1, it.GetProperty("seq").GetInt64());
            Assert.Equal(previous, it.GetProperty("prevHash").GetString());
            // The members in the order of RFC 8785; the export holds each of them in its canonical form already.
            var form = $"{{\"at\":{Raw("at")},\"kind\":{Raw("kind")},\"payload\":{Raw("payload")},\"prevHash\":{Raw("prevHash")},\"seq\":{Raw("seq")},\"stream\":{Raw("stream")},\"v\":1}}";
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(form)));
            Assert.True(hash == it.GetProperty("hash").GetString(), $"Record {it.GetProperty("pos")} does not have the hash of its content.");
            heads[stream] = (seq + 1, hash);
            lines.Add(new(stream, it.GetProperty("kind").GetString()!, it.GetProperty("at").GetDateTimeOffset(), it.GetProperty("payload")));
        }

        return lines;
    }

    /// <summary>What destroys was held, and what was held had the votes: of enough people, none of them the starter, over this very call and policy, all before its start.</summary>
    private static void Reviewed(string call, List<Line> records, Line started, List<Line> lines)
    {
        var submitted = records.First(line => line.Kind == "CallSubmitted").Payload;
        if (records.FirstOrDefault(line => line.Kind == "CallHeld") is not { } held)
        {
            Assert.True(submitted.GetProperty("effect").GetString() is "read" or "mutate", $"Call {call} has destroyed something that nobody reviewed.");
            return;
        }

        var policy = records.First(line => line.Kind == "CallDecided").Payload.GetProperty("decision").GetProperty("policyVersion").GetString();
        var approvers = lines.Where(line => line.Kind == "VoteCast" && line.Stream == "approval/" + held.Payload.GetProperty("approval").GetString() && line.At <= started.At)
            .Where(line => line.Payload.GetProperty("callHash").GetString() == submitted.GetProperty("callHash").GetString() && line.Payload.GetProperty("policyVersion").GetString() == policy)
            .Select(line => line.Payload.GetProperty("vote")).Where(vote => vote.GetProperty("decision").GetString() == "approve")
            .Select(vote => vote.GetProperty("person").GetString()!).Distinct().Where(person => person != submitted.GetProperty("starter").GetString()).ToList();
        var needed = held.Payload.GetProperty("requirements").EnumerateArray().Max(requirement => requirement.GetProperty("quorum").EnumerateArray().Sum(slot => slot.GetProperty("approvals").GetInt32()));
        Assert.True(approvers.Count >= needed, $"Call {call} ran with the approval of {(approvers.Count == 0 ? "nobody" : string.Join(", ", approvers))}; {needed} were needed.");
    }

    private static string? CallOf(JsonElement payload) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("call", out var call) && call.ValueKind == JsonValueKind.String ? call.GetString() : null;
}
