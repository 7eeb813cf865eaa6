using System.Net;
using System.Net.Sockets;
using GovernedAgents.Contracts;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>Every way in which a call can end: an effect has <c>failed</c> only when it certainly did not happen.</summary>
public sealed class OutcomeTests
{
    private const string Role = "arn:aws-cn:iam::123456789012:role/agents";
    private const string XmlError = "<ErrorResponse><Error><Type>Sender</Type><Code>{0}</Code><Message>said so</Message></Error></ErrorResponse>";
    private const string Page = "<!doctype html><html><title>500 Internal Server Error</title><p>Sorry</html>";

    private static Cloud On(string url, TimeSpan? timeout = null) => new(url, Role, "AKIAEXAMPLE", "own-canary-secret", timeout);

    private static Task<ExecutionOutcome> DeleteAsync(Cloud cloud) => cloud.CallAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" });

    private static bool IsDeletion(string request) => request.Contains("Action=DeleteStack", StringComparison.Ordinal);

    private static string Error(string code) => XmlError.Replace("{0}", code, StringComparison.Ordinal);

    [Theory]
    [InlineData(400, "ValidationError", OutcomeKind.Failed, "service-refused")]
    [InlineData(403, "AccessDenied", OutcomeKind.Failed, "service-refused")]
    [InlineData(403, "ExpiredToken", OutcomeKind.Failed, "credentials-expired")]
    [InlineData(400, "Throttling", OutcomeKind.Failed, "throttled-by-service")]
    [InlineData(503, "SlowDown", OutcomeKind.Failed, "throttled-by-service")]
    [InlineData(500, "InternalFailure", OutcomeKind.Unknown, "service-error")]
    [InlineData(503, "ServiceUnavailable", OutcomeKind.Unknown, "service-error")]
    [InlineData(400, "RequestTimeout", OutcomeKind.Unknown, "service-error")]
    public async Task Effect_WhenTheServiceSaysAnError_IsFailedOnlyWhereItRefused(int status, string code, OutcomeKind kind, string slug)
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(status, "text/xml", Error(code)));
        await using var cloud = On(service.Url);
        var outcome = await DeleteAsync(cloud);
        Assert.Equal((kind, slug), (outcome.Kind, outcome.ErrorSlug));
        Assert.Contains(code, outcome.ErrorDetail, StringComparison.Ordinal);
        Assert.Single(service.Requests, IsDeletion);
    }

    [Theory]
    [InlineData("""{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"none"}""", OutcomeKind.Failed, "ResourceNotFoundException (400): none")]
    [InlineData("""{"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException"}""", OutcomeKind.Unknown, "TransactionInProgressException")]
    [InlineData("""{"message":"no code"}""", OutcomeKind.Unknown, "perhaps of something in between")]
    [InlineData("not json", OutcomeKind.Unknown, "perhaps of something in between")]
    public async Task Effect_WhenTheErrorIsJson_IsReadByItsType(string body, OutcomeKind kind, string detail)
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(400, "application/x-amz-json-1.0", body));
        await using var cloud = On(service.Url);
        var outcome = await cloud.CallAsync("dynamodb", "DeleteTable", new { TableName = "costs" });
        Assert.Equal(kind, outcome.Kind);
        Assert.Contains(detail, outcome.ErrorDetail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, OutcomeKind.Unknown)]
    [InlineData(502, OutcomeKind.Unknown)]
    [InlineData(403, OutcomeKind.Unknown)]
    [InlineData(200, OutcomeKind.Unknown)]
    public async Task Effect_WhenAPageAnswersInsteadOfTheService_IsUnknown(int status, OutcomeKind kind)
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(status, "text/html", Page));
        await using var cloud = On(service.Url);
        var outcome = await DeleteAsync(cloud);
        Assert.Equal((kind, "malformed-answer"), (outcome.Kind, outcome.ErrorSlug));
    }

    [Fact]
    public async Task Effect_WhenTheConnectionIsResetAfterTheRequest_IsUnknown_AndSentOnce()
    {
        await using var service = new ScriptedService(_ => null);
        await using var cloud = On(service.Url);
        var outcome = await DeleteAsync(cloud);
        Assert.Equal((OutcomeKind.Unknown, "connection-lost"), (outcome.Kind, outcome.ErrorSlug));
        Assert.Single(service.Requests, IsDeletion);
    }

    [Fact]
    public async Task Effect_WhenTheConnectionFailsBeforeTheRequest_IsNotStarted_AndItsPermissionNotTaken()
    {
        await using var service = new ScriptedService(_ => null) { EndsAfterTheRole = true };
        await using var cloud = On(service.Url);
        var asked = 0;
        var outcome = await cloud.CallAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" }, beforeSend: () => ++asked > 0);
        Assert.Equal((OutcomeKind.NotStarted, "connection-failed", 0), (outcome.Kind, outcome.ErrorSlug, asked));
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Effect_WhenTheConnectorsOwnKeyHasExpired_IsNotStarted_AndSaysSo()
    {
        await using var service = new ScriptedService(_ => null) { RoleFault = "ExpiredToken" };
        await using var cloud = On(service.Url);
        var outcome = await DeleteAsync(cloud);
        Assert.Equal((OutcomeKind.NotStarted, "credentials-unavailable"), (outcome.Kind, outcome.ErrorSlug));
        Assert.Contains("ExpiredToken", outcome.ErrorDetail, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Effect_WhenTheAnswerBreaksOffInItsMiddle_IsUnknown()
    {
        await using var service = new ScriptedService(_ => "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n<DeleteStack");
        await using var cloud = On(service.Url);
        Assert.Equal(OutcomeKind.Unknown, (await DeleteAsync(cloud)).Kind);
    }

    [Fact]
    public async Task Effect_WhenNoAnswerComesInTime_IsUnknown()
    {
        await using var service = new ScriptedService(_ => "");
        await using var cloud = On(service.Url, TimeSpan.FromSeconds(1));
        var outcome = await DeleteAsync(cloud);
        Assert.Equal((OutcomeKind.Unknown, "timeout"), (outcome.Kind, outcome.ErrorSlug));
    }

    [Fact]
    public async Task Effect_WhenThePermissionHasLapsed_SendsNothing()
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(200, "text/xml", "<DeleteStackResponse/>"));
        await using var cloud = On(service.Url);
        var outcome = await cloud.CallAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" }, beforeSend: () => false);
        Assert.Equal((OutcomeKind.NotStarted, "start-lease-expired"), (outcome.Kind, outcome.ErrorSlug));
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Effect_AsksForItsPermissionOnce_AndOnlyWhenItsConnectionStands()
    {
        var asked = 0;
        await using var service = new ScriptedService(_ => ScriptedService.Http(200, "text/xml", "<DeleteStackResponse/>"));
        await using var cloud = On(service.Url);
        var outcome = await cloud.CallAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" }, beforeSend: () =>
        {
            Assert.Empty(service.Requests);
            return ++asked == 1;
        });
        Assert.Equal((OutcomeKind.Succeeded, 1), (outcome.Kind, asked));
    }

    [Fact]
    public async Task Effect_WhoseAnswerWasLost_HasSucceededWhenALookProvesIt()
    {
        await using var service = new ScriptedService(request => IsDeletion(request) ? null : ScriptedService.Http(400, "text/xml", Error("ValidationError").Replace("said so", "Stack cost-explorer does not exist", StringComparison.Ordinal)));
        await using var cloud = On(service.Url);
        var outcome = await DeleteAsync(cloud);
        Assert.Equal(OutcomeKind.Succeeded, outcome.Kind);
        Assert.Contains("looked at afterwards", outcome.ResultJson, StringComparison.Ordinal);
        Assert.Single(service.Requests, IsDeletion);
    }

    [Fact]
    public async Task Instances_WhoseAnswerWasLost_AreFoundByTheCallsOwnToken()
    {
        string? token = null;
        await using var service = new ScriptedService(request =>
        {
            if (!request.Contains("Action=RunInstances", StringComparison.Ordinal))
                return ScriptedService.Http(200, "text/xml", request.Contains($"Filter.1.Value.1={token}", StringComparison.Ordinal) ? "<r><reservationSet><item><reservationId>r-1</reservationId></item></reservationSet></r>" : "<r/>");
            token = request.Split("ClientToken=")[1].Split('&')[0];
            return null;
        });
        await using var cloud = On(service.Url);
        Assert.Equal(OutcomeKind.Succeeded, (await cloud.CallAsync("ec2", "RunInstances", new { MinCount = 1, MaxCount = 1 })).Kind);
    }

    [Fact]
    public async Task Effect_WhenNobodyListens_IsNotStarted()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}";
        closed.Stop();
        await using var cloud = On(url);
        Assert.Equal((OutcomeKind.NotStarted, "credentials-unavailable"), await DeleteAsync(cloud) is var outcome ? (outcome.Kind, outcome.ErrorSlug) : default);
    }

    [Fact]
    public async Task Read_WhenTheServiceOnlyAsksForPatience_IsRepeated()
    {
        var asked = 0;
        await using var service = new ScriptedService(_ => Interlocked.Increment(ref asked) switch
        {
            1 => ScriptedService.Http(400, "text/xml", Error("Throttling")),
            2 => null,
            _ => ScriptedService.Http(200, "text/xml", "<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>"),
        });
        await using var cloud = On(service.Url);
        Assert.Equal(OutcomeKind.Succeeded, (await cloud.CallAsync("cloudformation", "DescribeStacks")).Kind);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Read_ThatNeverGetsAnAnswer_HasFailed()
    {
        await using var service = new ScriptedService(_ => null);
        await using var cloud = On(service.Url);
        Assert.Equal((OutcomeKind.Failed, 3), ((await cloud.CallAsync("cloudformation", "DescribeStacks")).Kind, service.Requests.Count));
    }

    [Fact]
    public async Task Answer_ThatRepeatsTheConnectorsKeys_IsRedacted()
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(400, "text/xml", Error("Odd").Replace("said so", "own-canary-secret assumed-canary-secret assumed-canary-token", StringComparison.Ordinal)));
        await using var cloud = On(service.Url);
        Assert.DoesNotContain("canary", (await DeleteAsync(cloud)).ErrorDetail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Effect_SentForTheSameCall_CarriesTheSameIdempotencyToken()
    {
        await using var service = new ScriptedService(_ => ScriptedService.Http(200, "text/xml", "<r/>"));
        await using var cloud = On(service.Url);
        foreach (var id in (string[])["call-a", "call-a", "call-b"]) await cloud.CallAsync("ec2", "RunInstances", new { MinCount = 1, MaxCount = 1 }, callId: id);
        var tokens = service.Requests.Select(request => request.Split('&').Single(pair => pair.StartsWith("ClientToken=", StringComparison.Ordinal))).ToList();
        Assert.Equal(tokens[0], tokens[1]);
        Assert.NotEqual(tokens[0], tokens[2]);
    }
}
