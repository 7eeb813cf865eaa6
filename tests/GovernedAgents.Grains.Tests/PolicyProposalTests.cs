using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Tests;

/// <summary>A policy's next version: simulated, reviewed by the quorum of the running one, in force everywhere or nowhere.</summary>
public sealed class PolicyProposalTests
{
    private static readonly string Stricter = Gate.DefaultPolicy.Replace("supervised: { read: allow, mutate: allow,", "supervised: { read: allow, mutate: deny,", StringComparison.Ordinal);
    private static readonly string Other = Gate.DefaultPolicy.Replace("rate: 5/1h", "rate: 6/1h", StringComparison.Ordinal);

    private static ProposePolicy Of(string source, string by = "olga")
    {
        var policy = ConfigurationReader.Read([new ConfigurationFile("p", source)]).Set!.Policies["p"];
        return new ProposePolicy { CanonicalJson = policy.ToCanonicalJson(), Source = source, By = by, ByPerson = true };
    }

    private static async Task<string> UntilAsync(IPolicyGrain grain, string version, string state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string? seen = null;
        while (!limit.IsCancellationRequested)
        {
            seen = (await grain.VersionsAsync()).FirstOrDefault(known => known.Version == version)?.State;
            if (seen == state) return seen;
            await Task.Yield();
        }

        return $"awaited {state}; it is {seen}";
    }

