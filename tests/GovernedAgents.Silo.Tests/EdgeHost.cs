using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Silo.Tests;

/// <summary>The real edge on real sockets; only what is behind it is faked.</summary>
public sealed class EdgeHost : IAsyncLifetime
{
    public const string Session = "ses_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private readonly string _folder = Directory.CreateTempSubdirectory("silo-tests-").FullName;
    private WebApplication? _app;

    public TokenForge Forge { get; } = new();
    public FakeGrains Grains { get; } = FakeGrains.Make();
    public Fake<IReadModel> ReadModel { get; } = Fake.Of<IReadModel>();
    public Fake<IReadiness> Readiness { get; } = Fake.Of<IReadiness>();
    public Fake<IToolRegistry> Tools { get; } = Fake.Of<IToolRegistry>();
    public HttpClient Client { get; private set; } = null!;
    public HttpClient Management { get; private set; } = null!;
    public string JwksPath => Path.Combine(_folder, "jwks.json");
    public IServiceProvider Services => _app!.Services;
    public string[] Settings { get; init; } = [];

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(JwksPath, Forge.Jwks);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = "Development",
            Args = ["--urls=http://127.0.0.1:0", "--Governance:ManagementUrls=http://127.0.0.1:0", $"--Governance:DataPath={_folder}",
                $"--Governance:Identity:JwksPath={JwksPath}", $"--Governance:Identity:Issuer={TokenForge.Issuer}", .. Settings],
        });
        builder.Logging.ClearProviders();
        builder.AddGovernanceApi();
        var people = Fake.Of<IPeople>().On("Resolve", args => args[0] is Principal { Subject: var sub } principal
            ? new PersonStanding { Person = sub, Groups = principal.Groups, Disabled = sub == "disabled" } : null);
        var configuration = Fake.Of<IConfigurationView>().On("get_EnvironmentNames", _ => new[] { "prod" }).On("get_AgentNames", _ => new[] { "bot" }).On("get_PolicyNames", _ => new[] { "strict" });
        builder.Services.AddSingleton(Grains.Factory).AddSingleton(ReadModel.It).AddSingleton(Readiness.It).AddSingleton(Tools.It).AddSingleton(people.It).AddSingleton(configuration.It).AddSingleton(Fake.Of<IPolicySimulation>().It)
            .AddSingleton(Fake.Of<IJournal>().It).AddSingleton<AuditExport>()
            .AddSingleton(s => new JournalClock(s.GetRequiredService<TimeProvider>()))
            .AddSingleton(s => new CheckpointWriter(s.GetRequiredService<IJournal>(), s.GetRequiredService<JournalClock>(), Path.Combine(_folder, "checkpoints"), Path.Combine(_folder, "checkpoint.pem")));
        _app = builder.Build();
        _app.UseGovernanceEdge();
        _app.MapGovernanceApi();
        await _app.StartAsync();
        var addresses = _app.Urls.ToArray();
        Client = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        Management = new HttpClient { BaseAddress = new Uri(addresses[1]) };
        Grains.Place<IAgentSessionGrain>(Session).On("ReadAsync", _ => Task.FromResult<SessionSnapshot?>(Active(Session)));
    }

    public static SessionSnapshot Active(string id, SessionStatus state = SessionStatus.Active) => new()
    {
        Id = id, Agent = "bot", Starter = "alice", State = state, Tier = AutonomyTier.Supervised,
        CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1),
    };

    public string SessionToken(string id = Session) => Services.GetRequiredService<SessionTokens>().Issue(id, TimeProvider.System.GetUtcNow().AddMinutes(5));

    public Task<Reply> SendAsync(string method, string path, string? token, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, token, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<Reply> SendAsync(string method, string path, string? token, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Reply((int)response.StatusCode, isJson ? JsonNode.Parse(text) : null, text, response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        Management?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        Forge.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed record Reply(int Status, JsonNode? Json, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public string? Slug => Json is JsonObject body ? body["slug"]?.GetValue<string>() : null;

    /// <summary>That this is the problem, whole: status, slug, type, media type.</summary>
    public void IsProblem(int status, string slug)
    {
        Assert.Equal((status, slug), (Status, Slug));
        Assert.Equal("/problems/" + slug, Json!["type"]!.GetValue<string>());
        Assert.Equal(status, Json["status"]!.GetValue<int>());
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.NotEmpty(Json["detail"]!.GetValue<string>());
    }
}
