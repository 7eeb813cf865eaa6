using GovernedAgents.Silo.Console.SignIn;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Authentication;

namespace GovernedAgents.Silo.Console.Shell;

internal static class SignOut
{
    public const string Path = ConsoleHost.Root + "/sign-out";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, async (HttpContext http, IFormCollection _) =>
    {
        await http.SignOutAsync(ConsoleIdentity.Scheme);
        return Results.Redirect(ConsoleIdentity.SignInPath);
    }).FromConsole(Access.AnyRole);
}
