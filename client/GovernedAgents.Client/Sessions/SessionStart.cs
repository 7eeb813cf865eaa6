using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Starting a session, for a person and for a session that starts a child.</summary>
internal static class SessionStart
{
    public static async Task<AgentSession> SendAsync(ApiCaller caller, StartSessionOptions options, string? parent, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Agent);
        var key = IdempotencyKeys.Check(options.IdempotencyKey);
        var body = new StartSessionBody(options.Agent, options.Goal, options.Tier, parent, options.Labels, options.ExpiresIn);
        var request = new ApiRequest(HttpMethod.Post, "v1/sessions") { Token = caller.Token, Body = WireJson.Bytes(body), IdempotencyKey = key };
        var answer = await caller.Transport.SendAsync(request, cancellation);
        var started = answer.Read<SessionInfo>(key);
        if (answer.Read<SessionToken>(key).Token is not { Length: > 0 } token)
            throw new GovernedAgentsException("token-already-given", null, $"Session {started.Id} was started before with key \"{key}\" and its token is given only once: resume it with the token you kept, or start with another key.") { IdempotencyKey = key };
        return new AgentSession(caller.Transport, started, token);
    }
}

/// <summary>What may be an idempotency key.</summary>
internal static class IdempotencyKeys
{
    /// <summary>The given key, or a new one.</summary>
    /// <exception cref="ArgumentException">Not 1–255 visible ASCII characters, or a quote or backslash, which the header's quotes cannot hold.</exception>
    public static string Check(string? key) => key switch
    {
        null => Guid.NewGuid().ToString("N"),
        { Length: >= 1 and <= 255 } when key.All(one => one is > ' ' and < '\x7f' and not '"' and not '\\') => key,
        _ => throw new ArgumentException("An idempotency key is 1 to 255 visible ASCII characters without quote and backslash.", nameof(key)),
    };
}
