using System.Net;
using System.Text.Json;

namespace GovernedAgents.Client.Http;

internal sealed record ApiAnswer(HttpStatusCode Status, byte[] Body)
{
    /// <summary>With its quotes, as it is sent back.</summary>
    public string? ETag { get; init; }
    public TimeSpan? RetryAfter { get; init; }

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>The body as promised by the API.</summary>
    /// <exception cref="GovernedAgentsException">A refusal, or a body that is not of this type.</exception>
    public T Read<T>(string? idempotencyKey = null) where T : class
    {
        if (!IsSuccess) throw Problem.Read(this).ToException(this, idempotencyKey);
        try
        {
            return JsonSerializer.Deserialize<T>(Body, WireJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException fault)
        {
            throw new GovernedAgentsException("unreadable-answer", Status, $"The answer is not the {typeof(T).Name} that API version 1 promises ({fault.Message}); is the client older than the server?", fault) { IdempotencyKey = idempotencyKey };
        }
    }
}
