using System.Globalization;

namespace GovernedAgents.Client.Tests;

public sealed class CallRetryTests
{
    private static readonly CallRequest Request = new() { Environment = "prod", Tool = "files.write", Arguments = new { a = 1 }, Wait = TimeSpan.Zero };
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_WhenConnectionsBreakAndTheJournalIsAway_RepeatsTheSameBytesUnderTheSameKey()
    {
        var server = new FakeServer().ThenBreak().Then(503, Wire.Problem(503, "unavailable")).Then(504, "").Then(200, Wire.Call("succeeded"));
        Assert.IsType<CallExecuted>(await server.RunAsync(() => server.Session().CallAsync(Request, Stop)));
        Assert.Equal(4, server.Requests.Count);
        Assert.Single(server.Requests.Select(one => one.Header("Idempotency-Key")).Distinct());
        Assert.Single(server.Requests.Select(one => one.Body).Distinct());
        Assert.Equal("Bearer session-token", server.Requests[3].Header("Authorization"));
        Assert.Equal("/base/v1/calls", server.Requests[3].Path);
    }

    [Fact]
    public async Task Calls_WithoutAGivenKey_HaveDifferentKeys()
    {
        var server = new FakeServer().Then(200, Wire.Call("succeeded")).Then(200, Wire.Call("succeeded"));
        var session = server.Session();
        await session.CallAsync(Request, Stop);
        await session.CallAsync(Request, Stop);
        Assert.NotEqual(server.Requests[0].Header("Idempotency-Key"), server.Requests[1].Header("Idempotency-Key"));
    }

    [Fact]
    public async Task Call_WhenNobodyEverAnswers_GivesTheKeyToRepeatWith()
    {
        var server = new FakeServer().ThenBreak().ThenBreak().ThenBreak();
        var fault = await Assert.ThrowsAsync<GovernedAgentsException>(() => server.RunAsync(() => server.Session(options => options.Retry.MaxAttempts = 3).CallAsync(Request with { IdempotencyKey = "mine" }, Stop)));
        Assert.Equal(("unreachable", "mine", true), (fault.Slug, fault.IdempotencyKey, fault.IsUnavailable));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Call_WhenAnAttemptHangs_GivesItUpAndRepeats()
    {
        var server = new FakeServer()
            .Then(async (_, stop) => { await Task.Delay(Timeout.Infinite, stop); throw new InvalidOperationException("never"); })
            .Then(200, Wire.Call("succeeded"));
        Assert.IsType<CallExecuted>(await server.RunAsync(() => server.Session().CallAsync(Request, Stop)));
    }

    [Fact]
    public async Task Call_WhenTheServerNamesAPause_WaitsThatLong()
    {
        var server = new FakeServer().Then(503, Wire.Problem(503, "unavailable"), ("Retry-After", "20")).Then(200, Wire.Call("succeeded"));
        var started = server.Time.GetUtcNow();
        await server.RunAsync(() => server.Session().CallAsync(Request, Stop));
        Assert.InRange(server.Time.GetUtcNow() - started, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(22));
    }

    [Fact]
    public async Task Throttled_IsRepeatedOnlyWhenAskedFor_AndNotBeyondTheLongestPause()
    {
        var throttled = Wire.Problem(429, "throttled");
        var patient = new FakeServer().Then(429, throttled, ("Retry-After", "5")).Then(200, Wire.Call("succeeded"));
        Assert.IsType<CallExecuted>(await patient.RunAsync(() => patient.Session(options => options.Retry.RetryThrottled = true).CallAsync(Request, Stop)));
        var tooLong = new FakeServer().Then(429, throttled, ("Retry-After", "3600"));
        Assert.IsType<CallThrottled>(await tooLong.RunAsync(() => tooLong.Session(options => options.Retry.RetryThrottled = true).CallAsync(Request, Stop)));
        var plain = new FakeServer().Then(429, throttled, ("Retry-After", "5"));
        Assert.IsType<CallThrottled>(await plain.RunAsync(() => plain.Session().CallAsync(Request, Stop)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("quo\"te")]
    [InlineData("ümlaut")]
    public async Task Key_ThatNoHeaderCanHold_IsRefusedBeforeAnythingIsSent(string key)
    {
        var server = new FakeServer();
        await Assert.ThrowsAsync<ArgumentException>(() => server.Session().CallAsync(Request with { IdempotencyKey = key }, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => server.Session().CallAsync(Request with { Arguments = "text" }, Stop));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Freeze_WhoseAnswerIsLost_IsNotRepeatedBlindly()
    {
        var server = new FakeServer().ThenBreak();
        await Assert.ThrowsAsync<GovernedAgentsException>(() => server.RunAsync(() => server.Client().Environments.FreezeAsync("prod", "stop", null, Stop)));
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Pauses_DoubleUpToTheLongest_AndEndAfterTheLastAttempt()
    {
        var retry = new RetryOptions { MaxAttempts = 20, BaseDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(8) };
        var pauses = Enumerable.Range(1, 6).Select(attempt => retry.PauseAfter(attempt, null, 0.999999)!.Value.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture));
        Assert.Equal(["1", "2", "4", "8", "8", "8"], pauses);
        Assert.Null(retry.PauseAfter(20, null, 0));
    }

    [Fact]
    public async Task SessionToken_ShortBeforeItsEnd_IsRenewedOnceAndThenUsed()
    {
        static string Token(DateTimeOffset end) => $"h.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($"{{\"sub\":\"ses_1\",\"exp\":{end.ToUnixTimeSeconds()}}}"))}.s";
        var server = new FakeServer();
        var old = Token(server.Time.GetUtcNow().AddMinutes(2));
        var next = Token(server.Time.GetUtcNow().AddHours(2));
        server.Then(200, $$"""{"token":"{{next}}","expiresAt":"2026-05-04T14:00:00Z"}""").Then(200, Wire.Call("succeeded")).Then(200, Wire.Call("succeeded"));
        var session = server.Session(token: old);
        await session.CallAsync(Request, Stop);
        await session.CallAsync(Request, Stop);
        Assert.Equal(["/base/v1/sessions/ses_1/token", "/base/v1/calls", "/base/v1/calls"], server.Requests.Select(one => one.Path));
        Assert.Equal(["Bearer " + old, "Bearer " + next, "Bearer " + next], server.Requests.Select(one => one.Header("Authorization")));
    }
}