    [Fact]
    public async Task Proposal_IsInForceOnceTheQuorumOfTheRunningVersionAgrees_AndVoidsWhatWaited()
    {
        await using var gate = await Gate.StartAsync();
        var grain = gate.Grains.GetGrain<IPolicyGrain>("p");
        var session = await gate.SessionAsync();
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;

        var proposed = (await grain.ProposeAsync(Of(Stricter, by: "carol"))).Value!;
        Assert.Equal("simulated", proposed.State);
        Assert.Equal(proposed.Approval, (await grain.ProposeAsync(Of(Stricter))).Value!.Approval);
        var review = (await gate.Grains.GetGrain<IApprovalGrain>(proposed.Approval!).ReadAsync())!;
        Assert.Contains("\"summary\":\"Held against 2 recorded calls, 1 would have been decided differently (by baseline: 1).\"", review.CardJson, StringComparison.Ordinal);
        Assert.Contains("stricter: The baseline for mutate at tier supervised goes from allow to deny.", review.CardJson, StringComparison.Ordinal);
        Assert.Equal(("governance:policy:Activate", "policy/p", CallStatus.PendingReview), (review.Call.Action, review.Call.Resource, review.Call.State));
        // As for a call: whoever has the approval can compute what was voted on.
        Assert.Equal(review.CallHash, Policy.Canonical.CallHash.Compute(
            review.Call.Environment, review.EnvironmentGeneration, review.Call.Tool, review.ToolSchemaHash, System.Text.Encoding.UTF8.GetBytes(review.Call.ArgumentsJson!), review.Call.Session, review.Call.Agent, review.Nonce));

        Assert.Equal("self-review", (await gate.VoteAsync(proposed.Approval!, "carol")).Refusal?.Slug);
        Assert.Null((await gate.VoteAsync(proposed.Approval!, "alice")).Refusal);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        Assert.Null((await gate.VoteAsync(proposed.Approval!, "bob")).Refusal);

        Assert.Equal("active", await UntilAsync(grain, proposed.Version, "active"));
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);
        Assert.Equal(["baseline"], (await session.SubmitAsync(Gate.Call("write"))).Refusal?.RuleIds);
        Assert.Equal(proposed.Version, (await gate.Environment.ReadAsync())!.PolicyVersion);
        var listed = await gate.ReadModel.ListApprovalsAsync(new ApprovalFilter { State = ApprovalStatus.Approved }, new PageRequest(10, null), TestContext.Current.CancellationToken);
        Assert.Equal(CallStatus.Succeeded, Assert.Single(listed.Items, item => item.Id == proposed.Approval).Call.State);
    }

    [Fact]
    public async Task Proposal_ThatIsDenied_ChangesNothing()
    {
        await using var gate = await Gate.StartAsync();
        var grain = gate.Grains.GetGrain<IPolicyGrain>("p");
        var running = (await grain.VersionsAsync())[0].Version;
        var proposed = (await grain.ProposeAsync(Of(Stricter))).Value!;
        await gate.VoteAsync(proposed.Approval!, "alice", VoteDecision.Deny);
        Assert.Equal("denied", await UntilAsync(grain, proposed.Version, "denied"));
        Assert.Equal(running, (await gate.Environment.ReadAsync())!.PolicyVersion);
    }

    [Fact]
    public async Task Proposal_OvertakenByAnother_IsVoid_SinceVotesDoNotCarryOver()
    {
        await using var gate = await Gate.StartAsync();
        var grain = gate.Grains.GetGrain<IPolicyGrain>("p");
        var first = (await grain.ProposeAsync(Of(Stricter))).Value!;
        var second = (await grain.ProposeAsync(Of(Other))).Value!;
        await gate.VoteAsync(first.Approval!, "alice");
        await gate.VoteAsync(second.Approval!, "alice");
        await gate.VoteAsync(second.Approval!, "bob");
        Assert.Equal("active", await UntilAsync(grain, second.Version, "active"));
        Assert.Equal("voided", await UntilAsync(grain, first.Version, "voided"));
        Assert.Equal("already-decided", (await gate.VoteAsync(first.Approval!, "bob")).Refusal?.Slug);

        // Back again is a proposal like any other.
        var back = (await grain.ProposeAsync(Of(Gate.DefaultPolicy))).Value!;
        await gate.VoteAsync(back.Approval!, "alice");
        await gate.VoteAsync(back.Approval!, "bob");
        Assert.Equal("active", await UntilAsync(grain, back.Version, "active"));
    }

    [Fact]
    public async Task Proposal_PendingOverARestart_IsActivatedAfterIt()
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var gate = await Gate.StartAsync(folder);
        var proposed = (await gate.Grains.GetGrain<IPolicyGrain>("p").ProposeAsync(Of(Other))).Value!;
        await gate.VoteAsync(proposed.Approval!, "alice");
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder))
        {
            await gate.VoteAsync(proposed.Approval!, "bob");
            Assert.Equal("active", await UntilAsync(gate.Grains.GetGrain<IPolicyGrain>("p"), proposed.Version, "active"));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Proposal_ThatCannotBe_IsRefusedWithTheNextStep()
    {
        await using var gate = await Gate.StartAsync(policy: Gate.DefaultPolicy + "\n---\napiVersion: governedagents/v1\nkind: Policy\nmetadata: { name: nobody }\nspec: { baseline: { observe: { read: allow } } }\n");
        Assert.Equal("conflict", (await gate.Grains.GetGrain<IPolicyGrain>("p").ProposeAsync(Of(Gate.DefaultPolicy))).Refusal?.Slug);
        Assert.Equal("not-found", (await gate.Grains.GetGrain<IPolicyGrain>("unheard").ProposeAsync(Of(Stricter))).Refusal?.Slug);
        Assert.Contains("names nobody", (await gate.Grains.GetGrain<IPolicyGrain>("nobody").ProposeAsync(Of(Stricter))).Refusal?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedFile_WithReview_IsProposedAtTheStart_AndNotAgainOnceItIsDenied()
    {
        await using var gate = await Gate.StartAsync();
        var startup = gate.Services.GetRequiredService<GovernanceStartup>();
        gate.Services.GetRequiredService<IOptions<ActivationOptions>>().Value.Immediate = false;
        var file = Path.Combine(gate.Folder, "config", "all.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("rate: 5/1h", "rate: 6/1h", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await startup.StartAsync(CancellationToken.None);
        var grain = gate.Grains.GetGrain<IPolicyGrain>("p");
        var proposed = Assert.Single(await grain.VersionsAsync(), version => version.State == "simulated");
        Assert.Equal("file", proposed.By);
        await gate.VoteAsync(proposed.Approval!, "alice", VoteDecision.Deny);
        Assert.Equal("denied", await UntilAsync(grain, proposed.Version, "denied"));
        await startup.StartAsync(CancellationToken.None);
        Assert.DoesNotContain(await grain.VersionsAsync(), version => version.State == "simulated");
    }

    [Fact]
    public async Task Simulation_SeesWhatSessionsDidBefore_AndJudgesOnlyWhatThePolicyDecided()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        await session.SubmitAsync(Gate.Call("read"));
        await session.SubmitAsync(Gate.Call("write"));
        await session.SubmitAsync(Gate.Call("read"));
        await gate.Environment.FreezeAsync(new FreezeChange { Freeze = true, Reason = "stop", By = "olga" });
        await session.SubmitAsync(Gate.Call("write"));
        var candidate = Gate.DefaultPolicy + "\n  rules: [ { id: no-read-after-write, match: { tool: t.read, after: { tool: t.write, within: 1h } }, decide: deny } ]\n";
        var result = await gate.Services.GetRequiredService<IPolicySimulation>().RunAsync(Of(candidate).CanonicalJson, TestContext.Current.CancellationToken);
        Assert.Equal((3, 1, 1), (result.Judged, result.Skipped, result.Changed));
        var change = Assert.Single(result.Changes);
        Assert.Equal((DecisionEffect.Allow, DecisionEffect.Deny), (change.Before.Effect, change.After.Effect));
        Assert.Equal(new SimulatedRule("no-read-after-write", 1), result.ByRule[^1]);
    }
}
