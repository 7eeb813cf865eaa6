using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;
using Orleans.Runtime;

namespace GovernedAgents.Silo.Calls;

/// <summary>One call of a session as an edge has read it. <see cref="ArgumentsJson"/> is canonical JSON.</summary>
public sealed record CallOrder
{
    public required string Session { get; init; }
    /// <summary>1–255 visible ASCII characters, scoped to the session.</summary>
    public required string Key { get; init; }
    public required string Environment { get; init; }
    public required string Tool { get; init; }
    public required string ArgumentsJson { get; init; }
    public string? Reason { get; init; }
    public bool DryRun { get; init; }
    /// <summary>How long the answer may take while the call runs.</summary>
    public required TimeSpan Wait { get; init; }
}

/// <summary>Passes calls on to their session, for every edge alike: the same order under the same key is the same call, whichever way it came.</summary>
public sealed class CallSubmission(IGrainFactory grains, IReadModel readModel)
{
    public async Task<Answer<CallSnapshot>> SubmitAsync(CallOrder order, CancellationToken cancellation)
    {
        var command = new SubmitCall
        {
            CallId = Ids.Call(order.Session, order.Key),
            RequestHash = HashOf(order),
            Environment = order.Environment,
            Tool = order.Tool,
            ArgumentsJson = order.ArgumentsJson,
            Reason = order.Reason,
            DryRun = order.DryRun,
            Wait = order.Wait,
        };
        try
        {
            return await grains.GetGrain<IAgentSessionGrain>(order.Session).SubmitAsync(command);
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException)
        {
            // The answer is lost, the call may not be: it says itself how far it got.
            return await readModel.FindCallAsync(command.CallId, cancellation) is { } call && call.Session == order.Session
                ? call
                : new Refusal { Slug = "unavailable", Detail = "No answer came in time and the call is not recorded: repeat it with the same Idempotency-Key.", RetryAfter = TimeSpan.FromSeconds(1) };
        }
    }

    private static string HashOf(CallOrder order)
    {
        var text = $"{{\"arguments\":{order.ArgumentsJson},\"dryRun\":{(order.DryRun ? "true" : "false")},\"environment\":{JsonSerializer.Serialize(order.Environment)},\"tool\":{JsonSerializer.Serialize(order.Tool)}}}";
        return Sha256Hash.Of(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(text)));
    }
}
