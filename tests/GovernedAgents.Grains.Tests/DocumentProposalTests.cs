using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Tests;

/// <summary>Environment, Agent and Directory files: changed while the silo runs, agreed to by the people whom the versions in force name.</summary>
public sealed class DocumentProposalTests
{
    private const string Directory = """
        ---
        apiVersion: governedagents/v1
        kind: Directory
        metadata: { name: people }
        spec:
          persons:
            - { id: mallory, accounts: [ { iss: test, sub: mallory } ], groups: [sre, developers] }

        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<Gate> StartAsync()
    {
        var gate = await Gate.StartAsync();
        gate.Services.GetRequiredService<IOptions<ActivationOptions>>().Value.Immediate = false;
        return gate;
    }

    private static async Task ChangeAsync(Gate gate, Func<string, string> change)
    {
        var file = Path.Combine(gate.Folder, "config", "all.yaml");
        await File.WriteAllTextAsync(file, change(await File.ReadAllTextAsync(file, Cancellation)), Cancellation);
    }

    private static Task ChangeAsync(Gate gate, string from, string to) => ChangeAsync(gate, text => text.Replace(from, to, StringComparison.Ordinal));

    /// <summary>The one review of this subject that is pending, as soon as the watch has put the file forward.</summary>
    private static async Task<ApprovalSnapshot> ProposedAsync(Gate gate, string subject)
    {
        var found = await UntilAsync(async () => (await PendingAsync(gate)).FirstOrDefault(approval => approval.Call.Resource == subject), approval => approval is not null, $"a proposal of {subject}");
        return found!;
    }

    private static async Task<IReadOnlyList<ApprovalSnapshot>> PendingAsync(Gate gate) =>
        (await gate.ReadModel.ListApprovalsAsync(new ApprovalFilter { State = ApprovalStatus.Pending }, new PageRequest(50, null), Cancellation)).Items;

    private static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> awaited, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!limit.IsCancellationRequested)
        {
            var seen = await look();
            if (awaited(seen)) return seen;
            await Task.Yield();
        }

        throw new TimeoutException($"Awaited {what}.");
    }

    private static Task<string> DocumentAsync(Gate gate, string kind, Func<string, bool> awaited, string what) => UntilAsync(
        async () => (await gate.Grains.GetGrain<IFleetGrain>(0).DocumentsAsync()).Single(document => document.Kind == kind).CanonicalJson, awaited, what);

    [Fact]
    public async Task ChangedEnvironment_IsInForceOnceTheQuorumOfItsPolicyAgrees_AndVoidsWhatWaited()
    {
        await using var gate = await StartAsync();
        var session = await gate.SessionAsync();
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;

        await ChangeAsync(gate, "  intake: 100000/1s", "  intake: 100000/1s\n  tierCeiling: observe");
        var review = await ProposedAsync(gate, "environment/prod");
        Assert.Equal("governance:environment:Activate", review.Call.Action);
        Assert.Contains("changed: spec.tierCeiling goes from \\\"autonomous\\\" to \\\"observe\\\".", review.CardJson, StringComparison.Ordinal);
        Assert.Contains("Held against 2 recorded calls, 2 would have been decided differently", review.CardJson, StringComparison.Ordinal);
        Assert.Equal("policy/p", Assert.Single(review.Requirements).RuleId);
        await gate.VoteAsync(review.Id, "alice");
        Assert.Equal(1, (await gate.Environment.ReadAsync())!.Generation);
        await gate.VoteAsync(review.Id, "bob");

        Assert.Equal(2, (await UntilAsync(gate.Environment.ReadAsync, environment => environment?.Generation == 2, "generation 2"))!.Generation);
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);
        Assert.Equal(["observe-reads-only"], (await session.SubmitAsync(Gate.Call("write"))).Refusal?.RuleIds);
    }

    [Fact]
    public async Task ChangedBack_IsAProposalToo_AndADeniedOneStaysOut()
    {
        await using var gate = await StartAsync();
        await ChangeAsync(gate, "tierCeiling: autonomous", "tierCeiling: supervised");
        var down = await ProposedAsync(gate, "agent/fixer");
        await gate.VoteAsync(down.Id, "alice");
        await gate.VoteAsync(down.Id, "bob");
        await DocumentAsync(gate, "Agent", json => json.Contains("\"tierCeiling\":\"supervised\"", StringComparison.Ordinal), "the lower ceiling");

        await ChangeAsync(gate, "tierCeiling: supervised", "tierCeiling: autonomous");
        var back = await ProposedAsync(gate, "agent/fixer");
        Assert.NotEqual(down.Id, back.Id);
        await gate.VoteAsync(back.Id, "alice", VoteDecision.Deny);
        await UntilAsync(() => PendingAsync(gate), pending => pending.Count == 0, "the end of the review");
        await gate.Services.GetRequiredService<GovernanceStartup>().StartAsync(Cancellation);
        Assert.Empty(await PendingAsync(gate));
        await DocumentAsync(gate, "Agent", json => json.Contains("\"tierCeiling\":\"supervised\"", StringComparison.Ordinal), "the lower ceiling");
    }

    [Fact]
    public async Task ChangedAgent_VoidsWhatItsCallsWaitedFor()
    {
        await using var gate = await StartAsync();
        var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
        await ChangeAsync(gate, "owner: \"group:platform\"", "owner: \"group:other\"");
        var review = await ProposedAsync(gate, "agent/fixer");
        await gate.VoteAsync(review.Id, "alice");
        await gate.VoteAsync(review.Id, "bob");
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);
    }

    [Fact]
    public async Task AddedDirectory_CannotNameItsOwnReviewers()
    {
        await using var gate = await StartAsync();
        await ChangeAsync(gate, text => text + "\n" + Directory);
        var review = await ProposedAsync(gate, "directory/people");
        // Under what is in force, mallory's token has no such group.
        Assert.Equal("not-eligible", (await gate.VoteAsync(review.Id, "mallory", VoteDecision.Approve, "developers")).Refusal?.Slug);
        Assert.DoesNotContain(await gate.Grains.GetGrain<IFleetGrain>(0).DocumentsAsync(), document => document.Kind == "Directory");
    }

    [Fact]
    public async Task AddedEnvironment_IsNoWayAroundThePolicyOfAnother()
    {
        await using var gate = await StartAsync();
        await ChangeAsync(gate, text => text + "\n---\napiVersion: governedagents/v1\nkind: Policy\nmetadata: { name: lax }\nspec: { baseline: { supervised: { destroy: allow } } }\n"
            + "---\napiVersion: governedagents/v1\nkind: Environment\nmetadata: { name: backdoor }\nspec: { class: sandbox, owners: [\"group:o\"], access: [\"group:developers\"], policy: lax }\n");
        var review = await ProposedAsync(gate, "environment/backdoor");
        Assert.Equal("policy/p", Assert.Single(review.Requirements).RuleId);
        Assert.Null(await gate.Grains.GetGrain<IEnvironmentGrain>("backdoor").ReadAsync());
        await gate.VoteAsync(review.Id, "alice");
        await gate.VoteAsync(review.Id, "bob");
        await UntilAsync(gate.Grains.GetGrain<IEnvironmentGrain>("backdoor").ReadAsync, environment => environment is not null, "the new environment");
    }

    [Fact]
    public async Task Proposal_OfADocument_OutlivesARestart_AndIsVoidOnceAnotherPolicyNamesTheReviewers()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("gate-").FullName;
        var gate = await Gate.StartAsync(folder);
        gate.Services.GetRequiredService<IOptions<ActivationOptions>>().Value.Immediate = false;
        await ChangeAsync(gate, "owner: \"group:platform\"", "owner: \"group:other\"");
        var review = await ProposedAsync(gate, "agent/fixer");
        await gate.VoteAsync(review.Id, "alice");
        await gate.StopAsync();

        // The kit writes its own files and puts them into force at once: the same agent, another policy.
        await using (gate = await Gate.StartAsync(folder, policy: Gate.DefaultPolicy.Replace("rate: 5/1h", "rate: 6/1h", StringComparison.Ordinal)))
        {
            await gate.VoteAsync(review.Id, "bob");
            var ended = await UntilAsync(async () => (await gate.Grains.GetGrain<IApprovalGrain>(review.Id).ReadAsync())!, approval => approval.State == ApprovalStatus.Voided, "the void");
            Assert.Contains("policies that say who agrees have changed", ended.EndedReason, StringComparison.Ordinal);
        }

        System.IO.Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task ABadFile_NeverReplacesAGoodOne_AndTheRepairedOneIsTaken()
    {
        await using var gate = await Gate.StartAsync();
        await ChangeAsync(gate, text => text.Replace("intake: 100000/1s", "intake: 99999/1s", StringComparison.Ordinal).Replace("rate: 5/1h", "rate: five", StringComparison.Ordinal));
        // Nothing of the folder is taken, not even its good part: the later, whole one is the next version.
        await ChangeAsync(gate, text => text.Replace("tierCeiling: autonomous", "tierCeiling: supervised", StringComparison.Ordinal));
        await ChangeAsync(gate, "rate: five", "rate: 7/1h");
        var environment = await UntilAsync(gate.Environment.ReadAsync, environment => environment?.Generation == 2, "generation 2");
        Assert.Equal("7/3600s", Assert.Single(environment!.Limits).Rate);
    }

    [Fact]
    public async Task AFolderThatThisSiloCannotServe_IsRefusedWhole()
    {
        await using var gate = await Gate.StartAsync();
        var text = (await File.ReadAllTextAsync(Path.Combine(gate.Folder, "config", "all.yaml"), Cancellation)).Replace("rate: 5/1h", "rate: 8/1h", StringComparison.Ordinal).Replace("connector: http", "connector: kubernetes", StringComparison.Ordinal);
        var set = GovernedAgents.Policy.Configuration.ConfigurationReader.Read([new("all.yaml", text)]).Set!;
        var fault = await Assert.ThrowsAsync<ConfigurationException>(() => gate.Services.GetRequiredService<ConfigurationActivation>().PutForwardAsync(set, Cancellation));
        Assert.Contains("has no connector 'kubernetes'", fault.Message, StringComparison.Ordinal);
        Assert.Equal("5/3600s", Assert.Single((await gate.Environment.ReadAsync())!.Limits).Rate);
    }

    [Fact]
    public async Task ACallThatRuns_KeepsItsConnectorsOverAChange()
    {
        await using var gate = await Gate.StartAsync();
        var end = new TaskCompletionSource<ExecutionOutcome>();
        gate.Connector.Answer = _ => end.Task;
        var running = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("write") with { Wait = TimeSpan.Zero })).Value!;
        await UntilAsync(() => Task.FromResult(gate.Connector.Sent.Count), sent => sent == 1, "the request");
        await ChangeAsync(gate, "intake: 100000/1s", "intake: 99999/1s");
        await UntilAsync(gate.Environment.ReadAsync, environment => environment?.Generation == 2, "generation 2");
        var before = gate.Connector.Disposed;
        end.SetResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = "{}" });
        Assert.Equal(CallStatus.Succeeded, (await gate.UntilAsync(running.Id, CallStatus.Succeeded)).State);
        await UntilAsync(() => Task.FromResult(gate.Connector.Disposed), disposed => disposed == before + 1, "the end of the earlier connectors");
    }
}
