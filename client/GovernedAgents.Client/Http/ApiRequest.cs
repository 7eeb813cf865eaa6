namespace GovernedAgents.Client.Http;

/// <summary>When a request may be sent again.</summary>
internal enum Repeat
{
    /// <summary>Also when the connection was lost: it reads, carries an idempotency key, or sets what it set before.</summary>
    Safe,

    /// <summary>Only after an answer that says nothing was done (503).</summary>
    OnlyRefused,
}

internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    public string Accept { get; init; } = "application/json, application/problem+json";
    public byte[]? Body { get; init; }
    public required Func<CancellationToken, ValueTask<string?>> Token { get; init; }
    public string? IdempotencyKey { get; init; }
    /// <summary>Sent as <c>Prefer: wait=N</c>, whole seconds, 0 to 60.</summary>
    public TimeSpan? Wait { get; init; }
    public string? IfMatch { get; init; }
    public string? IfNoneMatch { get; init; }
    public Repeat Repeat { get; init; } = Repeat.Safe;
    public bool RetryThrottled { get; init; }
    /// <summary>Cancelling lets the attempt under way end by itself; there is no further one.</summary>
    public bool FinishAttempt { get; init; }

    /// <summary>One path segment; refuses what would change the path's shape.</summary>
    public static string Segment(string value) => value is "" or "." or ".."
        ? throw new ArgumentException($"\"{value}\" is not a name or an id.", nameof(value))
        : Uri.EscapeDataString(value);

    /// <summary>A query of the pairs that have a value.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> pairs)
    {
        var query = "";
        foreach (var (name, value) in pairs)
            if (value is not null) query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
        return query;
    }
}
