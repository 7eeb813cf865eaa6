using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws;

/// <summary>Makes connectors to the AWS API.</summary>
public sealed class AwsConnectorFactory(TimeProvider time) : IConnectorFactory
{
    public const string KindName = "aws";

    public string Kind => KindName;

    /// <exception cref="ArgumentException">The options are not understood, or the key's files are incomplete.</exception>
    public IConnector Create(ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = AwsOptions.Read(settings);
        if (settings.SecretFiles.Count > 0 && !(settings.SecretFiles.ContainsKey("AWS_ACCESS_KEY_ID") && settings.SecretFiles.ContainsKey("AWS_SECRET_ACCESS_KEY")))
            throw new ArgumentException(
                $"tools entry '{settings.Name}' of environment '{settings.Environment}': secrets must name files for both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or be absent so that the machine's own credentials are used.",
                nameof(settings));
        return new AwsConnector(settings, options, time);
    }
}
