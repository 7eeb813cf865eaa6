using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Connectors.Terraform;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Terraform;

/// <summary>The real command over a folder with a built-in resource, whose state stands in that folder.</summary>
public sealed class PlanTests : IAsyncDisposable
{
    private const string Canary = "canary-plan-secret";
    private readonly string _folder = Directory.CreateTempSubdirectory("terraform-connector-").FullName;
    private readonly string _directory;
    private IConnector _connector;

    public PlanTests()
    {
        _directory = Path.Combine(_folder, "infra");
        Directory.CreateDirectory(_directory);
        File.WriteAllText(Path.Combine(_folder, "secret"), Canary + "\n");
        Configure("one", "two");
        _connector = Connect();
    }

    private void Configure(params string[] names)
    {
        var resources = string.Join("\n", names.Select(name => $"resource \"terraform_data\" \"{name}\" {{ input = \"${{var.token}}-{name}\" }}"));
        File.WriteAllText(Path.Combine(_directory, "main.tf"), $$"""
        variable "token" {
          type      = string
          sensitive = true
        }
        {{resources}}
        resource "terraform_data" "kept" { triggers_replace = "{{string.Join("+", names)}}" }
        """);
    }

    private IConnector Connect() => new TerraformConnectorFactory(TimeProvider.System).Create(new ConnectorSettings
    {
        Environment = "e", Name = "infra", Kind = "terraform", WorkingDirectory = _folder, StatePath = Path.Combine(_folder, "state"), Timeout = TimeSpan.FromMinutes(2),
        SecretFiles = new Dictionary<string, string> { ["TF_VAR_token"] = "secret" },
        Options = new Dictionary<string, string> { ["directory"] = "infra", ["directoryHash"] = DirectoryHash.Of(_directory) },
    });

    private async Task ReconnectAsync()
    {
        await _connector.DisposeAsync();
        _connector = Connect();
    }

    private Task<ExecutionOutcome> RunAsync(string tool, object arguments, Func<bool>? beforeSend = null) => _connector.ExecuteAsync(new ExecutionRequest
    {
        CallId = "call-1", Tool = _connector.Tools[$"infra.{tool}"], Arguments = JsonSerializer.SerializeToElement(arguments), Effect = EffectClass.Destroy, BeforeSend = beforeSend ?? (() => true),
    }, CancellationToken.None);

    private async Task<JsonNode> PlanAsync(bool destroy = false)
    {
        var outcome = await RunAsync("plan", new { destroy });
        Assert.True(outcome.Kind == OutcomeKind.Succeeded, outcome.ErrorDetail);
        return JsonNode.Parse(outcome.ResultJson!)!;
    }

    private Task<CallPreview?> PreviewAsync(string tool, JsonNode plan) =>
        _connector.PreviewAsync(_connector.Tools[$"infra.{tool}"], JsonSerializer.SerializeToElement(new { plan = (string)plan["plan"]! }), CancellationToken.None);

    private Task<string?> FingerprintAsync(string tool, JsonNode plan) =>
        _connector.FingerprintAsync(_connector.Tools[$"infra.{tool}"], JsonSerializer.SerializeToElement(new { plan = (string)plan["plan"]! }), CancellationToken.None);

    private string Fault(string tool, JsonNode plan) => Assert.Single(_connector.Check(_connector.Tools[$"infra.{tool}"], JsonSerializer.SerializeToElement(new { plan = (string)plan["plan"]! }))).Detail;

    private CallClassification Classify(string tool, JsonNode plan) => _connector.Classify(_connector.Tools[$"infra.{tool}"], JsonSerializer.SerializeToElement(new { plan = (string)plan["plan"]! }));

    [Fact]
    public async Task Plan_IsShownResourceByResource_AndAppliedOnce()
    {
        var plan = await PlanAsync();
        Assert.Equal((3, 0, 0), ((int)plan["creates"]!, (int)plan["replaces"]!, (int)plan["deletes"]!));
        Assert.Contains("create terraform_data.one", plan["changes"]!.AsArray().Select(change => (string?)change));
        Assert.Equal(("terraform:apply", "infra", EffectClass.Mutate), Classify("apply", plan) is var made ? (made.Action, made.Resource, made.Effect) : default);
        var shown = await PreviewAsync("apply", plan);
        Assert.Equal(3, shown!.Creates);
        Assert.Equal(shown.Fingerprint, await FingerprintAsync("apply", plan));
        var done = await RunAsync("apply", new { plan = (string)plan["plan"]! });
        Assert.True(done.Kind == OutcomeKind.Succeeded, done.ErrorDetail);
        Assert.Contains("3 added", done.ResultJson, StringComparison.Ordinal);
        Assert.Equal("plan-gone", (await RunAsync("apply", new { plan = (string)plan["plan"]! })).ErrorSlug);
        Assert.Contains("carried out already", Fault("apply", plan), StringComparison.Ordinal);
    }

