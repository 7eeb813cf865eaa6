using System.Globalization;

namespace GovernedAgents.Silo.Http;

/// <summary>The request headers with a meaning here.</summary>
public static class RequestHeaders
{
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);
    public const int MaxWaitSeconds = 60;

    /// <summary>1–255 visible ASCII characters; <c>"k"</c> and <c>k</c> are the same key.</summary>
    public static Bound<string> IdempotencyKey(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        if (values.Count == 0) return Bad("The header Idempotency-Key is missing: send one of 1 to 255 visible ASCII characters, a new one for each new intention.");
        if (values.Count > 1) return Bad("The header Idempotency-Key is there more than once.");
        var key = values[0]!;
        if (key.Length >= 2 && key[0] == '"' && key[^1] == '"') key = key[1..^1];
        return key.Length is >= 1 and <= 255 && key.All(c => c is > ' ' and <= '~')
            ? key
            : Bad("The header Idempotency-Key must have 1 to 255 visible ASCII characters (no spaces).");

        static Bound<string> Bad(string detail) => Bound.Refused<string>(Problems.BadRequest(detail));
    }

    /// <summary><c>Prefer: wait=N</c> in seconds, 0–60; null when the caller does not say.</summary>
    public static Bound<TimeSpan?> Wait(HttpRequest request)
    {
        foreach (var preference in request.Headers["Prefer"].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries)))
        {
            var (name, value) = preference.Split(['='], 2, StringSplitOptions.TrimEntries) is [var n, var v] ? (n, v.Split(';')[0].Trim().Trim('"')) : (preference, "");
            if (!name.Equals("wait", StringComparison.OrdinalIgnoreCase)) continue;
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxWaitSeconds
                ? new Bound<TimeSpan?>(TimeSpan.FromSeconds(seconds), null)
                : Bound.Refused<TimeSpan?>(Problems.BadRequest($"'Prefer: wait={value}' is not a whole number of seconds from 0 to {MaxWaitSeconds}."));
        }
        return new Bound<TimeSpan?>(null, null);
    }

    /// <summary>The one strong tag of <c>If-Match</c> without its quotes; null without the header.</summary>
    public static Bound<string?> IfMatch(HttpRequest request)
    {
        var values = request.Headers.IfMatch;
        if (values.Count == 0) return new Bound<string?>(null, null);
        return values.Count == 1 && values[0] is { Length: > 2 } tag && tag[0] == '"' && tag[^1] == '"' && !tag[1..^1].Contains('"')
            ? new Bound<string?>(tag[1..^1], null)
            : Bound.Refused<string?>(Problems.BadRequest("If-Match takes exactly one strong tag: the ETag of the approval as it was shown, with its quotes."));
    }

    /// <summary>Whether <c>If-None-Match</c> names this tag (weak comparison) or anything.</summary>
    public static bool IfNoneMatch(HttpRequest request, string tag) => request.Headers.IfNoneMatch
        .SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries)).Any(t => t == "*" || (t.StartsWith("W/", StringComparison.Ordinal) ? t[2..] : t) == tag);
}
