using System.Diagnostics;
using System.Net;
using System.Text.Json;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>An agent of the incident: a session token, and calls of the cloud's API by HTTP. It holds no key of the cloud.</summary>
internal sealed class Agent(Api api, string session)
{
    /// <summary>Terraform starts its provider anew for each step, which takes a busy machine most of a minute.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(4);
    private int _keys;

    public static async Task<Agent> StartAsync(Api api, string key = "session") => new(api, await api.SessionAsync(key));

    public Task<Reply> AskAsync(string tool, object arguments, string? key = null, int? wait = null) =>
        api.SendAsync(HttpMethod.Post, "/v1/calls", session, new { environment = Api.Environment, tool, arguments, reason = "as its prompt says" }, key ?? $"key-{Interlocked.Increment(ref _keys)}", wait: wait);

    public Task<Reply> CloudAsync(string service, string action, object parameters, string? key = null, int? wait = null) => AskAsync("cloud.call", new { service, action, parameters }, key, wait);

    /// <summary>The result of a call that must succeed at once.</summary>
    public async Task<JsonElement> ReadAsync(string service, string action, object parameters) => Succeeded(await CloudAsync(service, action, parameters));

    public static JsonElement Succeeded(Reply reply)
    {
        Assert.True(reply.Get("state") == "succeeded", reply.Text);
        return reply.Body.GetProperty("result");
    }

    /// <summary>The call's and the approval's id of a call that must be held.</summary>
    public static (string Call, string Approval) Held(Reply reply)
    {
        Assert.True(reply.Status == HttpStatusCode.Accepted && reply.Get("state") == "pending_review", reply.Text);
        return (reply.Get("id")!, reply.Body.GetProperty("approval").GetProperty("id").GetString()!);
    }

    /// <summary>The call when it neither waits nor runs any more.</summary>
    public async Task<Reply> EndedAsync(string call)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var reply = await api.GetAsync($"/v1/calls/{call}", session);
            if (reply.Get("state") is not ("pending_review" or "approved" or "executing")) return reply;
            Assert.True(watch.Elapsed < EndsWithin, $"After {EndsWithin} still not ended: {reply.Text}");
            await Task.Delay(100);
        }
    }
}
