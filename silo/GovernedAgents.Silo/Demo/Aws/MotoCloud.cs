using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using GovernedAgents.Connectors.Aws;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Demo.Aws;

/// <summary>
/// A real moto_server: the AWS API of cn-north-1 with state, in which every request is signed and judged by IAM from the sixth on. Holds production of Cost Explorer (China), and keeps its
/// own record of every request that arrives.
/// </summary>
internal sealed class MotoCloud : IAsyncDisposable
{
    private const string Role = "arn:aws-cn:iam::123456789012:role/agents";
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly Process _process;
    private readonly string _folder;
    private IConnector? _hands;
    private int _calls;

    private MotoCloud(Process process, string url, string folder) => (_process, Url, _folder) = (process, url, folder);

    public string Url { get; }
    public string Template { get; private set; } = "";

    /// <param name="folder">Gets the gate's key, in files <c>aws-id</c> and <c>aws-secret</c>.</param>
    /// <exception cref="IOException">There is no moto_server on this machine, or it does not come up.</exception>
    public static async Task<MotoCloud> StartAsync(string url, string folder)
    {
        var start = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", $"{new Uri(url).Port}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["INITIAL_NO_AUTH_ACTION_COUNT"] = "5";
        start.Environment["MOTO_RECORDER_FILEPATH"] = Path.Combine(folder, "moto-record");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new IOException("This demo plays on moto_server, which this machine does not have. Install it (pip install 'moto[server]'), or play '-- demo', which needs nothing.");
        }

        var cloud = new MotoCloud(process, url, folder);
        var running = new TaskCompletionSource();
        process.ErrorDataReceived += (_, line) => { if (line.Data?.Contains("Running on", StringComparison.Ordinal) == true) running.TrySetResult(); };
        process.OutputDataReceived += (_, _) => { };
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => running.TrySetException(new IOException("moto_server ended at once."));
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            await running.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await cloud.SetUpAsync();
            return cloud;
        }
        catch
        {
            await cloud.DisposeAsync();
            throw;
        }
    }

    /// <summary>The call with the account's key in hand and no gate.</summary>
    public async Task<(bool Succeeded, JsonElement Result)> DoAsync(string service, string action, object parameters)
    {
        var outcome = await _hands!.ExecuteAsync(new ExecutionRequest
        {
            CallId = $"ungoverned-{++_calls}", Tool = _hands.Tools["cloud.call"], Effect = EffectClass.Destroy, BeforeSend = () => true,
            Arguments = JsonSerializer.SerializeToElement(new { service, action, region = "cn-north-1", parameters }),
        }, CancellationToken.None);
        return (outcome.Kind == OutcomeKind.Succeeded, outcome.ResultJson is { } json ? JsonDocument.Parse(json).RootElement : default);
    }

    /// <summary>How many cost records production holds.</summary>
    public async Task<int> RecordsAsync() => await DoAsync("dynamodb", "Scan", new { TableName = "ce-costs" }) is (true, var found) ? found.GetProperty("Items").GetArrayLength() : 0;

    /// <summary>Requests of this action that arrived, by moto's own record.</summary>
    public async Task<int> ArrivedAsync(string action) =>
        (await _http.GetStringAsync($"{Url}/moto-api/recorder/download-recording")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => $"{BodyOf(line)}&".Contains($"Action={action}&", StringComparison.Ordinal));

    private static string BodyOf(string line)
    {
        var request = JsonNode.Parse(line)!;
        var body = (string?)request["body"] ?? "";
        return (bool?)request["body_encoded"] == true ? Encoding.UTF8.GetString(Convert.FromBase64String(body)) : body;
    }

    public async ValueTask DisposeAsync()
    {
        if (_hands is not null) await _hands.DisposeAsync();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _http.Dispose();
    }

    private async Task SetUpAsync()
    {
        const string anybody = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}""";
        const string assume = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}""";
        const string all = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
        await IamAsync(("Action", "CreateUser"), ("UserName", "gate"));
        var key = XDocument.Parse(await IamAsync(("Action", "CreateAccessKey"), ("UserName", "gate")));
        await IamAsync(("Action", "PutUserPolicy"), ("UserName", "gate"), ("PolicyName", "assume"), ("PolicyDocument", assume));
        await IamAsync(("Action", "CreateRole"), ("RoleName", "agents"), ("AssumeRolePolicyDocument", anybody));
        await IamAsync(("Action", "PutRolePolicy"), ("RoleName", "agents"), ("PolicyName", "all"), ("PolicyDocument", all));
        string Part(string name) => key.Descendants().First(entry => entry.Name.LocalName == name).Value;
        await File.WriteAllTextAsync(Path.Combine(_folder, "aws-id"), Part("AccessKeyId"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "aws-secret"), Part("SecretAccessKey"));
        _hands = new AwsConnectorFactory(TimeProvider.System).Create(new ConnectorSettings
        {
            Environment = "ungoverned", Name = "cloud", Kind = AwsConnectorFactory.KindName, Url = Url, WorkingDirectory = _folder, StatePath = _folder,
            SecretFiles = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "aws-id", ["AWS_SECRET_ACCESS_KEY"] = "aws-secret" },
            Options = new Dictionary<string, string> { ["role"] = Role, ["regions"] = "cn-north-1" },
        });

        var (_, images) = await DoAsync("ec2", "DescribeImages", new { MaxResults = 5 });
        Template = $$$"""
            {"Resources":{
              "Api":{"Type":"AWS::EC2::Instance","Properties":{"ImageId":"{{{images.GetProperty("Images")[0].GetProperty("ImageId").GetString()}}}","InstanceType":"t3.micro"}},
              "Reports":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"ce-reports"}},
              "Costs":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"ce-costs","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}
            }}
            """;
        await DoAsync("cloudformation", "CreateStack", new { StackName = "cost-explorer", TemplateBody = Template });
        foreach (var month in Enumerable.Range(1, 12))
            await DoAsync("dynamodb", "PutItem", new { TableName = "ce-costs", Item = new { id = new { S = $"2025-{month:00}" }, cost = new { N = $"{40 + month}" } } });
        using var recording = await _http.PostAsync(new Uri($"{Url}/moto-api/recorder/start-recording"), null);
        recording.EnsureSuccessStatusCode();
    }

    /// <summary>Unsigned: the first requests, before IAM judges.</summary>
    private async Task<string> IamAsync(params (string Name, string Value)[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url);
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=setup/20260101/cn-north-1/iam/aws4_request, SignedHeaders=host, Signature=0");
        request.Content = new FormUrlEncodedContent(parameters.Append(("Version", "2010-05-08")).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }
}
