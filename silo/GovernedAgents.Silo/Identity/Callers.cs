using System.Globalization;
using System.Security.Claims;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Mcp;
using Microsoft.IdentityModel.JsonWebTokens;

namespace GovernedAgents.Silo.Identity;

/// <summary>From a verified token to the caller that it stands for; null when it names nobody.</summary>
public static class Callers
{
    private static readonly Dictionary<string, Access> RoleNames = new(StringComparer.Ordinal)
    {
        ["developer"] = Access.Developer,
        ["reviewer"] = Access.Reviewer,
        ["operator"] = Access.Operator,
        ["auditor"] = Access.Auditor,
    };

    public static Caller? FromPersonToken(JsonWebToken token)
    {
        if (string.IsNullOrWhiteSpace(token.Subject) || string.IsNullOrWhiteSpace(token.Issuer)) return null;
        return OfPerson(token.Issuer, token.Subject, token.Claims.FirstOrDefault(c => c.Type == "name")?.Value, token.Claims, new DateTimeOffset(token.ValidTo, TimeSpan.Zero), Delegate(token));
    }

    /// <summary>The person of verified claims; <paramref name="until"/> is when they end, <paramref name="agent"/> whom they let act.</summary>
    public static Caller OfPerson(string issuer, string subject, string? name, IEnumerable<Claim> claims, DateTimeOffset? until, string? agent = null)
    {
        var said = claims.ToList();
        var roles = Access.None;
        foreach (var claim in said.Where(c => c.Type == "roles")) roles |= RoleNames.GetValueOrDefault(claim.Value);
        return new Caller.OfPerson(new Principal
        {
            Issuer = issuer,
            Subject = subject,
            Name = name,
            Groups = [.. said.Where(c => c.Type == "groups").Select(c => c.Value).Distinct(StringComparer.Ordinal)],
            ExpiresAt = until,
            AuthenticatedAt = AuthTime(said),
        }, roles) { Agent = agent };
    }

    /// <summary>The scope and the claim belong together: with one of them alone the token is neither an agent's nor, since an agent may hold it, its subject's own.</summary>
    private static string? Delegate(JsonWebToken token)
    {
        var scoped = token.Claims.Any(c => c.Type is "scope" or "scp" && c.Value.Split(' ').Contains(McpResourceMetadata.Scope));
        var agent = token.Claims.FirstOrDefault(c => c.Type == "agent")?.Value;
        return scoped ? agent ?? "" : agent is null ? null : "";
    }

    public static Caller? FromSessionToken(JsonWebToken token) =>
        string.IsNullOrWhiteSpace(token.Subject) ? null : new Caller.OfSession(token.Subject);

    /// <summary>Seconds since 1970; what is no such number does not step anybody up.</summary>
    private static DateTimeOffset? AuthTime(List<Claim> claims) =>
        claims.Find(c => c.Type == "auth_time")?.Value is { } text
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>The verified caller; only behind authorization.</summary>
    public static Caller Caller(this HttpContext http) =>
        http.Features.Get<Caller>() ?? throw new InvalidOperationException("An endpoint without authorization asked for its caller.");
}
