using System.Net;

namespace GovernedAgents.Client.Tests;

/// <summary>Every row of the API's table of outcomes, and nothing but it.</summary>
public sealed class CallResultTests
{
    private static readonly CallRequest Request = new() { Environment = "prod", Tool = "files.write", Arguments = new { a = 1 }, Wait = TimeSpan.Zero };

    private static async Task<CallResult> SubmitAsync(int status, string body, params (string, string)[] headers)
    {
        var server = new FakeServer().Then(status, body, headers);
        return await server.RunAsync(() => server.Session().CallAsync(Request, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("succeeded", true)]
    [InlineData("failed", false)]
    public async Task Call_ThatRan_IsExecutedWithTheToolsVerdict(string state, bool succeeded)
    {
        var executed = Assert.IsType<CallExecuted>(await SubmitAsync(200, Wire.Call(state, ""","result":{"content":[1]}""")));
        Assert.Equal(succeeded, executed.Succeeded);
        Assert.Equal("""{"content":[1]}""", executed.Result!.Value.GetRawText());
        Assert.Equal(EffectClass.Destroy, executed.Call.Effect);
    }

    [Theory]
    [InlineData("pending_review", CallState.PendingReview)]
    [InlineData("approved", CallState.Approved)]
    [InlineData("executing", CallState.Executing)]
    public async Task Call_ThatIsNotOver_IsPendingWithItsReview(string state, CallState expected)
    {
        var pending = Assert.IsType<CallPending>(await SubmitAsync(202, Wire.Call(state, ""","approval":{"id":"apr_1","url":"https://x/a","state":"pending","needed":[],"deadline":"2026-05-04T16:00:00Z"}""")));
        Assert.Equal(expected, pending.Call.State);
        Assert.Equal("https://x/a", pending.Pending.ApprovalUrl);
        Assert.Equal(new DateTimeOffset(2026, 5, 4, 16, 0, 0, TimeSpan.Zero), pending.Pending.Deadline);
    }

    [Theory]
    [InlineData("expired", CallState.Expired)]
    [InlineData("cancelled", CallState.Cancelled)]
    [InlineData("voided", CallState.Voided)]
    public async Task Call_ThatEndedUnstarted_IsEndedWithItsReason(string state, CallState expected)
    {
        var ended = Assert.IsType<CallEnded>(await SubmitAsync(200, Wire.Call(state, ""","error":{"slug":"policy-changed","detail":"a new policy"}""")));
        Assert.Equal((expected, "a new policy"), (ended.State, ended.Detail));
    }

    [Fact]
    public async Task Call_WithUnknownOutcome_IsNeverShownAsExecuted() => Assert.IsType<CallUnknown>(await SubmitAsync(200, Wire.Call("outcome_unknown")));

    [Fact]
    public async Task DryRun_GivesTheDecisionThatARealCallWouldGet() =>
        Assert.Equal(DecisionEffect.Review, Assert.IsType<CallPreviewed>(await SubmitAsync(200, Wire.Call("dry_run"))).Decision.Effect);

    [Fact]
    public async Task Denied_CarriesRulesPolicyAndCall()
    {
        var denied = Assert.IsType<CallDenied>(await SubmitAsync(403, Wire.Problem(403, "denied", ""","callId":"call_1","ruleIds":["no-iam"],"policyVersion":"sha256:p" """)));
        Assert.Equal(("call_1", "no-iam", "the detail", "sha256:p"), (denied.CallId, Assert.Single(denied.RuleIds), denied.Detail, denied.PolicyVersion));
    }

    [Theory]
    [InlineData("throttled")]
    [InlineData("too-many-pending")]
    [InlineData("intake-limit")]
    public async Task TooMany_IsThrottledWithTheServersPauseAndTheKeyToRepeatWith(string slug)
    {
        var throttled = Assert.IsType<CallThrottled>(await SubmitAsync(429, Wire.Problem(429, slug, ""","retryAfter":"PT6.5S" """), ("Retry-After", "7")));
        Assert.Equal((slug, TimeSpan.FromSeconds(7)), (throttled.Slug, throttled.RetryAfter));
        Assert.NotEmpty(throttled.IdempotencyKey);
    }

    [Theory]
    [InlineData(400, "number-not-representable")]
    [InlineData(401, "unauthenticated")]
    [InlineData(403, "forbidden")]
    [InlineData(404, "unknown-environment")]
    [InlineData(404, "unknown-tool")]
    [InlineData(409, "idempotency-key-reused")]
    [InlineData(413, "too-large")]
    [InlineData(422, "invalid-arguments")]
    [InlineData(500, "internal")]
    public async Task CallersFault_IsAnExceptionThatNamesItAndIsNotRepeated(int status, string slug)
    {
        var fault = await Assert.ThrowsAsync<GovernedAgentsException>(() => SubmitAsync(status, Wire.Problem(status, slug, ""","errors":[{"pointer":"/arguments/a","detail":"must be text"}]""")));
        Assert.Equal((slug, (HttpStatusCode?)status), (fault.Slug, fault.Status));
        Assert.Equal(new FieldFault("/arguments/a", "must be text"), Assert.Single(fault.Errors));
    }

    [Theory]
    [InlineData("a_state_of_tomorrow")]
    [InlineData("3")]
    public async Task StateThatNobodyKnows_IsNeverTakenForSuccess(string state) =>
        Assert.Equal("unreadable-answer", (await Assert.ThrowsAsync<GovernedAgentsException>(() => SubmitAsync(200, Wire.Call(state)))).Slug);

    [Fact]
    public async Task ProxysPage_IsNotTakenForADenial() =>
        Assert.Equal("forbidden", (await Assert.ThrowsAsync<GovernedAgentsException>(() => SubmitAsync(403, "<html>denied</html>"))).Slug);

    [Fact]
    public async Task Redirect_IsAFaultNotAnAnswer() =>
        Assert.Equal("http-302", (await Assert.ThrowsAsync<GovernedAgentsException>(() => SubmitAsync(302, ""))).Slug);
}
