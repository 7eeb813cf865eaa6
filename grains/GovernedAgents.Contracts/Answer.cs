using Orleans;

namespace GovernedAgents.Contracts;

/// <summary>A refusal in the API's words. <see cref="Slug"/> is the problem type; the edge maps it to a status in one table.</summary>
[GenerateSerializer, Immutable, Alias("ga.Refusal")]
public sealed record Refusal
{
    [Id(0)] public required string Slug { get; init; }
    /// <summary>Names the rule, quotes the value, says the next step; holds no secret.</summary>
    [Id(1)] public required string Detail { get; init; }
    [Id(2)] public string? CallId { get; init; }
    [Id(3)] public IReadOnlyList<string>? RuleIds { get; init; }
    [Id(4)] public string? PolicyVersion { get; init; }
    [Id(5)] public TimeSpan? RetryAfter { get; init; }
    [Id(6)] public IReadOnlyList<FieldError>? Errors { get; init; }
}

/// <param name="Pointer">JSON pointer into the request body.</param>
[GenerateSerializer, Immutable, Alias("ga.FieldError")]
public sealed record FieldError([property: Id(0)] string Pointer, [property: Id(1)] string Detail);

/// <summary>Either a value or a refusal, never both.</summary>
[GenerateSerializer, Immutable, Alias("ga.Answer`1")]
public sealed record Answer<T> where T : class
{
    [Id(0)] public T? Value { get; init; }
    [Id(1)] public Refusal? Refusal { get; init; }

    public static implicit operator Answer<T>(T value) => new() { Value = value };
    public static implicit operator Answer<T>(Refusal refusal) => new() { Refusal = refusal };
}