    /// <summary>Incident 4: everything that would go stands on the card, and a plan that replaces is not taken for a change.</summary>
    [Fact]
    public async Task Plan_ThatDeletesOrReplaces_IsDestroy()
    {
        var first = await PlanAsync();
        Assert.Equal(OutcomeKind.Succeeded, (await RunAsync("apply", new { plan = (string)first["plan"]! })).Kind);
        var all = await PlanAsync(destroy: true);
        var shown = (await PreviewAsync("destroy", all))!;
        Assert.Equal((3, EffectClass.Destroy), (shown.Deletes, Classify("destroy", all).Effect));
        Assert.Equal(["delete terraform_data.kept", "delete terraform_data.one", "delete terraform_data.two"], shown.Items.Order(StringComparer.Ordinal));
        Assert.Contains("carried out by infra.destroy", Fault("apply", all), StringComparison.Ordinal);

        Configure("one");
        await ReconnectAsync();
        var fewer = await PlanAsync();
        Assert.Equal((1, 1, EffectClass.Destroy), ((int)fewer["deletes"]!, (int)fewer["replaces"]!, Classify("apply", fewer).Effect));
        Assert.NotEqual(shown.Fingerprint, await FingerprintAsync("destroy", all));
        Assert.Contains("has changed since", Fault("destroy", all), StringComparison.Ordinal);
        Assert.Equal("plan-stale", (await RunAsync("destroy", new { plan = (string)all["plan"]! })).ErrorSlug);
    }

    [Fact]
    public async Task Plan_ThatAnotherChangeOvertook_IsNotCarriedOut()
    {
        var (early, late) = (await PlanAsync(), await PlanAsync());
        Assert.Equal(OutcomeKind.Succeeded, (await RunAsync("apply", new { plan = (string)late["plan"]! })).Kind);
        var refused = await RunAsync("apply", new { plan = (string)early["plan"]! });
        Assert.Equal((OutcomeKind.Failed, "terraform-error"), (refused.Kind, refused.ErrorSlug));
        Assert.NotEqual((string?)(await PreviewAsync("apply", early))!.Fingerprint, await FingerprintAsync("apply", early));
        Assert.Contains("will not be carried out", (await PreviewAsync("apply", early))!.Summary, StringComparison.Ordinal);
        Assert.Equal("plan-stale", (await RunAsync("apply", new { plan = (string)early["plan"]! })).ErrorSlug);
        var arguments = JsonSerializer.SerializeToElement(new { plan = (string)early["plan"]! });
        var found = await _connector.ReconcileAsync(new ExecutionRequest { CallId = "c", Tool = _connector.Tools["infra.apply"], Arguments = arguments, Effect = EffectClass.Mutate, BeforeSend = () => false }, CancellationToken.None);
        Assert.Equal(OutcomeKind.Succeeded, found!.Kind);
    }

    [Fact]
    public async Task Apply_WhenThePermissionHasLapsed_StartsNothing()
    {
        var plan = await PlanAsync();
        Assert.Equal((OutcomeKind.NotStarted, "start-lease-expired"), await RunAsync("apply", new { plan = (string)plan["plan"]! }, () => false) is var outcome ? (outcome.Kind, outcome.ErrorSlug) : default);
        Assert.False(File.Exists(Path.Combine(_directory, "terraform.tfstate")));
    }

    [Fact]
    public async Task Plan_WhoseBytesWereChanged_IsNotCarriedOut()
    {
        var plan = await PlanAsync();
        await File.AppendAllTextAsync(Directory.EnumerateFiles(Path.Combine(_folder, "state", "plans"), "*.tfplan").Single(), "x");
        Assert.Equal("plan-changed", (await RunAsync("apply", new { plan = (string)plan["plan"]! })).ErrorSlug);
    }

    /// <summary>No fingerprint equals one that could not be taken: the approval is void.</summary>
    [Fact]
    public async Task World_ThatCannotBePlannedBeforeTheStart_HasNoFingerprint()
    {
        var plan = await PlanAsync();
        Configure("one");
        Assert.Null(await FingerprintAsync("apply", plan));
    }

    [Fact]
    public async Task Plan_OfADirectoryThatIsNotThePinnedOne_IsNotMade()
    {
        Configure("one", "two", "three");
        Assert.Equal("directory-changed", (await RunAsync("plan", new { })).ErrorSlug);
        await _connector.StartAsync(CancellationToken.None);
        Assert.Contains("options.directoryHash", _connector.Tools["infra.plan"].HeldBack, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_StandInThePlanAndNowhereElse()
    {
        var plan = await PlanAsync();
        var shown = (await PreviewAsync("apply", plan))!;
        Assert.DoesNotContain(Canary, plan.ToJsonString() + shown.Summary + string.Join("\n", shown.Items), StringComparison.Ordinal);
        var manifest = Directory.EnumerateFiles(Path.Combine(_folder, "state", "plans"), "*.json").Single();
        Assert.DoesNotContain(Canary, await File.ReadAllTextAsync(manifest), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "state", "plans"))) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        var done = await RunAsync("apply", new { plan = (string)plan["plan"]! });
        Assert.DoesNotContain(Canary, done.ResultJson, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _connector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
