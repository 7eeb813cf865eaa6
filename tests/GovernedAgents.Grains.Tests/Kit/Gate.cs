using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace GovernedAgents.Grains.Tests.Kit;

/// <summary>A silo in this process on the embedded storage of a folder of its own, with a connector in the test's hands.</summary>
internal sealed class Gate : IAsyncDisposable
{
    public const string Production = "prod";
    private readonly InProcessTestCluster _cluster;
    private readonly bool _ownsFolder;

    private Gate(InProcessTestCluster cluster, ScriptedConnector connector, string folder, bool ownsFolder) => (_cluster, Connector, Folder, _ownsFolder) = (cluster, connector, folder, ownsFolder);

    public ScriptedConnector Connector { get; }
    public string Folder { get; }
    public IGrainFactory Grains => _cluster.Client;
    public IServiceProvider Services => _cluster.Silos[0].ServiceProvider;
    public IJournal Journal => Services.GetRequiredService<IJournal>();
    public IReadModel ReadModel => Services.GetRequiredService<IReadModel>();
    public IEnvironmentGrain Environment => Grains.GetGrain<IEnvironmentGrain>(Production);
    public IEnvironmentUpkeep Upkeep => Grains.GetGrain<IEnvironmentUpkeep>(Production);
    public IAgentSessionGrain Session(string id) => Grains.GetGrain<IAgentSessionGrain>(id);

    /// <param name="beside">Its journal and connector are used: two silos that know nothing of each other, each with an activation of its own of every grain.</param>
    /// <param name="tool">More members of the tool source, in YAML.</param>
    /// <param name="leased">Shared limits as in a cluster.</param>
    public static async Task<Gate> StartAsync(string? folder = null, string? policy = null, ScriptedConnector? connector = null, Gate? beside = null, string? tool = null, bool leased = false)
    {
        var owns = folder is null;
        folder ??= Directory.CreateTempSubdirectory("gate-").FullName;
        var config = Path.Combine(folder, "config");
        Directory.CreateDirectory(config);
        await File.WriteAllTextAsync(Path.Combine(config, "all.yaml"), Documents.Replace("http://127.0.0.1:1\"", "http://127.0.0.1:1\"" + (tool is null ? "" : ", " + tool), StringComparison.Ordinal) + (policy ?? DefaultPolicy));
        connector ??= beside?.Connector ?? new ScriptedConnector();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddEmbeddedJournal(folder, Path.Combine(folder, "checkpoints"), Path.Combine(folder, "keys", "checkpoint.pem"));
            silo.UseEmbeddedGrainStorage(folder);
            if (beside is not null) silo.Services.AddSingleton(beside.Journal).AddSingleton(beside.Services.GetRequiredService<JournalClock>());
            silo.Services.AddSingleton<IConnectorFactory>(connector);
            if (leased) silo.Services.AddLeasedLimits();
            silo.Services.AddGovernance(options => (options.ConfigPath, options.DataPath, options.Immediate) = (config, folder, true));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new Gate(cluster, connector, folder, owns);
    }

    public async Task<IAgentSessionGrain> SessionAsync(AutonomyTier tier = AutonomyTier.Supervised, string starter = "dana", string? parent = null)
    {
        var session = Grains.GetGrain<IAgentSessionGrain>($"ses_{Guid.NewGuid():N}");
        var answer = await session.StartAsync(new StartSession { Agent = "fixer", Tier = tier, Starter = Person(starter, "developers"), Parent = parent, RequestHash = "r" });
        Assert.Null(answer.Refusal);
        return session;
    }

    public static Principal Person(string name, params string[] groups) => new() { Issuer = "test", Subject = name, Groups = groups, ExpiresAt = DateTimeOffset.MaxValue };

    public static SubmitCall Call(string tool, string? id = null, object? arguments = null, bool dryRun = false) => new()
    {
        CallId = id ?? $"call_{Guid.NewGuid():N}", RequestHash = tool + dryRun, Environment = Production, Tool = $"t.{tool}", DryRun = dryRun, Wait = TimeSpan.FromSeconds(10),
        ArgumentsJson = System.Text.Encoding.UTF8.GetString(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(arguments ?? new { }))),
    };

    public Task<Answer<ApprovalSnapshot>> VoteAsync(string approvalId, string person, VoteDecision decision = VoteDecision.Approve, params string[] groups) =>
        VoteAsync(approvalId, person, signedIn: null, decision, groups);

    public async Task<Answer<ApprovalSnapshot>> VoteAsync(string approvalId, string person, DateTimeOffset? signedIn, VoteDecision decision = VoteDecision.Approve, params string[] groups)
    {
        var approval = Grains.GetGrain<IApprovalGrain>(approvalId);
        var shown = (await approval.ReadAsync())!;
        return await approval.VoteAsync(new CastVote
        {
            Voter = Person(person, groups.Length == 0 ? ["sre"] : groups) with { AuthenticatedAt = signedIn }, Decision = decision, Reason = "looked at it", CallHash = shown.CallHash, RenderHash = shown.RenderHash,
            PolicyVersion = shown.PolicyVersion, IfMatch = shown.RenderHash,
        });
    }

    /// <summary>The call once it is in one of these states; fails after 20 s, naming what was awaited.</summary>
    public async Task<CallSnapshot> UntilAsync(string callId, params CallStatus[] states)
    {
        long? version = null;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var call = await Environment.WatchAsync(callId, version, TimeSpan.FromSeconds(1)) ?? await ReadModel.FindCallAsync(callId, CancellationToken.None);
            if (call is not null && states.Contains(call.State)) return call;
            version = call?.Version;
            Assert.False(limit.IsCancellationRequested, $"Awaited {string.Join("|", states)} of {callId}; it is {call?.State}.");
        }
    }

    /// <summary>Stops the silo and leaves the folder, as a deployment would.</summary>
    public async Task StopAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    private const string Documents = """
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: fixer }
        spec: { owner: "group:platform", tierCeiling: autonomous, environments: ["*"], startedBy: ["group:developers"] }
        ---
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: prod }
        spec:
          class: production
          owners: ["group:owners"]
          access: ["group:developers"]
          policy: p
          intake: 100000/1s
          tools:
            - { connector: http, name: t, url: "http://127.0.0.1:1" }
        ---

        """;

    public const string DefaultPolicy = """
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: p }
        spec:
          baseline:
            observe: { read: allow }
            supervised: { read: allow, mutate: allow, privilege: review, destroy: review }
            autonomous: { read: allow, mutate: allow, privilege: review, destroy: review }
          review: { quorum: [ { from: ["group:sre"], approvals: 2 } ] }
          limits:
            - { id: writes, per: environment, match: { effect: [mutate] }, rate: 5/1h }
        """;
}
