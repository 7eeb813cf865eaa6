using GovernedAgents.Policy;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Console.SignIn;

/// <summary>The picker's form. It is there only where <c>gov token</c> works too: in Development, on loopback alone, with no identity provider.</summary>
internal static class LocalSignIn
{
    public const string Path = ConsoleIdentity.SignInPath + "/local";
    private static readonly TimeSpan Lasts = TimeSpan.FromHours(8);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, async (HttpContext http, GovernanceOptions options, TimeProvider time, IFormCollection form) =>
    {
        if (!options.Identity.UsesLocalKey) return Results.NotFound();
        // A name that somebody else's server resolves to this machine would make this page that server's own.
        if (!IsLoopback(http.Request.Host)) return Refused($"This page was opened as '{http.Request.Host}'. Open it as http://127.0.0.1 or http://localhost.");
        var subject = form["subject"].ToString();
        if (subject.Length is 0 or > 64 || !subject.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' or '-')) return Refused("A name has 1 to 64 letters, digits, dots, dashes, underscores or @.");
        var now = time.GetUtcNow();
        var principal = new Principal { Issuer = IdentitySetup.LocalIssuer, Subject = subject, Name = subject, Groups = [.. Known(form["groups"])], AuthenticatedAt = now };
        await ConsoleIdentity.SignInAsync(http, principal, form["roles"].OfType<string>().Where(LocalPeople.Roles.Contains), now + Lasts);
        return Results.Redirect(ConsoleIdentity.Destination(form["return"]));
    }).AllowAnonymous().ExcludeFromDescription();

    private static IEnumerable<string> Known(IEnumerable<string?> groups) => groups.OfType<string>().Where(group => group.Length is > 0 and <= 100).Distinct(StringComparer.Ordinal).Take(50);

    private static bool IsLoopback(HostString host) => host.Host == "localhost" || (System.Net.IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && System.Net.IPAddress.IsLoopback(address));

    private static IResult Refused(string detail) => ConsoleView.Of<SignInPage>(400, (nameof(SignInPage.Notice), new Notice.Content("bad", "Not signed in", detail)));
}
