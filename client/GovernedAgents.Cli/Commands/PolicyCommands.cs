using System.CommandLine;
using System.Globalization;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov policy</c>: what can be judged offline; the rest is in <see cref="PolicyProposalCommands"/>.</summary>
internal static class PolicyCommands
{
    public static Command Create(GovHost host) => Verb.Group("policy", "Policies: check, prove, test, compare, simulate and propose them.",
        Validate(host), Verify(host), Test(host), Diff(host), PolicyProposalCommands.Simulate(host), PolicyProposalCommands.Propose(host), PolicyProposalCommands.List(host), Schema(host));

    private static Argument<string[]> Paths() => new("paths") { Description = "YAML files, or folders of them.", Arity = ArgumentArity.OneOrMore };

    private static Command Validate(GovHost host)
    {
        var paths = Paths();
        return Verb.Create(host, "validate", "Reads configuration files as the silo would: every problem with its place. 0 without problems, else 7.", (run, _) =>
        {
            var read = PolicyFiles.Read(run.Required(paths));
            var found = read.Problems.Select(problem => new Finding("problem", problem.File, problem.Line, problem.Column, problem.Message))
                .Concat(read.Warnings.Select(warning => new Finding("warning", warning.File, warning.Line, warning.Column, warning.Message))).ToList();
            run.Output.Findings(found);
            if (read.Problems.Count == 0) run.Output.Note($"No problems{(read.Warnings.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {read.Warnings.Count} warnings") : "")}.");
            return Task.FromResult(read.Problems.Count == 0 ? ExitCode.Ok : ExitCode.VerificationFailed);
        }, paths);
    }

    private static Command Verify(GovHost host)
    {
        var paths = Paths();
        return Verb.Create(host, "verify", "Proves the invariants of policies over every tier, effect and class. 0 when all hold, else 7 with a call that breaks one.", (run, _) =>
        {
            var read = PolicyFiles.Read(run.Required(paths));
            if (read.Problems.Count > 0)
            {
                run.Output.Findings([.. read.Problems.Select(problem => new Finding("problem", problem.File, problem.Line, problem.Column, problem.Message))]);
                return Task.FromResult(ExitCode.VerificationFailed);
            }

            // A policy whose invariant could be broken is refused when it is read: what is here is proved.
            run.Output.List([.. read.Set!.Policies.Values.SelectMany(policy => policy.Invariants.Select(invariant => new Proof(policy.Name, invariant.Id, true)))],
                ("policy", one => one.Policy), ("invariant", one => one.Invariant), ("holds", one => one.Holds ? "yes" : "no"));
            return Task.FromResult(ExitCode.Ok);
        }, paths);
    }

    private static Command Test(GovHost host)
    {
        var paths = Paths();
        return Verb.Create(host, "test", "Runs the examples (kind: PolicyTest) kept beside policies. 0 when all decide as expected, else 7.", (run, _) =>
        {
            var read = PolicyFiles.Read(run.Required(paths));
            if (read.Problems.Count > 0) throw new UsageException($"The files have problems; \"gov policy validate\" lists them. The first: {read.Problems[0]}");
            var set = read.Set!;
            if (set.PolicyTests.Count == 0) throw new UsageException("The files hold no PolicyTest. Give the examples' file too.");
            var reports = set.PolicyTests.Values.GroupBy(test => test.Policy, StringComparer.Ordinal).Select(tests => PolicyTestRun.Run(
                CompiledPolicy.Compile(set.Policies.GetValueOrDefault(tests.Key) ?? throw new UsageException($"The examples are for policy '{tests.Key}', which is not among the files.")), tests)).ToList();
            foreach (var report in reports) Tell(run.Output, report);
            return Task.FromResult(reports.TrueForAll(report => report.Passed) ? ExitCode.Ok : ExitCode.VerificationFailed);
        }, paths);
    }

    private static Command Diff(GovHost host)
    {
        var before = new Argument<string>("before") { Description = "A file with one policy." };
        var after = new Argument<string?>("after") { Description = "Another version of it; without it, the first is compared with the version in force on the server.", Arity = ArgumentArity.ZeroOrOne };
        return Verb.Create(host, "diff", "Says in words what a second version of a policy changes.", async (run, cancellation) =>
        {
            var first = PolicyFiles.One(run.Required(before));
            var changes = run.Optional(after) is { } second ? PolicyDiff.Of(first, PolicyFiles.One(second)) : PolicyDiff.Of(await PolicyProposalCommands.RunningAsync(run, first.Name, cancellation), first);
            run.Output.List(changes, ("direction", change => change.Direction == DiffDirection.Other ? "" : Shown.Word(change.Direction)), ("change", change => change.Text));
            return ExitCode.Ok;
        }, before, after);
    }

    private static Command Schema(GovHost host) => Verb.Create(host, "schema", "Prints the JSON schema of configuration files, for editors.", (_, _) =>
    {
        host.Out.Write(ConfigurationSchema.Text);
        return Task.FromResult(ExitCode.Ok);
    });

    private static void Tell(Output output, PolicyTestReport report)
    {
        output.List(report.Examples, ("policy", _ => report.Policy), ("example", one => one.Name), ("decision", one => Shown.Word(one.Decision.Effect)), ("rules", one => string.Join(", ", one.Decision.RuleIds)),
            ("result", one => one.Fault is { } fault ? $"FAILED at {one.Place}: {fault}" : "ok"));
        var tested = report.Rules - report.Untested.Count;
        output.Note(string.Create(CultureInfo.InvariantCulture,
            $"{report.Policy}: {report.Examples.Count(one => one.Fault is null)} of {report.Examples.Count} examples as expected; {tested} of {report.Rules} rules took part in one{(report.Untested.Count > 0 ? $" (not: {string.Join(", ", report.Untested)})" : "")}."));
    }

    private sealed record Proof(string Policy, string Invariant, bool Holds);
}

/// <summary>What is wrong or doubtful in a file, and where.</summary>
internal sealed record Finding(string Severity, string File, int Line, int Column, string Message);
