using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Tests;

public sealed class TokenTests(EdgeHost host) : IClassFixture<EdgeHost>
{
    private const string AnyRole = "/v1/environments";

    [Fact]
    public async Task Token_SignedByATrustedKey_IsAccepted()
    {
        foreach (var token in new[] { host.Forge.Person("reviewer"), host.Forge.Es256(TokenForge.Claims("reviewer"), kid: null), host.Forge.Rs256(TokenForge.Claims("reviewer")) })
            Assert.Equal(200, (await host.SendAsync("GET", AnyRole, token)).Status);
    }

    public static TheoryData<string> Forgeries => [.. Forged.Keys];

    private static readonly Dictionary<string, Func<TokenForge, string>> Forged = new()
    {
        ["alg none, no signature"] = f => TokenForge.Assemble("none", null, TokenForge.Claims("operator"), _ => []),
        ["alg None, other case"] = f => TokenForge.Assemble("None", "ec-1", TokenForge.Claims("operator"), _ => []),
        ["HS256 with the public key as its secret"] = f => TokenForge.Assemble("HS256", "rsa-1", TokenForge.Claims("operator"), b => HMACSHA256.HashData(f.RsaKey.ExportSubjectPublicKeyInfo(), b)),
        ["HS256 with the PEM of the public key"] = f => TokenForge.Assemble("HS256", null, TokenForge.Claims("operator"), b => HMACSHA256.HashData(Encoding.ASCII.GetBytes(f.RsaKey.ExportSubjectPublicKeyInfoPem()), b)),
        ["RS512, an algorithm not listed"] = f => TokenForge.Assemble("RS512", "rsa-1", TokenForge.Claims("operator"), b => f.RsaKey.SignData(b, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)),
        ["expired beyond the skew"] = f => With(f, c => c["exp"] = TokenForge.Now - 31),
        ["not valid yet"] = f => With(f, c => c["nbf"] = TokenForge.Now + 60),
        ["without exp"] = f => With(f, c => c.Remove("exp")),
        ["wrong audience"] = f => With(f, c => c["aud"] = "someone-else"),
        ["audience of sessions"] = f => With(f, c => c["aud"] = SessionTokens.Audience),
        ["without audience"] = f => With(f, c => c.Remove("aud")),
        ["wrong issuer"] = f => With(f, c => c["iss"] = "https://evil.example"),
        ["a person's key under the silo's issuer"] = f => With(f, c => { c["iss"] = SessionTokens.Issuer; c["aud"] = SessionTokens.Audience; }),
        ["without subject"] = f => With(f, c => c.Remove("sub")),
        ["unknown key id"] = f => f.Es256(TokenForge.Claims("operator"), "ec-2"),
        ["another key under a known id"] = f => { using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256); return TokenForge.Es256(other, TokenForge.Claims("operator"), "ec-1"); },
        ["payload changed after signing"] = f => Splice(f.Person("reviewer"), TokenForge.Claims("operator")),
        ["signature removed"] = f => f.Person("operator")[..(f.Person("operator").LastIndexOf('.') + 1)],
        ["not a token"] = f => "hello",
    };

    [Theory, MemberData(nameof(Forgeries))]
    public async Task Token_Forged_Is401(string forgery)
    {
        var reply = await host.SendAsync("GET", AnyRole, Forged[forgery](host.Forge));
        reply.IsProblem(401, "unauthenticated");
        Assert.StartsWith("Bearer", reply.Headers["WWW-Authenticate"]);
    }

    [Fact]
    public async Task Token_ExpiredWithinTheSkew_IsAccepted() =>
        Assert.Equal(200, (await host.SendAsync("GET", AnyRole, With(host.Forge, c => c["exp"] = TokenForge.Now - 20))).Status);

    [Fact]
    public async Task NoToken_Is401_AlsoWhereNothingIsServed()
    {
        foreach (var (method, path) in new[] { ("GET", AnyRole), ("POST", "/v1/calls"), ("GET", "/v1/nothing"), ("DELETE", "/v1/calls") })
            (await host.SendAsync(method, path, null)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task SessionToken_OnAVote_Is403_AndReachesNoGrain()
    {
        var approval = host.Grains.Place<IApprovalGrain>("apr_1");
        var reply = await host.SendAsync("POST", "/v1/approvals/apr_1/votes", host.SessionToken(), "{}");
        reply.IsProblem(403, "forbidden");
        Assert.Empty(approval.Received("VoteAsync"));
        Assert.Empty(approval.Received("ReadAsync"));
    }

    [Fact]
    public async Task SessionToken_SignedByAPersonsKey_Is401()
    {
        var claims = new JsonObject { ["iss"] = SessionTokens.Issuer, ["aud"] = SessionTokens.Audience, ["sub"] = EdgeHost.Session, ["exp"] = TokenForge.Now + 60 };
        (await host.SendAsync("GET", "/v1/calls", host.Forge.Es256(claims, "session-token"))).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task SessionToken_PastItsExpiry_Is401()
    {
        var token = host.Services.GetRequiredService<SessionTokens>().Issue(EdgeHost.Session, TimeProvider.System.GetUtcNow().AddSeconds(-1));
        (await host.SendAsync("GET", "/v1/calls", token)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task SessionToken_OfAnEndedSession_Is401ForNewCalls_AndStillReads()
    {
        const string ended = "ses_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
        var grain = host.Grains.Place<IAgentSessionGrain>(ended).On("ReadAsync", _ => Task.FromResult<SessionSnapshot?>(EdgeHost.Active(ended, SessionStatus.Ended)));
        (await host.SendAsync("POST", "/v1/calls", host.SessionToken(ended), """{"environment":"prod","tool":"t","arguments":{}}""", ("Idempotency-Key", "k"))).IsProblem(401, "unauthenticated");
        (await host.SendAsync("GET", "/v1/tools?environment=prod", host.SessionToken(ended))).IsProblem(401, "unauthenticated");
        Assert.Equal(200, (await host.SendAsync("GET", "/v1/calls", host.SessionToken(ended))).Status);
        Assert.Equal(200, (await host.SendAsync("GET", $"/v1/sessions/{ended}", host.SessionToken(ended))).Status);
        Assert.Empty(grain.Received("SubmitAsync"));
    }

    [Fact]
    public async Task Keys_InAChangedJwksFile_ReplaceTheOldOnes_AndABrokenFileDoesNot()
    {
        await using var own = new EdgeHost();
        await own.InitializeAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (before, after) = (own.Forge.Person("reviewer"), TokenForge.Es256(next, TokenForge.Claims("reviewer"), "next"));
        Assert.Equal((200, 401), ((await own.SendAsync("GET", AnyRole, before)).Status, (await own.SendAsync("GET", AnyRole, after)).Status));

        await File.WriteAllTextAsync(own.JwksPath, new JsonObject { ["keys"] = new JsonArray(TokenForge.Ec(next, "next")) }.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Equal((401, 200), ((await own.SendAsync("GET", AnyRole, before)).Status, (await own.SendAsync("GET", AnyRole, after)).Status));

        await File.WriteAllTextAsync(own.JwksPath, "{ half", TestContext.Current.CancellationToken);
        Assert.Equal(200, (await own.SendAsync("GET", AnyRole, after)).Status);
    }

    [Fact]
    public async Task Person_DisabledInTheDirectory_Is403() =>
        (await host.SendAsync("GET", AnyRole, With(host.Forge, c => c["sub"] = "disabled"))).IsProblem(403, "forbidden");

    private static string With(TokenForge forge, Action<JsonObject> change)
    {
        var claims = TokenForge.Claims("operator");
        change(claims);
        return forge.Es256(claims);
    }

    private static string Splice(string token, JsonObject payload)
    {
        var parts = token.Split('.');
        return $"{parts[0]}.{Base64UrlEncoder.Encode(payload.ToJsonString())}.{parts[2]}";
    }
}
