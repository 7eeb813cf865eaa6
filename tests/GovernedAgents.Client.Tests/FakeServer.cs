using System.Collections.Concurrent;
using System.Net;
using System.Text;
using GovernedAgents.Cli;
using Microsoft.Extensions.Time.Testing;

namespace GovernedAgents.Client.Tests;

/// <summary>What arrived, copied before the message is disposed.</summary>
internal sealed record Arrived(string Method, string Path, string? Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>Answers in the order told; every exchange is kept. An unexpected request fails the test by name.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly Queue<Func<Arrived, CancellationToken, Task<HttpResponseMessage>>> _answers = new();
    public List<Arrived> Requests { get; } = [];
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));

    public FakeServer Then(Func<Arrived, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public FakeServer Then(int status, string body, params (string Name, string Value)[] headers) => Then((_, _) => Task.FromResult(Response(status, body, headers)));

    public FakeServer ThenBreak() => Then((_, _) => Task.FromException<HttpResponseMessage>(new HttpRequestException("Connection reset")));

    public GovernedAgentsClient Client(Action<GovernedAgentsClientOptions>? configure = null)
    {
        var options = new GovernedAgentsClientOptions { Server = new Uri("https://gov.example/base"), Token = _ => ValueTask.FromResult<string?>("person-token") };
        configure?.Invoke(options);
        return new GovernedAgentsClient(new HttpClient(this, disposeHandler: false), options, Time);
    }

    public AgentSession Session(Action<GovernedAgentsClientOptions>? configure = null, string token = "session-token") => Client(configure).ResumeSession("ses_1", token);

    /// <summary>Lets time pass until the task is over, as fast as the machine goes: time moves only when no code is ready to run.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> start)
    {
        var before = SynchronizationContext.Current;
        using var ready = new ReadyQueue();
        SynchronizationContext.SetSynchronizationContext(ready);
        Task<T> task;
        try
        {
            task = start();
            for (var step = 0; !task.IsCompleted; step++)
            {
                Assert.True(step < 20_000, "The task did not end although time went on for a quarter of an hour.");
                // Late steps wait a moment for what runs on other threads.
                while (ready.RunOne(step > 5_000 ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero) && !task.IsCompleted) { }
                if (!task.IsCompleted) Time.Advance(TimeSpan.FromMilliseconds(50));
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        return await task;
    }

    public async Task<(int Code, string Out, string Error)> GovAsync(string[] args, string input = "", bool canAsk = false, bool outIsTerminal = false)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new GovHost
        {
            Out = output,
            Error = error,
            In = new StringReader(input),
            Variable = name => name switch { "GOV_SERVER" => "https://gov.example", "GOV_TOKEN" => "t", _ => null },
            CanAsk = canAsk,
            OutIsTerminal = outIsTerminal,
            OpenOut = () => Stream.Null,
            // Disposing a bare handler does nothing: it serves several programs in a row.
            Connect = () => this,
            Time = Time,
        };
        var code = await RunAsync(() => GovApplication.RunAsync(args, host, TestContext.Current.CancellationToken));
        return (code, output.ToString(), error.ToString());
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var headers = request.Headers.ToDictionary(pair => pair.Key, pair => string.Join(", ", pair.Value), StringComparer.OrdinalIgnoreCase);
        var arrived = new Arrived(request.Method.Method, request.RequestUri!.PathAndQuery, request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken), headers);
        Requests.Add(arrived);
        Assert.True(_answers.Count > 0, $"Nobody expected {arrived.Method} {arrived.Path}.");
        return await _answers.Dequeue()(arrived, cancellationToken);
    }

    public static HttpResponseMessage Response(int status, string body, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, status < 400 ? "application/json" : "application/problem+json") };
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return response;
    }
}

/// <summary>Continuations of the code under test, run one by one on the test's own thread.</summary>
internal sealed class ReadyQueue : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Run, object? State)> _ready = [];

    // Never disposed under a late poster: an empty collection costs nothing.
    public void Dispose() => _ready.CompleteAdding();

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!_ready.IsAddingCompleted) _ready.Add((d, state));
    }

    public bool RunOne(TimeSpan patience)
    {
        if (!_ready.TryTake(out var one, patience)) return false;
        one.Run(one.State);
        return true;
    }
}

internal static class Wire
{
    public static string Call(string state, string extra = "") => $$"""
        {"id":"call_1","session":"ses_1","agent":"ops","environment":"prod","tool":"files.write","action":"mcp:files:write","resource":"","arguments":{"a":1},"state":"{{state}}","effect":"destroy",
         "callHash":"sha256:c","decision":{"effect":"review","ruleIds":["r1"],"reasons":["because"],"policyVersion":"sha256:p"},"createdAt":"2026-05-04T12:00:00Z","updatedAt":"2026-05-04T12:00:00Z","aMemberOfTomorrow":1{{extra}}}
        """;

    public static string Problem(int status, string slug, string extra = "") => $$"""{"type":"/problems/{{slug}}","title":"T","status":{{status}},"detail":"the detail","slug":"{{slug}}"{{extra}}}""";

    public static string Approval(string hash = "sha256:c", string words = "please") => $$"""
        {"id":"apr_1","state":"pending","call":{{Call("pending_review")}},"environmentClass":"production","environmentGeneration":3,"toolSchemaHash":"sha256:t","nonce":"n",
         "card":{"effectLine":"DESTROYS prod","arguments":[{"pointer":"/a","shown":"1"}],"preview":{"summary":"one","creates":0,"updates":0,"replaces":0,"deletes":1,"items":[]},
                 "why":[{"ruleId":"r1","text":"because"}],"who":{"starter":"dave","agent":"ops","lineage":[]},"agentReason":"{{words}}"},
         "requirements":[{"ruleId":"r1","quorum":[{"from":["group:sre"],"approvals":1,"have":0}],"denials":1,"denied":0,"waitTimer":"PT10M","stepUp":null}],
         "votes":[],"callHash":"{{hash}}","renderHash":"sha256:r","policyVersion":"sha256:p","deadline":"2026-05-04T16:00:00Z","createdAt":"2026-05-04T12:00:00Z"}
        """;
}
