using System.Text.Json;
using GovernedAgents.Connectors.Aws.Answers;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws.Sending;

/// <summary>The environment's role, assumed anew for each request with a session policy of that request alone.</summary>
internal sealed class AssumedRole(ConnectorSettings settings, AwsOptions options, AwsHttp http, TimeProvider time)
{
    private const int SessionSeconds = 900;

    /// <returns>The key, or why there is none.</returns>
    public async Task<(AwsKey? Key, string? Problem)> AssumeAsync(string region, string sessionName, string policy, CancellationToken cancellation)
    {
        AwsKey own;
        try
        {
            own = await OwnAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            return (null, $"The connector's own credentials cannot be read: {failure.Message}");
        }

        var sts = ServiceModel.Find("sts")!;
        var parameters = JsonSerializer.SerializeToElement(new Dictionary<string, object>
        {
            ["RoleArn"] = options.Role, ["RoleSessionName"] = SessionName(sessionName), ["Policy"] = policy, ["DurationSeconds"] = SessionSeconds,
        }.Concat(options.ExternalId is { } id ? [KeyValuePair.Create("ExternalId", (object)id)] : []).ToDictionary());
        var end = await http.SendAsync(RequestBuilder.Build(sts, "AssumeRole", parameters), Endpoints.Of(sts, region, options.Endpoint), own, time, null, cancellation).ConfigureAwait(false);
        if (end is not SendEnd.Answered { Answer: var answer }) return (null, "The token service could not be reached to assume the environment's role.");
        if (!answer.IsSuccess)
            return (null, AwsFault.Read(answer) is { } fault ? $"The environment's role could not be assumed: {fault.Code}: {fault.Message}" : $"The token service answered {answer.Status} when the environment's role was to be assumed.");
        var result = new AnswerWriter(sts, new SecretRedactor([]), showSensitive: true).Read(sts.Operations["AssumeRole"], answer);
        return result is { } value && value.TryGetProperty("Credentials", out var key)
            ? (new AwsKey(key.GetProperty("AccessKeyId").GetString()!, key.GetProperty("SecretAccessKey").GetString()!, key.GetProperty("SessionToken").GetString()), null)
            : (null, "The token service answered without credentials when the environment's role was to be assumed.");
    }

    /// <summary>From the configured places, or from the SDK's chain when there are none. Read each time: a rotated key needs no restart.</summary>
    private async Task<AwsKey> OwnAsync(CancellationToken cancellation)
    {
        if (settings.SecretFiles.Count + settings.SecretVariables.Count == 0) return await SigV4.ChainAsync(cancellation).ConfigureAwait(false);
        var secrets = await SecretFiles.ReadAsync(settings, cancellation).ConfigureAwait(false);
        return new AwsKey(secrets["AWS_ACCESS_KEY_ID"], secrets["AWS_SECRET_ACCESS_KEY"], secrets.GetValueOrDefault("AWS_SESSION_TOKEN"));
    }

    /// <summary>What the provider's own audit shows beside each request: the call's id.</summary>
    private static string SessionName(string name)
    {
        var clean = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '=' or ',' or '.' or '@' or '-' ? c : '-')]);
        return clean.Length > 64 ? clean[..64] : clean;
    }
}
