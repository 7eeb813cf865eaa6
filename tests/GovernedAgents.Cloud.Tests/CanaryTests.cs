using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using GovernedAgents.Cloud.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests;

/// <summary>Secrets are planted wherever the product meets some, and then looked for in everything that it wrote: data folder, logs, answers, traces.</summary>
public sealed partial class CanaryTests(MotoServer moto) : IClassFixture<MotoServer>
{
    /// <summary>Found because the environment's <c>redact</c> has a pattern for it.</summary>
    private const string Pattern = "canary-pattern-7c1e";
    private const string Parameter = "canary-of-a-parameter";
    private const string Password = "canary-of-a-password";

    [Fact]
    public async Task Secrets_StandInNothingThatTheProductWrote()
    {
        await using var hands = new Hands(moto);
        await hands.DoAsync("ssm", "PutParameter", new { Name = "/costs/key", Value = Parameter, Type = "String" });
        await hands.DoAsync("s3", "CreateBucket", new { Bucket = "leaks", CreateBucketConfiguration = new { LocationConstraint = MotoServer.Region } });
        await hands.DoAsync("s3", "PutObject", new { Bucket = "leaks", Key = "notes", Body = $"the key is {moto.Secret} and {Pattern}" });
        var key = (await hands.DoAsync("kms", "CreateKey", new { Description = $"of {Pattern}" })).GetProperty("KeyMetadata").GetProperty("KeyId").GetString();

        using var cloud = new GuardedCloud(moto);
        cloud.AddTools(await Infra.WriteAsync(cloud.At.Config, moto));
        using var telemetry = new TelemetryKeeper();
        using var answers = new AnswerKeeper();
        using var api = new Api(cloud.At, answers);
        string log;
        await using (var silo = await SiloProcess.StartAsync(cloud.At, cloud.At.Api, cloud.At.Management, $"--OTEL_EXPORTER_OTLP_ENDPOINT={telemetry.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--Logging:LogLevel:Default=Debug"))
        {
            await moto.RecordAsync();
            await MeetSecretsAsync(api, key);
            await Eventually.TrueAsync(() => Task.FromResult(telemetry.Holds("call execute") && telemetry.Holds("infra.plan")), "the traces of the calls arrive");
            await silo.StopAsync();
            log = silo.Log;
        }

        var written = new List<(string Where, byte[] Bytes)> { ("the log", Encoding.UTF8.GetBytes(log)) };
        written.AddRange(answers.Answers.Select(answer => ("an answer", answer)));
        written.AddRange(telemetry.Received.Select(record => ("telemetry", record)));
        // A saved plan is a secret itself, and kept like one.
        foreach (var file in Directory.EnumerateFiles(cloud.At.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".tfplan", StringComparison.Ordinal) && !file.Contains("/providers/", StringComparison.Ordinal)))
            written.Add((file, await File.ReadAllBytesAsync(file)));

        string[] secrets = [moto.Secret, Parameter, Password, Pattern, Infra.Canary, .. (await moto.RecordedAsync()).SelectMany(request => SessionToken().Matches(request)).Select(found => found.Groups[1].Value).Distinct(StringComparer.Ordinal)];
        Assert.True(secrets.Length > 5, "No session token was seen in the cloud's record, so its absence would prove nothing.");
        foreach (var secret in secrets)
        {
            var spellings = new[] { secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), Uri.EscapeDataString(secret) };
            var found = written.Where(one => spellings.Any(text => one.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)).Select(one => one.Where).Distinct().ToList();
            Assert.True(found.Count == 0, $"'{secret[..8]}…' stands in: {string.Join(", ", found)}");
        }

        // The search does find what is there: the agent's own words and what it asked for.
        foreach (var (where, text) in (IEnumerable<(string, string)>)[("journal.db", "as its prompt says"), ("an answer", "aws_dynamodb_table.courses"), ("telemetry", "infra.plan"), ("journal.db", "/costs/key")])
            Assert.True(written.Any(one => one.Where.Contains(where, StringComparison.Ordinal) && one.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0), $"'{text}' is not found in {where}: the search is blind.");
    }

    /// <summary>Results, errors, cards and arguments that hold secrets, in calls that run, fail, are held and are refused.</summary>
    private async Task MeetSecretsAsync(Api api, string? key)
    {
        var agent = await Agent.StartAsync(api);
        await agent.ReadAsync("ssm", "GetParameter", new { Name = "/costs/key" });
        Assert.Contains("[redacted]", (await agent.ReadAsync("s3", "GetObject", new { Bucket = "leaks", Key = "notes" })).GetRawText(), StringComparison.Ordinal);
        Agent.Held(await agent.CloudAsync("kms", "ScheduleKeyDeletion", new { KeyId = key, PendingWindowInDays = 7 }));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await agent.CloudAsync("s3", "PutObject", new { Bucket = "leaks", Key = "copy", Body = $"{moto.Secret}" })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await agent.CloudAsync("ssm", "GetParameter", new { Name = Pattern })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await agent.CloudAsync("rds", "ModifyDBInstance", new { DBInstanceIdentifier = "ledger", MasterUserPassword = Password })).Status);
        Assert.Equal("failed", (await agent.CloudAsync("dynamodb", "DescribeTable", new { TableName = "none" })).Get("state"));
        var plan = Agent.Succeeded(await agent.EndedAsync((await agent.AskAsync("infra.plan", new { })).Get("id")!)).GetProperty("plan").GetString();
        var applied = await agent.EndedAsync((await agent.AskAsync("infra.apply", new { plan })).Get("id")!);
        Assert.True(applied.Get("state") == "succeeded", applied.Text);
        await api.ExportAsync();
    }

    [GeneratedRegex("\"X-Amz-Security-Token\": \"([^\"]+)\"", RegexOptions.IgnoreCase)]
    private static partial Regex SessionToken();
}
