using System.Text.Json.Nodes;
using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Hosted;

/// <summary>A silo that runs agents itself, and the model that they ask: a process that answers by a script, each test by the words of its own goal.</summary>
public sealed class HostedHost : AgentHost
{
    public const string Fixer = "hosted-fixer", Planner = "hosted-planner", Worker = "hosted-worker", Frugal = "hosted-frugal", Stranded = "hosted-stranded", Key = "sk-hosted-4711";
    private ScriptedModel _model = null!;
    private int _keys;

    private static string Stack(string name) => $$"""{"environment":"{{Environment}}","stack":"{{name}}"}""";
    private static readonly string Read = $$"""{"environment":"{{Environment}}"}""";

    private static JsonObject Says(string user, int turn, string text) => new JsonObject
    {
        ["match"] = new JsonObject { ["userMessage"] = user, ["turnIndex"] = turn }, ["response"] = new JsonObject { ["content"] = text },
    };

    private static JsonNode Using(JsonNode fixture, int tokens)
    {
        fixture["response"]!["usage"] = new JsonObject { ["prompt_tokens"] = tokens - 1, ["completion_tokens"] = 1, ["total_tokens"] = tokens };
        return fixture;
    }

    private static string Delegated(string agent, string goal, string tier = "supervised") => $$"""{"agent":"{{agent}}","goal":"{{goal}}","tier":"{{tier}}"}""";

    public override async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.StartAsync(
        [
            Using(ScriptedModel.Asks("mend web", 0, ("ops__list_stacks", Read)), 100), Using(ScriptedModel.Asks("mend web", 1, ("ops__delete_stack", Stack("web"))), 100), Using(Says("mend web", 2, "Mended."), 100),
            ScriptedModel.Asks("remove api", 0, ("ops__delete_stack", Stack("api"))), Says("remove api", 1, "Removed or not."),
            ScriptedModel.Asks("plan the works", 0, ("delegate", Delegated(Worker, "worker one, look", "autonomous")), ("delegate", Delegated(Worker, "worker two, remove ingest")), ("delegate", Delegated(Fixer, "escape"))),
            Says("plan the works", 1, "All is done."),
            ScriptedModel.Asks("worker one", 0, ("ops__list_stacks", Read)), Says("worker one", 1, "Seen."),
            ScriptedModel.Asks("worker two", 0, ("ops__delete_stack", Stack("ingest"))), Says("worker two", 1, "Gone."),
            .. Enumerable.Range(0, 12).Select(turn => ScriptedModel.Asks("go on for ever", turn, ("ops__list_stacks", Read))),
            .. Enumerable.Range(0, 12).Select(turn => Using(ScriptedModel.Asks("talk a lot", turn, ("ops__list_stacks", Read)), 600)),
            ScriptedModel.Asks("plan without end", 0, ("delegate", Delegated(Frugal, "go on for ever"))), Says("plan without end", 1, "Never said."),
            ScriptedModel.Asks("leak", 0, ("ops__describe_stack", Stack(Key)), ("ops__no_such_tool", "{}"), ("ops__list_stacks", """{"environment":7}""")), Says("leak", 1, "Nothing leaked."),
        ]);
        await base.InitializeAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "config", "model-key"), Key + "\n");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _model.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public async Task<string> RunAsync(string agent, string goal, string tier = "supervised") =>
        (await SendAsync("POST", "/v1/sessions", Developer, new { agent, goal, tier }, ("Idempotency-Key", $"hosted-{Interlocked.Increment(ref _keys)}")))["id"]!.GetValue<string>();

    public Task<JsonNode> SessionAsync(string id) => SendAsync("GET", $"/v1/sessions/{id}", Operator);

    public Task<JsonNode> ConversationAsync(string id) => SendAsync("GET", $"/v1/sessions/{id}/conversation", Developer);

    public Task<JsonNode> EndedAsync(string id) => UntilAsync(() => SessionAsync(id), session => session["state"]!.GetValue<string>() == "ended", "the session ends");

    /// <summary>The session's call that waits for people.</summary>
    public async Task<JsonNode> HeldAsync(string session) =>
        (await UntilAsync(async () => await CallsAsync(session), calls => calls.AsArray().Any(IsHeld), "a call is held")).AsArray().First(IsHeld)!;

    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> fits, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            var seen = await look();
            if (fits(seen)) return seen;
            if (limit.IsCancellationRequested) Assert.Fail($"Not in a minute: {what}. Last seen: {seen}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static bool IsHeld(JsonNode? call) => call!["state"]!.GetValue<string>() == "pending_review";

    private string Hosted(string name, string more) => $$"""
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: {{name}} }
        spec:
          owner: group:platform
          tierCeiling: supervised
          environments: ["cost-explorer-*"]
          startedBy: [group:developers]
          hosted: { endpoint: "{{_model.Address}}", model: gpt-4o, key: { file: model-key }, {{more}} }
        """;

    protected override string Configuration => string.Join('\n', base.Configuration,
        Hosted(Fixer, $"environment: {Environment}, instructions: Be careful., budget: {{ steps: 10, tokens: 5000, time: 1h }}"),
        Hosted(Worker, $"environment: {Environment}"),
        Hosted(Frugal, $"environment: {Environment}, budget: {{ steps: 4, tokens: 1000 }}"),
        Hosted(Planner, $"delegatesTo: [{Worker}, {Frugal}], budget: {{ steps: 9 }}"),
        Hosted("hosted-tight-planner", $"delegatesTo: [{Frugal}], budget: {{ steps: 3 }}"),
        Hosted(Stranded, $"environment: {Environment}").Replace(_model.Address.ToString(), "http://127.0.0.1:9/v1", StringComparison.Ordinal));
}
