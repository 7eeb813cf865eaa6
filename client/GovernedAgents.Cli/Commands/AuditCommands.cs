using System.CommandLine;
using System.Globalization;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client.Http;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov audit</c>.</summary>
internal static class AuditCommands
{
    public static Command Create(GovHost host) => Verb.Group("audit", "The journal: take it away, verify it offline.", Export(host), Verify(host), Checkpoints(host));

    private static Command Export(GovHost host)
    {
        var file = new Option<string?>("--file", "-f") { Description = "Where to (default: standard output). Never overwrites." };
        return Verb.Create(host, "export", "Writes the whole journal as JSON Lines, byte for byte, ending with a fresh checkpoint.", async (run, cancellation) =>
        {
            if (run.Value(file) is not { } path)
            {
                if (host.OutIsTerminal) throw new UsageException("An export is raw bytes, not for a terminal: give --file or redirect the output.");
                await using var pipe = host.OpenOut();
                await run.Client.Audit.ExportAsync(pipe, cancellation);
                return ExitCode.Ok;
            }

            if (File.Exists(path)) throw new UsageException($"{path} exists; an export never overwrites another. Choose another name.");
            // Under its final name only when it is complete.
            var partial = path + ".partial";
            await using (var target = new FileStream(partial, FileMode.Create, FileAccess.Write)) await run.Client.Audit.ExportAsync(target, cancellation);
            File.Move(partial, path);
            run.Output.Note($"Written: {path}. Verify it with: gov audit verify {path}");
            return ExitCode.Ok;
        }, file);
    }

    private static Command Checkpoints(GovHost host) => Verb.Create(host, "checkpoints", "Prints all checkpoints and the public keys as JSON: keep them outside the database.", async (run, cancellation) =>
    {
        var answer = await run.Client.Audit.CheckpointsAsync(cancellation);
        host.Out.WriteLine(System.Text.Json.JsonSerializer.Serialize(answer, WireJson.Options));
        return ExitCode.Ok;
    });

    private static Command Verify(GovHost host)
    {
        var export = new Argument<string>("export") { Description = "A file of \"gov audit export\"." };
        var kept = new Option<string?>("--checkpoints") { Description = "Checkpoints kept outside: a file (of \"gov audit checkpoints\") or the silo's checkpoint folder." };
        var keys = new Option<string?>("--keys") { Description = "The public keys (JWKS) that checkpoints must be signed with." };
        return Verb.Create(host, "verify", "Judges an export offline: 0 only if it is whole and extends every kept checkpoint, else 7.", (run, _) =>
        {
            var path = run.Required(export);
            foreach (var given in new[] { path, run.Value(kept), run.Value(keys) })
                if (given is not null && !File.Exists(given) && !Directory.Exists(given)) throw new UsageException($"{given} is not there.");
            try
            {
                var held = run.Value(kept) is { } place ? KeptCheckpoints.Read(place) : [];
                using var stream = File.OpenRead(path);
                return Task.FromResult(Tell(run.Output, AuditVerifier.Verify(stream, held, run.Value(keys) is { } set ? KeptCheckpoints.Keys(set) : null), held.Count));
            }
            catch (FormatException fault)
            {
                run.Output.Note($"gov: not verified: {fault.Message}");
                return Task.FromResult(ExitCode.VerificationFailed);
            }
        }, export, kept, keys);
    }

    private static int Tell(Output output, AuditReport report, int held)
    {
        output.One(report,
            ("audit", report.Ok ? "whole" : "NOT whole"), ("first fault", report.FirstFault), ("records", report.Records.ToString(CultureInfo.InvariantCulture)),
            ("streams", report.Streams.ToString(CultureInfo.InvariantCulture)), ("checkpoints", report.Checkpoints.ToString(CultureInfo.InvariantCulture)),
            ("signatures", report.SignaturesChecked ? "checked" : "not checked (give --keys)"),
            ("kept", held > 0 ? $"{report.KeptMatched} of {held} found again" : "none given (give --checkpoints to detect a restored or rewritten journal)"),
            ("last checkpoint", report.Last?.Hash()));
        return report.Ok ? ExitCode.Ok : ExitCode.VerificationFailed;
    }
}
