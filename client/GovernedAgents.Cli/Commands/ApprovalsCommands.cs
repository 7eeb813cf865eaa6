using System.CommandLine;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov approvals</c>.</summary>
internal static class ApprovalsCommands
{
    public static Command Create(GovHost host) => Verb.Group("approvals", "Reviews of calls.", List(host), Show(host), Approve(host), Deny(host), Watch(host));

    private static Command List(GovHost host)
    {
        var state = new Option<ApprovalState?>("--state") { Description = "pending, approved, denied, expired, voided or cancelled." };
        var mine = new Option<bool>("--mine") { Description = "Only those that you could vote on now." };
        var limit = Paging.Limit();
        return Verb.Create(host, "list", "Reviews, newest first.", async (run, cancellation) =>
        {
            var filter = new ApprovalFilter { State = run.Value(state), Mine = run.Value(mine) };
            Rows(run.Output, await Paging.ReadAsync(run.Value(limit), page => run.Client.Approvals.ListAsync(filter, page, cancellation)));
            return ExitCode.Ok;
        }, state, mine, limit);
    }

    private static Command Show(GovHost host)
    {
        var id = new Argument<string>("approval");
        return Verb.Create(host, "show", "The card of one review, with every unseen character written out.", async (run, cancellation) =>
        {
            ShowOne(run.Output, (await run.Client.Approvals.GetAsync(run.Required(id), cancellation)).Approval);
            return ExitCode.Ok;
        }, id);
    }

    private static Command Approve(GovHost host)
    {
        var id = new Argument<string>("approval");
        var hash = new Option<string?>("--hash") { Description = "The call hash that you read in \"gov approvals show\"; without it you are asked." };
        var reason = new Option<string>("--reason") { DefaultValueFactory = _ => "" };
        return Verb.Create(host, "approve", "Approves exactly the call that was shown.", async (run, cancellation) =>
        {
            var shown = await run.Client.Approvals.GetAsync(run.Required(id), cancellation);
            if (run.Value(hash) is { } meant)
            {
                if (meant != shown.Approval.CallHash) return Stale(run.Output, meant, shown.Approval);
            }
            else if (!host.CanAsk)
            {
                throw new UsageException($"Nobody to ask: give --hash with the call hash from \"gov approvals show {run.Required(id)}\".");
            }
            else
            {
                ApprovalCardText.Write(run.Output, shown.Approval);
                host.Out.Write("Type the environment's name to approve: ");
                if ((await host.In.ReadLineAsync(cancellation))?.Trim() != shown.Approval.Call.Environment)
                    throw new UsageException("Not approved: that is not the environment's name.");
            }

            ShowOne(run.Output, await run.Client.Approvals.VoteAsync(shown, VoteDecision.Approve, run.Required(reason), cancellation));
            return ExitCode.Ok;
        }, id, hash, reason);
    }

    private static Command Deny(GovHost host)
    {
        var id = new Argument<string>("approval");
        var hash = new Option<string?>("--hash") { Description = "Deny only if the call still has this hash." };
        var reason = new Option<string>("--reason") { Description = "What the agent's people should know.", Required = true };
        return Verb.Create(host, "deny", "Denies the call.", async (run, cancellation) =>
        {
            var shown = await run.Client.Approvals.GetAsync(run.Required(id), cancellation);
            if (run.Value(hash) is { } meant && meant != shown.Approval.CallHash) return Stale(run.Output, meant, shown.Approval);
            ShowOne(run.Output, await run.Client.Approvals.VoteAsync(shown, VoteDecision.Deny, run.Required(reason), cancellation));
            return ExitCode.Ok;
        }, id, hash, reason);
    }

    private static Command Watch(GovHost host)
    {
        var mine = new Option<bool>("--mine") { Description = "Only those that you could vote on now." };
        var every = new Option<string>("--every") { Description = "How often to look.", DefaultValueFactory = _ => "2s" };
        return Verb.Create(host, "watch", "Prints pending reviews as they come, until interrupted.", async (run, cancellation) =>
        {
            var pause = DurationText.Parse(run.Required(every));
            if (pause < TimeSpan.FromSeconds(1)) throw new UsageException("--every must be at least 1s.");
            var filter = new ApprovalFilter { State = ApprovalState.Pending, Mine = run.Value(mine) };
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (true)
            {
                var pending = await Paging.ReadAsync(1_000, page => run.Client.Approvals.ListAsync(filter, page, cancellation));
                foreach (var one in pending.Reverse().Where(one => seen.Add(one.Id))) ShowOne(run.Output, one);
                // What is over cannot become pending again: forgetting it keeps the set small.
                seen.IntersectWith(pending.Select(one => one.Id));
                await Task.Delay(pause, host.Time, cancellation);
            }
        }, mine, every);
    }

    private static int Stale(Output output, string meant, ApprovalInfo approval)
    {
        output.Note($"gov: {approval.Id} is about call hash {approval.CallHash}, not {meant}: look at it again with \"gov approvals show {approval.Id}\".");
        return ExitCode.Stale;
    }

    private static void ShowOne(Output output, ApprovalInfo approval)
    {
        if (output.IsTable) ApprovalCardText.Write(output, approval);
        else output.One(approval);
    }

    private static void Rows(Output output, IReadOnlyList<ApprovalInfo> approvals) => output.List(approvals,
        ("approval", one => one.Id), ("state", one => Shown.Word(one.State)), ("environment", one => one.Call.Environment), ("tool", one => one.Call.Tool), ("effect", one => Shown.Word(one.Call.Effect)),
        ("agent", one => one.Call.Agent), ("needs", one => Shown.Quorum(one.Requirements.SelectMany(demand => demand.Quorum))), ("deadline", one => Shown.Instant(one.Deadline)));
}
