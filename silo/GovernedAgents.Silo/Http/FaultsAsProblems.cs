using GovernedAgents.Silo.Console;
using GovernedAgents.Silo.Console.Shell;
using Orleans.Runtime;

namespace GovernedAgents.Silo.Http;

/// <summary>What no endpoint answered: exceptions, and statuses without a body (404 and 405 of the router).</summary>
public sealed partial class FaultsAsProblems(RequestDelegate next, ILogger<FaultsAsProblems> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Request.IsConsole() && !http.Response.HasStarted && http.Response.ContentLength is null && http.Response.ContentType is null && OfStatus(http, http.Response.StatusCode) is { } problem)
                await problem.ExecuteAsync(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; what it asked for goes on in the grains and is found under its key.
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            var headers = http.Response.Headers.Where(h => h.Key is not ("ETag" or "Location" or "Retry-After" or "Content-Type" or "Content-Length" or "blazor-enhanced-nav")).ToArray();
            http.Response.Clear();
            foreach (var (name, value) in headers) http.Response.Headers[name] = value;
            var answer = Answer(fault, http);
            if (http.Request.IsConsole()) await ErrorPage.WriteAsync(http, answer);
            else await answer.ExecuteAsync(http);
        }
    }

    private IResult Answer(Exception fault, HttpContext http)
    {
        switch (fault)
        {
            case BadHttpRequestException bad:
                return OfStatus(http, bad.StatusCode) ?? Problems.BadRequest("The request cannot be read.");
            // Lost infrastructure: a silo that went away, a message or response that did not come in time, a database that does not answer. (The caller's own end is handled before.)
            case OrleansException or TimeoutException or OperationCanceledException or IOException or System.Data.Common.DbException:
                LogUnavailable(http.Request.Method, http.Request.Path, fault);
                return Problems.Unavailable("The part of the system that answers this cannot be reached now; repeat the request, with the same Idempotency-Key where it has one.");
            default:
                LogFault(http.Request.Method, http.Request.Path, fault);
                return Problems.Of("internal", $"The server failed; its log has the details under '{http.TraceIdentifier}'.");
        }
    }

    private static IResult? OfStatus(HttpContext http, int status) => status switch
    {
        400 => Problems.BadRequest("The request cannot be read as HTTP."),
        404 => Problems.NotFound($"Nothing is served at '{http.Request.Path}'."),
        405 => Problems.Of("method-not-allowed", $"{http.Request.Method} is not served at '{http.Request.Path}'; Allow names what is."),
        406 => Problems.Of("not-acceptable", "None of what Accept names can be sent."),
        408 => Problems.BadRequest("The request did not arrive in time."),
        413 => Problems.Of("too-large", "The body is larger than 1 MiB (1,048,576 bytes)."),
        415 => Problems.Of("unsupported-media-type", "The body is not application/json."),
        431 => Problems.Of("headers-too-large", "The request's headers are too large."),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} could not be answered")]
    private partial void LogUnavailable(string method, string path, Exception fault);
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFault(string method, string path, Exception fault);
}
