using System.Text.Json;
using GovernedAgents.Connectors.Aws.Answers;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Connectors.Aws.Sending;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>What a look at the cloud gave: an answer, the service's own error, or neither.</summary>
internal sealed record Look(JsonElement? Answer, AwsFault? Fault, string? Problem)
{
    /// <summary>The service says that there is no such thing.</summary>
    public bool IsGone => Fault is { } fault && (fault.Code.Contains("NotFound", StringComparison.Ordinal) || fault.Code.StartsWith("NoSuch", StringComparison.Ordinal) || fault.Code is "NonExistentQueue"
        || fault.Code.EndsWith("NonExistentQueue", StringComparison.Ordinal) || fault.Code.EndsWith("DoesNotExist", StringComparison.Ordinal)
        || (fault.Code == "ValidationError" && fault.Message.Contains("does not exist", StringComparison.Ordinal)));
}

/// <summary>The connector's own reading calls, each under the role with a session policy of that one read.</summary>
internal sealed class AwsReads(AwsOptions options, AwsHttp http, AssumedRole role, TargetNames names, TimeProvider time)
{
    private const string SessionName = "gate-preview";

    /// <exception cref="OperationCanceledException">The time is up before the role is assumed.</exception>
    public async Task<Look> AtAsync(AwsCall call, CancellationToken cancellation)
    {
        var (key, problem) = await role.AssumeAsync(call.Region, SessionName, SessionPolicy.Of(call, names), cancellation).ConfigureAwait(false);
        if (key is null) return new Look(null, null, problem);
        var service = ServiceModel.Find(call.Service)!;
        var end = await http.SendAsync(RequestBuilder.Build(service, call.Action, call.Parameters), Endpoints.Of(service, call.Region, options.Endpoint), key, time, null, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (end is not SendEnd.Answered { Answer: var answer }) return new Look(null, null, $"{call.Service} could not be reached.");
        if (answer.IsSuccess && new AnswerWriter(service, new SecretRedactor([])).Read(service.Operations[call.Action], answer) is { } read) return new Look(read, null, null);
        if (answer.Status == 404 && service.Operations[call.Action].Http.Method == "HEAD") return new Look(null, new AwsFault("NotFound", ""), null);
        return AwsFault.Read(answer) is { } fault ? new Look(null, fault, $"{call.Service}:{call.Action}: {fault.Code}: {fault.Message}") : new Look(null, null, $"{call.Service} answered {answer.Status}.");
    }
}
