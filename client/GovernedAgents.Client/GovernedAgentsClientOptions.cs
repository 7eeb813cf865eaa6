namespace GovernedAgents.Client;

/// <summary>Where the silo is, who asks, and how patiently.</summary>
public sealed class GovernedAgentsClientOptions
{
    /// <summary>Base address of the API, e.g. <c>https://gov.example</c>. Required.</summary>
    public Uri? Server { get; set; }

    /// <summary>
    /// Gives the signed-in person's bearer token, asked again before every attempt so that it may rotate. Needed for starting sessions
    /// and for everything a person does; an <see cref="AgentSession"/> uses its own token instead.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? Token { get; set; }

    /// <summary>How often and how long to try again.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>How long <see cref="AgentSession.CallAsync"/> waits for a call's end unless the request says otherwise. Zero answers right after the decision. Default 10 s.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for one attempt, on top of the time the server was asked to wait. Default 30 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A session token is renewed when less than this is left of it. Default 5 min.</summary>
    public TimeSpan RenewBefore { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Withdraws a call (if it has not started) when the token given to <see cref="AgentSession.CallAsync"/> is cancelled. Default false: only the waiting ends.</summary>
    public bool WithdrawOnCancellation { get; set; }

    internal Uri Address => Server switch
    {
        null => throw new InvalidOperationException("No server: set GovernedAgentsClientOptions.Server in AddGovernedAgentsClient(options => options.Server = …)."),
        { IsAbsoluteUri: true, Scheme: "http" or "https" } uri => uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/"),
        var uri => throw new InvalidOperationException($"Server \"{uri}\" is not an absolute http or https address."),
    };
}
