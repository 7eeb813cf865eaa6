namespace GovernedAgents.Silo.Console.Shell;

/// <summary>How this browser wants the console: kept in a cookie of its own, which says nothing about anybody.</summary>
/// <param name="Theme"><c>system</c>, <c>light</c> or <c>dark</c>.</param>
/// <param name="Keys">Single-key shortcuts.</param>
/// <param name="Live">Live updates.</param>
public sealed record Preferences(string Theme, bool Keys, bool Live)
{
    private const string Cookie = "governedagents-preferences";
    public static readonly IReadOnlyList<string> Themes = ["system", "light", "dark"];

    public static Preferences Of(HttpContext http)
    {
        var said = (http.Request.Cookies[Cookie] ?? "").Split('.');
        return new(Themes.FirstOrDefault(said.Contains) ?? "system", !said.Contains("nokeys"), !said.Contains("nolive"));
    }

    public void Keep(HttpContext http) => http.Response.Cookies.Append(Cookie, $"{Theme}{(Keys ? "" : ".nokeys")}{(Live ? "" : ".nolive")}", new CookieOptions
    {
        Path = ConsoleHost.Root, HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = TimeSpan.FromDays(400), IsEssential = true,
    });
}
