using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws;

/// <summary>Makes connectors to the AWS API.</summary>
public sealed class AwsConnectorFactory(TimeProvider time) : IConnectorFactory
{
    public const string KindName = "aws";

    public string Kind => KindName;

    /// <exception cref="ArgumentException">The options are not understood, or the key is incomplete.</exception>
    public IConnector Create(ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = AwsOptions.Read(settings);
        HashSet<string> named = [.. settings.SecretFiles.Keys, .. settings.SecretVariables.Keys];
        if (named.Count > 0 && !named.IsSupersetOf(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]))
            throw new ArgumentException(
                $"tools entry '{settings.Name}' of environment '{settings.Environment}': secrets must name both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or be absent so that the machine's own credentials are used.",
                nameof(settings));
        return new AwsConnector(settings, options, time);
    }
}
