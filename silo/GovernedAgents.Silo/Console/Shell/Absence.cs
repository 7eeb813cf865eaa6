namespace GovernedAgents.Silo.Console.Shell;

internal static class Absence
{
    /// <summary>The page says so itself: set while it is rendered, the status would take the body with it.</summary>
    public static void IsNotThere(this HttpContext http) => http.Response.OnStarting(() =>
    {
        http.Response.StatusCode = 404;
        return Task.CompletedTask;
    });
}
