using System.Text;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Silo.Tests.RealGate;

public sealed class JourneyTests(RealHost host) : IClassFixture<RealHost>
{
    private const string Delete = "ops.delete_environment";
    private const string Arguments = """{"name":"cost-explorer-cn-prod"}""";

    [Fact]
    public async Task DestroyingCall_RunsOnceAfterTwoReviewers_AndTheExportVerifies()
    {
        var (_, agent) = await host.StartSessionAsync();
        var held = await host.CallAsync(agent, Delete, Arguments, "the-key");
        Assert.Equal((202, "pending_review"), (held.Status, held.Json!["state"]!.GetValue<string>()));
        var approval = (await host.GetAsync($"/v1/approvals/{held.Json["approval"]!["id"]}", host.Reviewer("alice"))).Json!;

        Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("alice"), "approve")).Status);
        Assert.Equal(200, (await host.VoteAsync(approval, host.Reviewer("alice"), "approve")).Status);
        Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("bob"), "approve")).Status);

        var call = await host.FinishedAsync($"/v1/calls/{held.Json["id"]}", agent);
        Assert.Equal("succeeded", call.Json!["state"]!.GetValue<string>());
        var again = await host.CallAsync(agent, Delete, Arguments, "\"the-key\"");
        Assert.Equal((200, held.Json["id"]!.GetValue<string>()), (again.Status, again.Json!["id"]!.GetValue<string>()));
        (await host.VoteAsync(approval, host.Reviewer("carl"), "approve")).IsProblem(409, "already-decided");

        var export = Encoding.UTF8.GetBytes((await host.GetAsync("/v1/audit/export", host.Operator)).Text);
        Assert.Null(AuditVerifier.Verify(new MemoryStream(export), [], null).FirstFault);
        export[export.Length / 2] ^= 1;
        Assert.False(AuditVerifier.Verify(new MemoryStream(export), [], null).Ok);
    }

    [Fact]
    public async Task DecidingDenial_IsAnsweredWhenTheCallShowsIt()
    {
        var (_, agent) = await host.StartSessionAsync();
        var held = await host.CallAsync(agent, Delete, Arguments, "denied-key");
        var approval = (await host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", host.Reviewer("alice"))).Json!;
        var vote = await host.VoteAsync(approval, host.Reviewer("alice"), "deny");
        Assert.Equal("denied", vote.Json!["call"]!["state"]!.GetValue<string>());
        (await host.CallAsync(agent, Delete, Arguments, "denied-key")).IsProblem(403, "denied");
    }
}
