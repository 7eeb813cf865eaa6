namespace GovernedAgents.Client.Tests;

public sealed class CallWaitTests
{
    private static readonly CallRequest Request = new() { Environment = "prod", Tool = "files.write", Wait = TimeSpan.FromMinutes(5) };
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_InReview_IsWatchedByItsTagUntilItIsOver()
    {
        var server = new FakeServer().Then(202, Wire.Call("pending_review"), ("ETag", "\"1\"")).Then(304, "").Then(200, Wire.Call("executing"), ("ETag", "\"2\"")).Then(200, Wire.Call("succeeded"));
        Assert.IsType<CallExecuted>(await server.RunAsync(() => server.Session().CallAsync(Request, Stop)));
        Assert.Equal([null, "\"1\"", "\"1\"", "\"2\""], server.Requests.Select(one => one.Header("If-None-Match")));
        Assert.Equal("wait=60", server.Requests[0].Header("Prefer"));
        Assert.All(server.Requests.Skip(1), one => Assert.Equal("/base/v1/calls/call_1", one.Path));
    }

    [Fact]
    public async Task Wait_WhoseTimeIsUp_IsPendingStill()
    {
        var server = new FakeServer().Then(202, Wire.Call("pending_review"));
        for (var look = 0; look < 20; look++) server.Then(304, "");
        var result = await server.RunAsync(() => server.Session().CallAsync(Request with { Wait = TimeSpan.FromSeconds(1) }, Stop));
        Assert.Equal(CallState.PendingReview, Assert.IsType<CallPending>(result).Call.State);
    }

    [Fact]
    public async Task ResumedHandle_WaitsOnAfterItsFirstLook()
    {
        var server = new FakeServer().Then(200, Wire.Call("pending_review"), ("ETag", "\"1\"")).Then(200, Wire.Call("executing"), ("ETag", "\"2\"")).Then(200, Wire.Call("succeeded"));
        Assert.IsType<CallExecuted>(await server.RunAsync(() => server.Session().ResumeCall("call_1").WaitAsync(TimeSpan.FromSeconds(20), Stop)));
    }

    [Fact]
    public async Task Denial_ByReviewers_IsDeniedWhenWaitedFor()
    {
        var server = new FakeServer().Then(202, Wire.Call("pending_review")).Then(200, Wire.Call("denied", ""","error":{"slug":"denied","detail":"bob said no"}"""));
        Assert.Equal("bob said no", Assert.IsType<CallDenied>(await server.RunAsync(() => server.Session().CallAsync(Request, Stop))).Detail);
    }

    [Fact]
    public async Task Cancelling_EndsTheWaitingAndWithdrawsNothing()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer().Then(202, Wire.Call("pending_review")).Then((_, stop) => { cancel.Cancel(); return Task.FromCanceled<HttpResponseMessage>(stop); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.RunAsync(() => server.Session().CallAsync(Request, cancel.Token)));
        Assert.DoesNotContain(server.Requests, one => one.Path.EndsWith("/cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelling_WithWithdrawal_WithdrawsTheCallThatIsWaitedFor()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer().Then(202, Wire.Call("pending_review")).Then((_, stop) => { cancel.Cancel(); return Task.FromCanceled<HttpResponseMessage>(stop); }).Then(200, Wire.Call("cancelled"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.RunAsync(() => server.Session().CallAsync(Request with { WithdrawOnCancellation = true }, cancel.Token)));
        Assert.Equal("/base/v1/calls/call_1/cancel", server.Requests[^1].Path);
        Assert.Equal("wait=0", server.Requests[0].Header("Prefer"));
    }

    [Fact]
    public async Task Cancelling_WhileTheCallIsBeingSent_StillLearnsItsIdAndWithdrawsIt()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer().Then((_, stop) =>
        {
            cancel.Cancel();
            stop.ThrowIfCancellationRequested();
            return Task.FromResult(FakeServer.Response(202, Wire.Call("pending_review")));
        }).Then(409, Wire.Problem(409, "already-started"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.RunAsync(() => server.Session().CallAsync(Request with { WithdrawOnCancellation = true }, cancel.Token)));
        Assert.Equal(["/base/v1/calls", "/base/v1/calls/call_1/cancel"], server.Requests.Select(one => one.Path));
    }

    [Fact]
    public async Task Cancelling_WhileTheConnectionBreaks_NeverSendsTheCallAgain()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer().Then((_, _) => { cancel.Cancel(); throw new HttpRequestException("reset"); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.RunAsync(() => server.Session().CallAsync(Request with { WithdrawOnCancellation = true }, cancel.Token)));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Cancelling_WithWithdrawal_DoesNotHangOnAServerThatIsAway()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer().Then(202, Wire.Call("pending_review")).Then((_, stop) => { cancel.Cancel(); return Task.FromCanceled<HttpResponseMessage>(stop); })
            .Then(async (_, stop) => { await Task.Delay(Timeout.Infinite, stop); throw new InvalidOperationException("never"); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.RunAsync(() => server.Session().CallAsync(Request with { WithdrawOnCancellation = true }, cancel.Token)));
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("")]
    public async Task Id_ThatWouldChangeThePath_IsRefused(string id)
    {
        var server = new FakeServer();
        await Assert.ThrowsAsync<ArgumentException>(() => server.Client().Calls.GetAsync(id, Stop));
    }
}
