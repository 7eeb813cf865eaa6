using System.Globalization;
using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Silo.Cluster;

namespace GovernedAgents.Silo.Hosting;

/// <summary>Reads the host's settings and reports everything wrong with them at once, each by the setting's name.</summary>
public static class GovernanceSettings
{
    /// <exception cref="SettingsException">A setting is missing, unknown in value, or contradicts another.</exception>
    public static GovernanceOptions Read(IConfiguration configuration, bool development, string contentRoot)
    {
        var problems = new List<string>();
        var governance = configuration.GetSection("Governance");
        var data = Absolute(governance["DataPath"] ?? "./data");
        var api = Addresses("urls", configuration["urls"] ?? "http://127.0.0.1:8080");
        var management = Addresses("Governance:ManagementUrls", governance["ManagementUrls"] ?? "http://127.0.0.1:9090");
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
            problems.Add("Kestrel:Endpoints is not read: say where to listen with 'urls' and 'Governance:ManagementUrls'.");
        foreach (var shared in api.Where(a => a.Port != 0 && management.Any(m => m.Port == a.Port)))
            problems.Add($"urls and Governance:ManagementUrls share port {shared.Port}: health and metrics need a port of their own.");

        var provider = OneOf("Governance:Storage:Provider", governance["Storage:Provider"] ?? "sqlite", "sqlite", "postgres");
        var database = NotEmpty(governance["Storage:ConnectionString"]);
        if (provider == "postgres" && database is null) problems.Add("Governance:Storage:ConnectionString is missing: 'postgres' needs one like 'Host=db;Database=governedagents;Username=governedagents_silo'.");
        if (provider == "sqlite" && database is not null) problems.Add("Governance:Storage:ConnectionString is set and Governance:Storage:Provider is 'sqlite': set the provider to 'postgres', or remove the connection string.");
        var keys = governance["KeysPath"] is { Length: > 0 } folder ? Absolute(folder) : Path.Combine(data, "keys");
        var activation = OneOf("Governance:Config:Activation", governance["Config:Activation"] ?? (development ? "immediate" : "review"), "review", "immediate");
        var publicUrl = governance["PublicUrl"]?.TrimEnd('/');
        if (publicUrl is not null && (!Uri.TryCreate(publicUrl, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            problems.Add($"Governance:PublicUrl '{publicUrl}' is not an absolute http or https address.");

        var options = new GovernanceOptions
        {
            DataPath = data,
            ConfigPath = Absolute(governance["ConfigPath"] ?? "./config"),
            KeysPath = keys,
            Database = database,
            Cluster = SiloAddressOptions.Read(governance.GetSection("Cluster"), Absolute, problems),
            DrainDelay = Duration("Governance:DrainDelay", governance["DrainDelay"] ?? (database is null ? "0s" : "5s"), TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            Identity = Identity(governance.GetSection("Identity"), development && api.Concat(management).All(a => a.IsLoopback)),
            ActivateImmediately = activation == "immediate",
            CheckpointsPath = governance["Checkpoints:Path"] is { Length: > 0 } checkpoints ? Absolute(checkpoints) : Path.Combine(data, "checkpoints"),
            CheckpointKeyPath = governance["Checkpoints:KeyPath"] is { Length: > 0 } key ? Absolute(key) : Path.Combine(keys, "checkpoint.pem"),
            StartLease = Duration("Governance:StartLease", governance["StartLease"] ?? "3s", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            ApiAddresses = api,
            ManagementAddresses = management,
            Dashboard = OneOf("Governance:Dashboard", governance["Dashboard"]?.ToLowerInvariant() ?? "true", "true", "false") == "true",
            Edge = new()
            {
                MaxConcurrent = Count("Governance:Edge:MaxConcurrent", governance["Edge:MaxConcurrent"] ?? "512", 1),
                MaxQueued = Count("Governance:Edge:MaxQueued", governance["Edge:MaxQueued"] ?? "512", 0),
                MaxWaiting = Count("Governance:Edge:MaxWaiting", governance["Edge:MaxWaiting"] ?? "4096", 1),
            },
            Console = Console(governance.GetSection("Console"), NotEmpty(governance["Identity:Authority"])),
            McpWait = Duration("Governance:Mcp:Wait", governance["Mcp:Wait"] ?? "20s", TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            PublicUrl = publicUrl,
            ToolServerUser = Account("Governance:ToolServers:User", NotEmpty(governance["ToolServers:User"])),
        };
        return problems.Count == 0 ? options : throw new SettingsException(problems);

        string? Account(string setting, string? name)
        {
            try
            {
                if (name is not null) ServerAccount.Find(name);
            }
            catch (ArgumentException fault)
            {
                problems.Add($"{setting}: {fault.Message}");
            }

            return name;
        }

        string Absolute(string path) => Path.GetFullPath(path, contentRoot);

        List<ListenAddress> Addresses(string setting, string text)
        {
            var found = new List<ListenAddress>();
            foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (ListenAddress.TryParse(part) is { } address) found.Add(address);
                else problems.Add($"{setting} '{part}' is not an address to listen on: write http://127.0.0.1:8080 (an IP address, localhost or *).");
            }
            if (text.Trim(';', ' ').Length == 0) problems.Add($"{setting} names no address: write http://127.0.0.1:8080.");
            return found;
        }

        string OneOf(string setting, string value, params string[] allowed)
        {
            if (!allowed.Contains(value)) problems.Add($"{setting} '{value}' is not one of {string.Join(", ", allowed)}.");
            return value;
        }

        TimeSpan Duration(string setting, string value, TimeSpan least, TimeSpan most)
        {
            if (!DurationText.TryParse(value, out var duration) || duration < least || duration > most)
                problems.Add($"{setting} '{value}' is not a duration from {least.TotalSeconds:0.###}s to {most.TotalSeconds:0}s: write one like 30s or 500ms.");
            return duration;
        }

        int Count(string setting, string value, int least)
        {
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < least)
                problems.Add($"{setting} '{value}' is not a whole number of at least {least}.");
            return count;
        }

        ConsoleOptions Console(IConfigurationSection section, string? authority)
        {
            var (client, secret) = (NotEmpty(section["ClientId"]), NotEmpty(section["ClientSecretFile"]));
            if (client is not null && authority is null) problems.Add("Governance:Console:ClientId needs Governance:Identity:Authority: the console signs people in there.");
            if (secret is not null && !File.Exists(Absolute(secret))) problems.Add($"Governance:Console:ClientSecretFile '{secret}' is not there.");
            var scopes = (section["Scopes"] ?? "openid profile").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!scopes.Contains("openid")) problems.Add("Governance:Console:Scopes has no 'openid': without it nobody is named.");
            return new() { ClientId = client, ClientSecretFile = secret is null ? null : Absolute(secret), Scopes = scopes };
        }

        IdentityOptions Identity(IConfigurationSection section, bool mayUseLocalKey)
        {
            var (issuer, authority, jwks) = (NotEmpty(section["Issuer"]), NotEmpty(section["Authority"]), NotEmpty(section["JwksPath"]));
            if (authority is not null && jwks is not null)
                problems.Add("Governance:Identity:Authority and Governance:Identity:JwksPath are both set: keep the one that issues your tokens.");
            if (authority is not null && !(Uri.TryCreate(authority, UriKind.Absolute, out var address) && (address.Scheme == "https" || (address.Scheme == "http" && address.IsLoopback))))
                problems.Add($"Governance:Identity:Authority '{authority}' is not an https address (http only on loopback).");
            if (jwks is not null && issuer is null)
                problems.Add("Governance:Identity:Issuer is missing: with Governance:Identity:JwksPath say which 'iss' the tokens carry.");
            if (issuer is Silo.Identity.SessionTokens.Issuer)
                problems.Add($"Governance:Identity:Issuer '{issuer}' is the issuer of session tokens: people need another one.");
            if (section["Audience"] is Silo.Identity.SessionTokens.Audience)
                problems.Add($"Governance:Identity:Audience '{Silo.Identity.SessionTokens.Audience}' is the audience of session tokens: people need another one.");
            if (authority is null && jwks is null && !mayUseLocalKey)
                problems.Add("Governance:Identity:Authority or Governance:Identity:JwksPath is missing: nobody could sign in. (A local key is made only in Development with every listening address on loopback.)");
            return new()
            {
                Issuer = issuer,
                Audience = NotEmpty(section["Audience"]) ?? "governedagents",
                Authority = authority,
                JwksPath = jwks is null ? null : Absolute(jwks),
                ClockSkew = Duration("Governance:Identity:ClockSkew", section["ClockSkew"] ?? "30s", TimeSpan.Zero, TimeSpan.FromMinutes(5)),
                UsesLocalKey = authority is null && jwks is null && mayUseLocalKey,
            };
        }
    }

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
