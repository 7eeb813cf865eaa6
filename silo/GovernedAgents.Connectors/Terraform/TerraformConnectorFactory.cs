using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>Makes connectors to one directory of Terraform or OpenTofu.</summary>
public sealed class TerraformConnectorFactory(TimeProvider time) : IConnectorFactory
{
    public const string KindName = "terraform";

    public string Kind => KindName;

    /// <exception cref="ArgumentException">The options are not understood.</exception>
    public IConnector Create(ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new TerraformConnector(settings, TerraformOptions.Read(settings), time);
    }
}
