using System.Globalization;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>
/// Another account of this host for tool servers (<c>Governance:ToolServers:User</c>): what they run can then read neither the journal's keys nor the secrets of others. Taking it on is left to
/// <c>setpriv</c> (util-linux), which may do it as root or with the capabilities SETUID, SETGID and KILL.
/// </summary>
public sealed record ServerAccount(string Name, int Group, string Home)
{
    private const string Accounts = "/etc/passwd";

    /// <exception cref="ArgumentException">There is no such account, or no way to take it on. The message says what to do.</exception>
    public static ServerAccount Find(string name)
    {
        // passwd(5): name:password:uid:gid:comment:home:shell
        var line = File.Exists(Accounts) ? File.ReadLines(Accounts).Select(line => line.Split(':')).FirstOrDefault(line => line.Length >= 6 && line[0] == name) : null;
        if (line is null) throw new ArgumentException($"'{name}' is no account of this host ({Accounts} does not list it).", nameof(name));
        if (line[2] == "0") throw new ArgumentException($"'{name}' is root, which keeps nothing from a tool server; name an account without rights.", nameof(name));
        if (ServerProcess.OnThePath("setpriv") is null) throw new ArgumentException("'setpriv' (util-linux) is not on the PATH; install it.", nameof(name));
        return new ServerAccount(name, int.Parse(line[3], CultureInfo.InvariantCulture), line[5]);
    }

    /// <summary>The command that becomes this account for good and then runs what follows.</summary>
    internal IReadOnlyList<string> Prefix =>
        [ServerProcess.OnThePath("setpriv")!, $"--reuid={Name}", $"--regid={Group}", "--init-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"];
}
