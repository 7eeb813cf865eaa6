using GovernedAgents.Silo.Console.SignIn;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Console;

/// <summary>What the console's forms are sent to.</summary>
internal static class ConsoleForms
{
    /// <summary>Admits the signed-in person with one of these roles; the form's own token is demanded because the handler binds a form.</summary>
    public static RouteHandlerBuilder FromConsole(this RouteHandlerBuilder route, Access admits) =>
        route.RequireAuthorization(ConsoleIdentity.Policy).WithMetadata(new AccessRuleAttribute(admits)).ExcludeFromDescription();
}
