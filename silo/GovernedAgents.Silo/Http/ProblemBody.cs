using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Http;

/// <summary>A problem (RFC 9457). <see cref="Errors"/> point into the request body.</summary>
public sealed record ProblemBody
{
    public required string Type { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }
    public required string Slug { get; init; }
    public string? CallId { get; init; }
    public IReadOnlyList<string>? RuleIds { get; init; }
    public string? PolicyVersion { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public IReadOnlyList<FieldError>? Errors { get; init; }
}
