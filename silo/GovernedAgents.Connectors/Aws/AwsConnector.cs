using System.Text.Json;
using GovernedAgents.Connectors.Aws.Answers;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Connectors.Aws.Sending;
using GovernedAgents.Connectors.Aws.Targets;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Aws;

/// <summary>
/// The AWS API as one tool. Each request runs under the environment's role with a session policy of that one action and resource. An effect is sent at most once, on a
/// connection of its own; a read is repeated where the service only asked for patience.
/// </summary>
public sealed class AwsConnector : IConnector
{
    private const int MostReadAttempts = 3;
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(5);
    private readonly ConnectorSettings _settings;
    private readonly AwsOptions _options;
    private readonly TimeProvider _time;
    private readonly AwsHttp _http = new();
    private readonly AssumedRole _role;
    private readonly TargetNames _names;
    private readonly AwsReads _reads;

    internal AwsConnector(ConnectorSettings settings, AwsOptions options, TimeProvider time)
    {
        (_settings, _options, _time) = (settings, options, time);
        _role = new(settings, options, _http, time);
        _names = new(options.Partition, options.Account);
        _reads = new(options, _http, _role, _names, time);
        var tool = AwsTool.Describe(settings, options);
        Tools = new Dictionary<string, ToolDescription> { [tool.Name] = tool };
    }

    public IReadOnlyDictionary<string, ToolDescription> Tools { get; }

    /// <summary>Nothing is kept open: the first request connects.</summary>
    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    public IReadOnlyList<FieldError> Check(ToolDescription tool, JsonElement arguments) => AwsTool.Check(_options, arguments);

    /// <summary>A pin is <c>call</c> or <c>service:Action</c>; the more exact one counts.</summary>
    public CallClassification Classify(ToolDescription tool, JsonElement arguments)
    {
        var call = AwsCall.Of(arguments, _options.Regions[0]);
        var effect = _settings.Effects.TryGetValue($"{call.Service}:{call.Action}", out var pin) || _settings.Effects.TryGetValue(AwsTool.Name, out pin)
            ? pin
            : ActionClasses.Of(call.Service, call.Action, call.Parameters);
        return new($"aws:{call.Service}:{call.Action}", _names.ResourceOf(call), effect);
    }

    public async Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation) =>
        await new AwsPreview(_reads, await RedactorAsync(cancellation).ConfigureAwait(false))
            .OfAsync(AwsCall.Of(arguments, _options.Regions[0]), Classify(tool, arguments).Effect, cancellation).ConfigureAwait(false);

    public async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var deadline = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var call = AwsCall.Of(request.Arguments, _options.Regions[0]);
        try
        {
            var outcome = await ExecuteAsync(request, call, either.Token).ConfigureAwait(false);
            return outcome.Kind == OutcomeKind.Unknown ? await LookAfterAsync(request, cancellation).ConfigureAwait(false) ?? outcome : outcome;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Only the way to the credentials is cancelled by an exception; a sending answers how it ended.
            return AwsOutcomes.NotStarted("timeout", "The environment's role could not be assumed within the call's time; nothing was sent.");
        }
    }

    public Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new AwsReconciliation(_reads).OfAsync(AwsCall.Of(request.Arguments, _options.Regions[0]), request.CallId, cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, AwsCall call, CancellationToken cancellation)
    {
        var service = ServiceModel.Find(call.Service)!;
        var operation = service.Operations[call.Action];
        var redactor = await RedactorAsync(cancellation).ConfigureAwait(false);
        var (key, problem) = await _role.AssumeAsync(call.Region, request.CallId, SessionPolicy.Of(call, _names), cancellation).ConfigureAwait(false);
        if (key is null) return AwsOutcomes.NotStarted("credentials-unavailable", BoundedResult.Cut(redactor.Redact(problem!), BoundedResult.MaxDetailChars));
        redactor = redactor.With(key.Secret, key.Token);

        var built = RequestBuilder.Build(service, call.Action, RequestBuilder.WithTokens(service, operation, call.Parameters, request.CallId));
        var endpoint = Endpoints.Of(service, call.Region, _options.Endpoint);
        var permitted = request.BeforeSend;
        for (var attempt = 1; ; attempt++)
        {
            var end = await _http.SendAsync(built, endpoint, key, _time, permitted, cancellation).ConfigureAwait(false);
            if (request.Effect != EffectClass.Read || attempt == MostReadAttempts || !IsWorthRepeating(end)) return AwsOutcomes.Of(end, service, operation, request.Effect, redactor);
            // The permission was taken with the first sending; a read repeats nothing but itself.
            permitted = () => true;
            await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A look at once, while it is this silo's call: a person is asked only when it proves nothing.</summary>
    private async Task<ExecutionOutcome?> LookAfterAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LookLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await ReconcileAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static bool IsWorthRepeating(SendEnd end) => end switch
    {
        SendEnd.Lost { GaveUp: false } => true,
        SendEnd.Answered { Answer: { IsSuccess: false } answer } => answer.Status >= 500 || AwsFault.Read(answer) is { IsThrottling: true },
        _ => false,
    };

    private async Task<SecretRedactor> RedactorAsync(CancellationToken cancellation)
    {
        try
        {
            return new SecretRedactor((await SecretFiles.ReadAsync(_settings, cancellation).ConfigureAwait(false)).Where(secret => secret.Key != "AWS_ACCESS_KEY_ID").Select(secret => secret.Value));
        }
        catch (IOException)
        {
            // Said when the role is assumed, which needs the same files.
            return new SecretRedactor([]);
        }
    }
}
