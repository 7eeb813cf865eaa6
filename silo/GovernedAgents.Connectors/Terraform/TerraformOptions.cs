using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>A <c>connector: terraform</c> entry as it was checked.</summary>
internal sealed record TerraformOptions
{
    private static readonly string[] Known = ["cliConfig", "directory", "directoryHash", "plans"];

    /// <summary>As it stands in the configuration: the resource of every call.</summary>
    public required string Directory { get; init; }
    public required string Path { get; init; }
    /// <summary>The hash that the operator stands by; a directory with another one is not planned.</summary>
    public string? DirectoryHash { get; init; }
    /// <summary>Where saved plans are kept; shared by the silos of a cluster.</summary>
    public required string Plans { get; init; }
    /// <summary>What the command keeps for itself: providers and modules.</summary>
    public required string DataPath { get; init; }
    public required string Command { get; init; }
    /// <summary>The command's own configuration (provider mirrors, credentials of registries); null for what it finds itself.</summary>
    public string? CliConfig { get; init; }

    /// <exception cref="ArgumentException">An option is missing or unknown.</exception>
    public static TerraformOptions Read(ConnectorSettings settings)
    {
        string Entry(string what) => $"tools entry '{settings.Name}' of environment '{settings.Environment}': {what}";
        if (settings.Options.Keys.FirstOrDefault(name => !Known.Contains(name)) is { } unknown)
            throw new ArgumentException(Entry($"options.{unknown} is not known to connector 'terraform'; it knows: {string.Join(", ", Known)}."));
        if (settings.Options.GetValueOrDefault("directory") is not { Length: > 0 } directory)
            throw new ArgumentException(Entry("options.directory must name the folder with the configuration, from the configuration folder on. Agents must not be able to write there."));
        var plans = settings.Options.GetValueOrDefault("plans");
        return new TerraformOptions
        {
            Directory = directory, Path = System.IO.Path.GetFullPath(directory, settings.WorkingDirectory), DirectoryHash = settings.Options.GetValueOrDefault("directoryHash"),
            Plans = plans is null ? System.IO.Path.Combine(settings.StatePath, "plans") : System.IO.Path.GetFullPath(plans, settings.WorkingDirectory),
            DataPath = System.IO.Path.Combine(settings.StatePath, "terraform"), Command = settings.Command ?? "terraform",
            CliConfig = settings.Options.GetValueOrDefault("cliConfig") is { } cli ? System.IO.Path.GetFullPath(cli, settings.WorkingDirectory) : null,
        };
    }
}
