namespace GovernedAgents.Client;

/// <summary>
/// When an attempt is repeated. A call carries the same <c>Idempotency-Key</c> in every attempt, so repeating can never double an effect.
/// Repeated are lost connections and 502, 503, 504; 429 only if asked for; nothing else.
/// </summary>
public sealed class RetryOptions
{
    /// <summary>Attempts in all, the first included: 1 to 20. Default 5.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Pause before the second attempt; doubles with each further one. Default 200 ms.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause that doubling may reach. Default 10 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest <c>Retry-After</c> that is waited for; beyond it the refusal is returned at once. Default 60 s.</summary>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Waits out a throttled call instead of returning <see cref="CallThrottled"/>. Default false.</summary>
    public bool RetryThrottled { get; set; }

    /// <summary>
    /// The pause after attempt number <paramref name="attempt"/> (from 1): the server's own wish if it gave one, else exponential, spread
    /// over its upper half by <paramref name="spread"/> in [0, 1). Null: do not try again.
    /// </summary>
    internal TimeSpan? PauseAfter(int attempt, TimeSpan? retryAfter, double spread)
    {
        if (attempt >= Math.Clamp(MaxAttempts, 1, 20)) return null;
        if (retryAfter is { } wish) return wish <= MaxRetryAfter ? wish : null;
        var ceiling = Math.Min(MaxDelay.TotalMilliseconds, BaseDelay.TotalMilliseconds * Math.Pow(2, attempt - 1));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + spread / 2));
    }
}
