using System.Text.Json.Nodes;
using GovernedAgents.Silo.Tests.RealGate;

namespace GovernedAgents.Silo.Tests.Identity;

/// <summary>People and programs of a real OpenID provider, found by discovery, at the real gate.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private const string AnyRole = "/v1/environments";
    private readonly IdentityProvider _provider = new();
    private readonly RealHost _host;

    public OidcTests() => _host = new RealHost
    {
        More = ["--Governance:Identity:JwksPath=", "--Governance:Identity:Issuer=", $"--Governance:Identity:Authority={_provider.Issuer}", "--Governance:Config:Activation=immediate"],
        Change = text => text + People(),
    };

    public async ValueTask InitializeAsync()
    {
        await _provider.StartAsync();
        await _host.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task SignIns_DriveAReviewToItsEnd_AndTwoAccountsOfOnePersonAreOneVote()
    {
        var (dana, _) = await _provider.SignInAsync("dana");
        var (_, session) = await SessionAsync(dana);
        var held = await _host.CallAsync(session, "ops.delete_environment", """{"name":"cost-explorer-cn-prod"}""");
        Assert.True(held.Status == 202, held.Text);
        var (first, _) = await _provider.SignInAsync("alice-1");
        var (second, _) = await _provider.SignInAsync("alice-2");
        var approval = (await _host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", first)).Json!;

        Assert.Equal(201, (await _host.VoteAsync(approval, first, "approve")).Status);
        var again = await _host.VoteAsync(approval, second, "approve");
        Assert.True(again.Status is 200 or 403 or 409, again.Text);
        var shown = (await _host.GetAsync($"/v1/approvals/{approval["id"]}", first)).Json!;
        Assert.Equal(("pending", "alice", 1), (shown["state"]!.GetValue<string>(), Assert.Single(shown["votes"]!.AsArray())!["person"]!.GetValue<string>(), shown["requirements"]![0]!["quorum"]![0]!["have"]!.GetValue<int>()));
        // The developer's own second account is the starter, whatever its roles.
        var (own, _) = await _provider.SignInAsync("reviewing-dana");
        (await _host.VoteAsync(approval, own, "approve")).IsProblem(403, "self-review");
        // Disabled, and not in the Directory at all.
        foreach (var account in new[] { "mallory", "nobody" })
        {
            var (token, _) = await _provider.SignInAsync(account);
            Assert.Equal(403, (await _host.VoteAsync(approval, token, "approve")).Status);
        }

        var (bob, _) = await _provider.SignInAsync("bob");
        Assert.Equal(201, (await _host.VoteAsync(approval, bob, "approve")).Status);
        Assert.Equal("succeeded", (await _host.FinishedAsync($"/v1/calls/{held.Json["id"]}", session)).Json!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task ClientCredentials_AreAProgramsOwn_AndAudiencesAreKeptApart()
    {
        Assert.Equal(200, (await _host.GetAsync("/v1/fleet", await _provider.OfClientAsync())).Status);
        var (access, id) = await _provider.SignInAsync("alice-1");
        Assert.Equal(200, (await _host.GetAsync(AnyRole, access)).Status);
        (await _host.GetAsync("/v1/fleet", access)).IsProblem(403, "forbidden");
        foreach (var foreign in new[] { id, await _provider.OfClientAsync(IdentityProvider.OtherResource), _host.Forge.Person("operator") })
            (await _host.GetAsync(AnyRole, foreign)).IsProblem(401, "unauthenticated");
        var (_, session) = await SessionAsync((await _provider.SignInAsync("dana")).AccessToken);
        (await _host.GetAsync("/v1/approvals", session)).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task ProviderDown_AtTheStart_Is503UntilItIsThere_AndLaterWhatIsKnownGoesOn()
    {
        var token = await _provider.OfClientAsync();
        await _provider.StopAsync();
        await _host.RestartAsync(text => text + People());
        var refused = await _host.GetAsync(AnyRole, token);
        refused.IsProblem(503, "unavailable");
        Assert.True(refused.Headers.ContainsKey("Retry-After"));
        Assert.Equal(401, (await _host.SendAsync("GET", AnyRole, null, null)).Status);

        await _provider.StartAsync();
        await UntilAsync(token, 200, "the provider is found");
        await _provider.StopAsync();
        Assert.Equal(200, (await _host.GetAsync(AnyRole, token)).Status);
        (await _host.GetAsync(AnyRole, _host.Forge.Es256(WithIssuer()))).IsProblem(401, "unauthenticated");
    }

    private JsonObject WithIssuer()
    {
        var claims = TokenForge.Claims("operator");
        claims["iss"] = _provider.Issuer;
        return claims;
    }

    private async Task UntilAsync(string token, int status, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        Reply last;
        while ((last = await _host.GetAsync(AnyRole, token)).Status != status)
        {
            Assert.False(limit.IsCancellationRequested, $"Awaited that {what}. The last answer: {last.Status} {last.Text}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private async Task<(string Id, string Token)> SessionAsync(string developer)
    {
        var reply = await _host.PostAsync("/v1/sessions", developer, """{"agent":"fixer","goal":"mend","tier":"supervised"}""", _host.NewKey());
        Assert.True(reply.Status == 201, reply.Text);
        return (reply.Json!["id"]!.GetValue<string>(), reply.Json["token"]!.GetValue<string>());
    }

    private string People() => $$"""

        ---
        apiVersion: governedagents/v1
        kind: Directory
        metadata: { name: people }
        spec:
          persons:
            - { id: dana, accounts: [ { iss: "{{_provider.Issuer}}", sub: dana }, { iss: "{{_provider.Issuer}}", sub: reviewing-dana } ], groups: [developers, sre] }
            - { id: alice, accounts: [ { iss: "{{_provider.Issuer}}", sub: alice-1 }, { iss: "{{_provider.Issuer}}", sub: alice-2 } ], groups: [sre] }
            - { id: bob, accounts: [ { iss: "{{_provider.Issuer}}", sub: bob } ], groups: [sre] }
            - { id: mallory, accounts: [ { iss: "{{_provider.Issuer}}", sub: mallory } ], groups: [sre], disabled: true }
        """;
}
