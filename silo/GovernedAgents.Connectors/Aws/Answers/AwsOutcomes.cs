using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Sending;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Aws.Answers;

/// <summary>From the end of a sending to the outcome that is recorded. <c>failed</c> for an effect only where the service itself says that it refused it. Pure.</summary>
internal static class AwsOutcomes
{
    /// <summary>Errors that say nothing about whether the effect happened, whatever their status.</summary>
    private static readonly string[] Undecided =
        ["InternalError", "InternalFailure", "InternalServerError", "InternalServiceError", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException", "TransactionInProgressException", "Unavailable"];

    public static ExecutionOutcome Of(SendEnd end, ServiceModel service, Operation operation, EffectClass effect, SecretRedactor redactor) => end switch
    {
        SendEnd.NotSent { Refused: true } => NotStarted("start-lease-expired", "The permission to start had lapsed when the request came to be sent; nothing was sent. Submit the call again."),
        SendEnd.NotSent { GaveUp: true } => NotStarted("timeout", "The connection to the service did not stand within the call's time; nothing was sent."),
        SendEnd.NotSent lost => NotStarted("connection-failed", $"The service's address could not be reached ({lost.Detail}); nothing was sent. Submit the call again."),
        SendEnd.Lost { GaveUp: true } => Unseen(effect, "timeout", "The request was sent and no answer came within the call's time."),
        SendEnd.Lost lost => Unseen(effect, "connection-lost", $"The connection ended after the request was sent and before the whole answer came ({lost.Detail})."),
        SendEnd.Answered answered => Answered(answered.Answer, service, operation, effect, redactor),
        _ => throw new NotSupportedException(end.GetType().Name),
    };

    public static ExecutionOutcome NotStarted(string slug, string detail) => new() { Kind = OutcomeKind.NotStarted, ErrorSlug = slug, ErrorDetail = detail };

    private static ExecutionOutcome Answered(AwsAnswer answer, ServiceModel service, Operation operation, EffectClass effect, SecretRedactor redactor)
    {
        var fault = !answer.IsSuccess || MayFailWith200(service, operation) ? AwsFault.Read(answer) : null;
        if (fault is not null) return OfFault(answer, fault, effect, redactor);
        if (!answer.IsSuccess) return Page(answer, operation, effect);
        if (answer.Oversized) return new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = BoundedResult.Write(json => json.WriteString("left out", $"The answer is larger than {AwsHttp.MaxBodyBytes} bytes.")) };
        return new AnswerWriter(service, redactor).Read(operation, answer) is { } result
            ? new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = Result(result) }
            : Unseen(effect, "malformed-answer", $"The service answered {answer.Status}, but not in the form of its protocol ({service.Metadata.Protocol}).");
    }

    /// <summary>S3 begins to answer long copies before it knows their end. An object's own bytes are never looked at.</summary>
    private static bool MayFailWith200(ServiceModel service, Operation operation) => service.Metadata.Protocol == "rest-xml" && operation.Http.Method is "PUT" or "POST"
        && operation.Output is { } output && service.ShapeOf(output) is var shape && (shape.Payload is null || service.ShapeOf(shape.Members[shape.Payload]).Type == "structure");

    private static ExecutionOutcome OfFault(AwsAnswer answer, AwsFault fault, EffectClass effect, SecretRedactor redactor)
    {
        var detail = BoundedResult.Cut(redactor.Redact($"{fault.Code} ({answer.Status}): {fault.Message}"), BoundedResult.MaxDetailChars);
        if (fault.Code == "DryRunOperation") return new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = BoundedResult.Write(json => json.WriteString("DryRun", redactor.Redact(fault.Message))) };
        if (fault.IsThrottling) return Failed("throttled-by-service", detail);
        if (Undecided.Contains(fault.Code, StringComparer.Ordinal) || answer.Status >= 500 || answer.IsSuccess) return Unseen(effect, "service-error", detail);
        return Failed(fault.Code is "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" ? "credentials-expired" : "service-refused", detail);
    }

    /// <summary>No error of the service: a page of something in between. It may have passed the request on. A HEAD has no body to say more.</summary>
    private static ExecutionOutcome Page(AwsAnswer answer, Operation operation, EffectClass effect) => operation.Http.Method == "HEAD"
        ? Failed(answer.Status == 404 ? "not-found" : "service-refused", $"The service answered {answer.Status}.")
        : Unseen(effect, "malformed-answer", $"The answer {answer.Status} is no error of the service, perhaps of something in between; whether the service took the request is not known.");

    private static ExecutionOutcome Failed(string slug, string detail) => new() { Kind = OutcomeKind.Failed, ErrorSlug = slug, ErrorDetail = detail };

    /// <summary>A read has no effect that could have happened, so it simply failed.</summary>
    private static ExecutionOutcome Unseen(EffectClass effect, string slug, string detail) =>
        new() { Kind = effect == EffectClass.Read ? OutcomeKind.Failed : OutcomeKind.Unknown, ErrorSlug = slug, ErrorDetail = detail };

    private static string Result(JsonElement result) => BoundedResult.Write(json =>
    {
        foreach (var member in result.EnumerateObject()) member.WriteTo(json);
    });
}
