using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Dashboard;

namespace GovernedAgents.Silo.Hosting;

public static class SecurityHeaders
{
    // The documentation page is built by scripts of this host; everything else is data that no browser should render or run.
    private const string Page = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    // Nothing inline, nothing from elsewhere: what an agent wrote can be shown, never run.
    private const string Console = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    private const string Data = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = http.Request.IsConsole() ? Console : http.Request.Path.StartsWithSegments("/docs") || http.Request.IsDashboard() ? Page : Data;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = http.Request.IsConsole() ? "same-origin" : "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (http.Request.Path.StartsWithSegments("/v1")) headers.CacheControl = "no-store";
        // What the forms' tokens demand; said beforehand, nothing has to be corrected.
        if (http.Request.IsConsole()) (headers.CacheControl, headers.Pragma) = ("no-cache, no-store", "no-cache");
        return next(http);
    });
}
