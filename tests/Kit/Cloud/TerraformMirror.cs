namespace GovernedAgents.Tests.Kit;

/// <summary>The AWS provider of Terraform as this machine has it, without the registry: a folder <c>registry.terraform.io/hashicorp/aws/VERSION</c>.</summary>
internal sealed record TerraformMirror(string Path, string Version)
{
    private const string Provider = "registry.terraform.io/hashicorp/aws";

    /// <summary>The command's own configuration that takes providers from here and from nowhere else.</summary>
    public string CliConfig => $$"""
        provider_installation {
          filesystem_mirror {
            path = "{{Path}}"
          }
        }
        """;

    /// <exception cref="InvalidOperationException">There is none: the test fails.</exception>
    public static TerraformMirror Find()
    {
        var home = System.Environment.GetEnvironmentVariable("HOME") ?? "/root";
        string[] places = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", $"{home}/.terraform.d/plugins", .. Directory.Exists("/opt") ? Directory.GetDirectories("/opt") : []];
        if (System.Environment.GetEnvironmentVariable("TF_PROVIDER_MIRROR") is { Length: > 0 } named) places = [named, .. places];
        var place = places.FirstOrDefault(one => Directory.Exists(System.IO.Path.Combine(one, Provider)))
            ?? throw new InvalidOperationException($"This machine has no mirror of the provider hashicorp/aws. Make one with 'terraform providers mirror FOLDER' and name the folder in TF_PROVIDER_MIRROR. Looked in: {string.Join(", ", places)}.");
        return new TerraformMirror(place, Directory.GetDirectories(System.IO.Path.Combine(place, Provider)).Select(folder => System.IO.Path.GetFileName(folder)!).Order(StringComparer.Ordinal).Last());
    }
}
