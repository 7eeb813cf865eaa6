using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace GovernedAgents.Client.Http;

/// <summary>Sends one request, as often as <see cref="RetryOptions"/> allows, always byte for byte the same.</summary>
internal sealed class ApiTransport(Func<HttpClient> connect, GovernedAgentsClientOptions options, TimeProvider time)
{
    public GovernedAgentsClientOptions Options => options;
    public TimeProvider Time => time;

    /// <returns>Whatever the server answered last, refusals included.</returns>
    /// <exception cref="GovernedAgentsException"><c>unreachable</c>: no attempt got an answer.</exception>
    public async Task<ApiAnswer> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, fault) = await AttemptAsync(request, cancellation);
            if (answer is not null && !MayRepeat(request, answer)) return answer;

            var pause = answer is null && request.Repeat == Repeat.OnlyRefused
                ? null
                : options.Retry.PauseAfter(attempt, answer?.RetryAfter, Random.Shared.NextDouble());
            if (pause is null) return answer ?? throw Unreachable(request, attempt, fault!);
            await Task.Delay(pause.Value, time, cancellation);
        }
    }

    /// <summary>One exchange whose body is copied to <paramref name="target"/> as it arrives; never repeated once bytes have come.</summary>
    public async Task DownloadAsync(ApiRequest request, Stream target, CancellationToken cancellation)
    {
        using var message = await ComposeAsync(request, cancellation);
        try
        {
            using var response = await connect().SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                var refusal = await ReadAsync(response, cancellation);
                throw Problem.Read(refusal).ToException(refusal);
            }

            await response.Content.CopyToAsync(target, cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw Unreachable(request, 1, fault);
        }
    }

    // 502 and 504 are a proxy's words for a lost connection: whether the silo got the request is not known.
    private static bool MayRepeat(ApiRequest request, ApiAnswer answer) => answer.Status switch
    {
        HttpStatusCode.ServiceUnavailable => true,
        HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => request.Repeat == Repeat.Safe,
        HttpStatusCode.TooManyRequests => request.RetryThrottled,
        _ => false,
    };

    private async Task<(ApiAnswer? Answer, Exception? Fault)> AttemptAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var message = await ComposeAsync(request, cancellation);
        if (request.FinishAttempt)
        {
            cancellation.ThrowIfCancellationRequested();
            cancellation = CancellationToken.None;
        }

        using var limit = new CancellationTokenSource(options.AttemptTimeout + (request.Wait ?? TimeSpan.Zero), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var response = await connect().SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return (await ReadAsync(response, either.Token), null);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            return (null, new TimeoutException("No answer in time.", fault));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return (null, fault);
        }
    }

    private async ValueTask<HttpRequestMessage> ComposeAsync(ApiRequest request, CancellationToken cancellation)
    {
        var token = await request.Token(cancellation);
        var message = new HttpRequestMessage(request.Method, new Uri(options.Address, request.Path.TrimStart('/')));
        var headers = message.Headers;
        headers.Accept.ParseAdd(request.Accept);
        if (token is { Length: > 0 }) headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (request.IdempotencyKey is { } key) headers.TryAddWithoutValidation("Idempotency-Key", $"\"{key}\"");
        if (request.Wait is { } wait) headers.TryAddWithoutValidation("Prefer", "wait=" + Math.Clamp((int)Math.Ceiling(wait.TotalSeconds), 0, 60).ToString(CultureInfo.InvariantCulture));
        if (request.IfMatch is { } match) headers.TryAddWithoutValidation("If-Match", match);
        if (request.IfNoneMatch is { } none) headers.TryAddWithoutValidation("If-None-Match", none);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return message;
    }

    private async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        new(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation))
        {
            ETag = response.Headers.ETag?.ToString(),
            RetryAfter = response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } when date - time.GetUtcNow() is var left => left > TimeSpan.Zero ? left : TimeSpan.Zero,
                _ => null,
            },
        };

    private GovernedAgentsException Unreachable(ApiRequest request, int attempts, Exception fault) =>
        new("unreachable", null, $"No answer from {options.Address} after {attempts} attempt(s): {fault.Message} Check the address and that the silo runs.", fault) { IdempotencyKey = request.IdempotencyKey };
}
