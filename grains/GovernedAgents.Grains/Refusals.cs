using GovernedAgents.Contracts;

namespace GovernedAgents.Grains;

/// <summary>Refusals that several grains give.</summary>
internal static class Refusals
{
    public static Refusal Unavailable(string? detail = null) => new()
    {
        Slug = "unavailable", Detail = detail ?? "The journal cannot take a record now; nothing was started. Try again with the same Idempotency-Key.", RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static Refusal NotFound(string detail) => new() { Slug = "not-found", Detail = detail };
}
