namespace GovernedAgents.Silo.Hosting;

/// <summary>Which listener a connection came in on: a feature of the connection, so no header can pretend it.</summary>
public sealed record Listener(bool IsManagement)
{
    public static readonly Listener Api = new(false);
    public static readonly Listener Management = new(true);
}
