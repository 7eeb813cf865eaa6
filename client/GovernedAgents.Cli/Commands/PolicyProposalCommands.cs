using System.CommandLine;
using System.Globalization;
using GovernedAgents.Client;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov policy</c>: what takes a server.</summary>
internal static class PolicyProposalCommands
{
    private static Argument<string> File() => new("file") { Description = "A YAML file with one policy." };

    public static Command Simulate(GovHost host)
    {
        var file = File();
        return Verb.Create(host, "simulate", "Holds a policy against the recorded calls of its environments: what it would have decided differently (operators).", async (run, cancellation) =>
        {
            var result = await run.Client.Policies.SimulateAsync(Source(run.Required(file)), cancellation);
            run.Output.List(result.Changes, ("call", one => one.Call), ("environment", one => one.Environment), ("action", one => one.Action), ("effect", one => Shown.Word(one.Effect)),
                ("was", one => Decision(one.Before)), ("would be", one => Decision(one.After)));
            run.Output.Note(string.Create(CultureInfo.InvariantCulture, $"{result.Judged} calls judged again, {result.Changed} differently, {result.Skipped} left out. By rule: {ByRule(result)}."));
            return ExitCode.Ok;
        }, file);
    }

    public static Command Propose(GovHost host)
    {
        var file = File();
        return Verb.Create(host, "propose", "Puts a policy up for review by the quorum of the version in force (operators). 4: the review is pending.", async (run, cancellation) =>
        {
            var path = run.Required(file);
            var proposed = await run.Client.Policies.ProposeAsync(PolicyFiles.One(path).Name, Source(path), cancellation);
            run.Output.One(proposed, ("version", proposed.Version), ("state", proposed.State), ("approval", proposed.Approval));
            run.Output.Note($"In force once its reviewers agree: gov approvals show {proposed.Approval}");
            return ExitCode.Pending;
        }, file);
    }

    public static Command List(GovHost host) => Verb.Create(host, "list", "Policies with their versions.", async (run, cancellation) =>
    {
        var policies = await Paging.ReadAsync(200, page => run.Client.Policies.ListAsync(page, cancellation));
        run.Output.List([.. policies.SelectMany(policy => policy.Versions)], ("policy", one => one.Name), ("state", one => one.State), ("version", one => one.Version), ("since", one => Shown.Instant(one.ActivatedAt)),
            ("by", one => one.By), ("approval", one => one.Approval), ("reason", one => one.Reason));
        return ExitCode.Ok;
    });

    /// <summary>The version of a policy that is in force on the server.</summary>
    /// <exception cref="UsageException">None is.</exception>
    public static async Task<PolicyDefinition> RunningAsync(GovRun run, string name, CancellationToken cancellation)
    {
        var policy = await run.Client.Policies.GetAsync(name, cancellation);
        var source = policy.Versions.FirstOrDefault(version => version.State == "active")?.Source ?? throw new UsageException($"No version of policy '{name}' is in force.");
        return ConfigurationReader.Read([new ConfigurationFile(name, source)]).Set?.Policies.GetValueOrDefault(name)
            ?? throw new UsageException($"The version of '{name}' that is in force cannot be read here; use the gov of the server's version.");
    }

    private static string Source(string path) => System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path) : throw new UsageException($"{path} is not there.");

    private static string Decision(SimulatedDecision decision) => $"{Shown.Word(decision.Effect)} ({string.Join(", ", decision.RuleIds)})";

    private static string ByRule(PolicySimulationInfo result) => result.ByRule.Count == 0 ? "none" : string.Join(", ", result.ByRule.Select(rule => $"{rule.RuleId} {rule.Calls}"));
}
