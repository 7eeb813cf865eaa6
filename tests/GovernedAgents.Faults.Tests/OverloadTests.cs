using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

/// <summary>More is asked than a silo takes in.</summary>
public sealed class OverloadTests
{
    private const int Clients = 60;

    [Fact]
    public async Task Overload_IsRefusedWith503AndRetryAfter_NothingIsLost_AndTheSiloServesAfterIt()
    {
        using var at = new Installation(cloudMilliseconds: 50, timeoutSeconds: 30);
        await using var silo = await SiloProcess.StartAsync(at, at.Api, at.Management, "--Governance:Edge:MaxWaiting=6", "--Governance:Edge:MaxConcurrent=4", "--Governance:Edge:MaxQueued=4");
        using var api = new Api(at);
        var session = await api.SessionAsync();
        var replies = (await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var own = new List<Reply>();
            for (var call = 0; call < 5; call++) own.Add(await api.UpdateAsync(session, $"{client}-{call}"));
            own.Add(await api.GetAsync("/v1/calls", api.Operator));
            return own;
        }))).SelectMany(own => own).ToList();

        var refused = replies.Where(reply => reply.Status == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, reply => Assert.True(reply.Get("slug") == "unavailable" && reply.RetryAfter > 0, reply.Text));
        Assert.All(replies.Except(refused), reply => Assert.True(reply.Status == HttpStatusCode.OK, reply.Text));
        var done = replies.Where(reply => reply.Get("state") == "succeeded").Select(reply => reply.Get("id")!).ToHashSet();
        Assert.Equal(done.Order(), Witness.Read(at).Select(effect => effect.CallId!).Order());

        // The same process goes on, and a refused key was not used up.
        for (var client = 0; client < Clients; client++)
        {
            var again = await api.UpdateAsync(session, $"{client}-0");
            Assert.True(again.Status == HttpStatusCode.OK, again.Text);
        }

        Assert.Equal(Witness.Read(at).Count, Witness.Read(at).Select(effect => effect.CallId).Distinct().Count());
    }
}
