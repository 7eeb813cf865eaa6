namespace GovernedAgents.Silo.Console.Parts;

/// <summary>Spans of time as a person reads them. The script's own words must be the same.</summary>
public static class Spans
{
    /// <summary><c>in 3 h 20 min</c>, <c>12 min ago</c>, <c>now</c> within five seconds.</summary>
    public static string Relative(TimeSpan distance) => distance.Duration() < TimeSpan.FromSeconds(5) ? "now" : distance > TimeSpan.Zero ? "in " + Length(distance) : Length(distance.Negate()) + " ago";

    /// <summary>A rate of the policy (<c>30/60s</c>) as it is said: <c>30 in 1 min</c>.</summary>
    public static string Rate(string rate) => rate.Split('/') is [var count, var span] && Hosting.DurationText.TryParse(span, out var length) ? $"{count} in {Length(length)}" : rate;

    /// <summary>At most two units, whole.</summary>
    public static string Length(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds} s",
        { TotalHours: < 1 } => $"{(int)span.TotalMinutes} min",
        { TotalDays: < 1 } => span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min",
        _ => span.Hours == 0 ? $"{(int)span.TotalDays} d" : $"{(int)span.TotalDays} d {span.Hours} h",
    };
}
