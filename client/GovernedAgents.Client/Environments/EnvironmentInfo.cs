namespace GovernedAgents.Client;

/// <summary>A place where effects happen.</summary>
public sealed record EnvironmentInfo
{
    public required string Name { get; init; }
    public EnvironmentClass Class { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> Owners { get; init; } = [];
    public string? Policy { get; init; }
    public string? PolicyVersion { get; init; }
    public long Generation { get; init; }
    /// <summary>Freezes in force.</summary>
    public IReadOnlyList<FreezeInfo> Frozen { get; init; } = [];
    public IReadOnlyList<LimitInfo> Limits { get; init; } = [];
    /// <summary>Calls running now.</summary>
    public int InFlight { get; init; }
    /// <summary>Calls in review or waiting to start.</summary>
    public int Pending { get; init; }
}

public sealed record FreezeInfo
{
    public string Id { get; init; } = "";
    public string Reason { get; init; } = "";
    public IReadOnlyList<EffectClass> Blocks { get; init; } = [];
    /// <summary>Null: until lifted.</summary>
    public DateTimeOffset? Until { get; init; }
}

public sealed record LimitInfo
{
    public string Id { get; init; } = "";
    /// <summary><c>session</c>, <c>environment</c> or <c>agent</c>.</summary>
    public string Per { get; init; } = "";
    /// <summary>Starts left now; with several keys, of the emptiest.</summary>
    public int Available { get; init; }
    public int Burst { get; init; }
    /// <summary><c>30/1m</c>.</summary>
    public string Rate { get; init; } = "";
}
