using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>
/// Terraform or OpenTofu over one directory that agents cannot write. An approval is of one saved plan; before it starts the world is planned anew, and another result voids it.
/// </summary>
public sealed class TerraformConnector : IConnector
{
    private static readonly TimeSpan MostLooking = TimeSpan.FromSeconds(60);
    private readonly ConnectorSettings _settings;
    private readonly TerraformOptions _options;
    private readonly TimeProvider _time;
    private readonly TerraformCommand _command;
    private readonly PlanStore _plans;
    /// <summary>The command locks its state: one run at a time here.</summary>
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _ended = new();
    private Task _preparation = Task.CompletedTask;
    private bool _isInitialised;

    internal TerraformConnector(ConnectorSettings settings, TerraformOptions options, TimeProvider time)
    {
        (_settings, _options, _time) = (settings, options, time);
        _command = new(settings, options, time);
        _plans = new(options.Plans);
        Tools = TerraformTools.Describe(settings, null);
    }

    public IReadOnlyDictionary<string, ToolDescription> Tools { get; private set; }

    /// <summary>Compares the directory with its pin. Without a matching pin planning would run whatever lies there.</summary>
    public Task StartAsync(CancellationToken cancellation)
    {
        var why = WhyNotPlanned(out _);
        Tools = TerraformTools.Describe(_settings, why);
        if (why is null) _preparation = PrepareAsync();
        return Task.CompletedTask;
    }

    /// <summary>As long as a plan may take: nobody is kept waiting longer for a card or a start.</summary>
    public TimeSpan LookLimit => _settings.Timeout < MostLooking ? _settings.Timeout : MostLooking;

    public IReadOnlyList<FieldError> Check(ToolDescription tool, JsonElement arguments)
    {
        if (Bare(tool) == TerraformTools.Plan) return [];
        if (ManifestOf(arguments) is not { } manifest) return [new("/plan", $"No plan with this hash is kept. Make one with {_settings.Name}.plan.")];
        if (manifest.IsSpent) return [new("/plan", $"This plan was carried out already. Make another with {_settings.Name}.plan.")];
        if (manifest.IsStale) return [new("/plan", $"The world or the configuration has changed since this plan was made. Make another with {_settings.Name}.plan.")];
        if (manifest.IsDestroy == (Bare(tool) == TerraformTools.Destroy)) return [];
        return [new("/plan", manifest.IsDestroy ? $"This plan destroys everything; it is carried out by {_settings.Name}.destroy." : $"This plan was not made with destroy: true; it is carried out by {_settings.Name}.apply.")];
    }

    /// <summary>A pin may lower what a plan grants, never one that deletes or replaces.</summary>
    public CallClassification Classify(ToolDescription tool, JsonElement arguments)
    {
        var bare = Bare(tool);
        var own = bare == TerraformTools.Plan ? EffectClass.Read : ManifestOf(arguments)?.Effect ?? EffectClass.Destroy;
        var effect = own != EffectClass.Destroy && _settings.Effects.TryGetValue(bare, out var pin) ? pin : own;
        return new($"terraform:{bare}", _options.Directory, effect);
    }

    public async Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation)
    {
        if (Bare(tool) == TerraformTools.Plan || ManifestOf(arguments) is not { } manifest) return null;
        var (fresh, problem) = await PlanAsync(manifest.IsDestroy, keep: false, null, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        var same = fresh?.Fingerprint == manifest.Fingerprint;
        if (fresh is not null && !same && !manifest.IsStale) _plans.Write(manifest with { IsStale = true });
        var counts = $"{manifest.Count(change => change.IsDelete)} to delete, {manifest.Count(change => change.IsReplace)} to replace, {manifest.Count(change => change.Actions is ["update"])} to update, {manifest.Count(change => change.Actions is ["create"])} to create";
        return new CallPreview
        {
            Summary = same ? $"{counts}. A plan made just now says the same."
                : fresh is null ? $"{counts}. Whether the world is still so could not be planned: {problem?.ErrorDetail}"
                : $"{counts}. The world or the configuration has changed since: this plan will not be carried out. Plan again.",
            Creates = manifest.Count(change => change.Actions is ["create"]), Updates = manifest.Count(change => change.Actions is ["update"]),
            Replaces = manifest.Count(change => change.IsReplace), Deletes = manifest.Count(change => change.IsDelete),
            Items = [.. manifest.Changes.Select(change => change.ToString())],
            // Without a fresh plan there is nothing that a later one could equal.
            Fingerprint = fresh?.Fingerprint ?? $"not planned {Guid.NewGuid():n}",
        };
    }

    public async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var deadline = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            if (Bare(request.Tool) != TerraformTools.Plan) return await ApplyAsync(request, either.Token).ConfigureAwait(false);
            var isDestroy = request.Arguments.TryGetProperty("destroy", out var flag) && flag.ValueKind == JsonValueKind.True;
            var (manifest, problem) = await PlanAsync(isDestroy, keep: true, request.BeforeSend, either.Token).ConfigureAwait(false);
            return manifest is null ? problem! : TerraformOutcomes.Planned(manifest);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return TerraformOutcomes.NotStarted("timeout", "Another run of the command took all of the call's time; nothing was started.");
        }
    }

    /// <summary>A plan of the same kind that finds nothing to do proves that this one was carried out.</summary>
    public async Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Bare(request.Tool) == TerraformTools.Plan || ManifestOf(request.Arguments) is not { } manifest) return null;
        var (fresh, _) = await PlanAsync(manifest.IsDestroy, keep: false, null, cancellation).ConfigureAwait(false);
        if (fresh is not { Changes.Count: 0 } || fresh.DirectoryHash != manifest.DirectoryHash || manifest.Changes.Count == 0) return null;
        return new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = JsonSerializer.Serialize(new { reconciled = "A plan made afterwards finds nothing to do." }) };
    }

    /// <summary>A run that has begun goes on to its end; only the preparation is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _preparation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task<ExecutionOutcome> ApplyAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        if (ManifestOf(request.Arguments) is not { } manifest || !File.Exists(_plans.PlanFile(manifest.Plan)))
            return TerraformOutcomes.NotStarted("plan-gone", "The plan is not kept any more; nothing was started. Plan again.");
        if (manifest.IsStale) return TerraformOutcomes.NotStarted("plan-stale", "The world or the configuration has changed since this plan was made; nothing was started. Plan again.");
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        var file = Path.Combine(_options.DataPath, $"{Guid.NewGuid():n}.tfplan");
        try
        {
            if (await InitialiseAsync(cancellation).ConfigureAwait(false) is { } problem) return TerraformOutcomes.NotStarted("terraform-unavailable", problem.ErrorDetail!);
            _plans.Copy(manifest.Plan, file);
            if (PlanStore.HashOf(file) != manifest.Plan) return TerraformOutcomes.NotStarted("plan-changed", "The kept plan is not the one that was approved: its hash differs. Have the plans folder looked at; nothing was started.");
            var end = await _command.RunAsync(["apply", "-input=false", "-no-color", "-json", file], request.BeforeSend, cancellation).ConfigureAwait(false);
            if (end is null) return TerraformOutcomes.LeaseExpired;
            var outcome = TerraformOutcomes.Applied(end);
            if (outcome.Kind == OutcomeKind.Succeeded) Spend(manifest);
            return outcome;
        }
        catch (IOException failure)
        {
            return TerraformOutcomes.NotStarted("terraform-unavailable", failure.Message);
        }
        finally
        {
            File.Delete(file);
            _turn.Release();
        }
    }

    /// <summary>The outcome is a fact, whatever becomes of the plan's file; the command refuses a plan that was carried out.</summary>
    private void Spend(PlanManifest manifest)
    {
        try
        {
            _plans.Spend(manifest);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <returns>The plan, or how it failed. Nothing of the world is changed.</returns>
    private async Task<(PlanManifest? Manifest, ExecutionOutcome? Problem)> PlanAsync(bool isDestroy, bool keep, Func<bool>? beforeStart, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        var file = _plans.NewFile();
        try
        {
            if (WhyNotPlanned(out var hash) is { } why) return (null, TerraformOutcomes.NotStarted("directory-changed", why));
            if (beforeStart?.Invoke() == false) return (null, TerraformOutcomes.LeaseExpired);
            if (await InitialiseAsync(cancellation).ConfigureAwait(false) is { } problem) return (null, problem);
            string[] mode = isDestroy ? ["-destroy"] : [];
            var planned = (await _command.RunAsync(["plan", "-input=false", "-no-color", "-lock-timeout=10s", $"-out={file}", .. mode], null, cancellation).ConfigureAwait(false))!;
            if (planned.ExitCode != 0 || planned.WasInterrupted) return (null, TerraformOutcomes.ReadFailed(planned));
            var shown = (await _command.RunAsync(["show", "-no-color", "-json", file], null, cancellation).ConfigureAwait(false))!;
            if (shown.ExitCode != 0 || shown.WasInterrupted) return (null, TerraformOutcomes.ReadFailed(shown));
            if (WhyNotPlanned(out var after) is not null || after != hash) return (null, new ExecutionOutcome { Kind = OutcomeKind.Failed, ErrorSlug = "directory-changed", ErrorDetail = "The directory changed while it was planned." });
            var manifest = PlanManifest.Read(shown.Output, PlanStore.HashOf(file), hash!, isDestroy);
            if (keep) _plans.Keep(file, manifest);
            return (manifest, null);
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            return (null, new ExecutionOutcome { Kind = OutcomeKind.Failed, ErrorSlug = "terraform-unavailable", ErrorDetail = BoundedResult.Cut(failure.Message, BoundedResult.MaxDetailChars) });
        }
        finally
        {
            File.Delete(file);
            _turn.Release();
        }
    }

    /// <summary>Ahead of the first call, whose permission to start is short.</summary>
    private async Task PrepareAsync()
    {
        await _turn.WaitAsync(_ended.Token).ConfigureAwait(false);
        try
        {
            await InitialiseAsync(_ended.Token).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Said to the first call, which tries again.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Providers and modules, only as the directory's lock file has them.</summary>
    private async Task<ExecutionOutcome?> InitialiseAsync(CancellationToken cancellation)
    {
        if (_isInitialised) return null;
        Directory.CreateDirectory(_options.DataPath);
        var end = (await _command.RunAsync(["init", "-input=false", "-no-color", "-lockfile=readonly"], null, cancellation).ConfigureAwait(false))!;
        if (end.ExitCode != 0 || end.WasInterrupted) return TerraformOutcomes.ReadFailed(end);
        _isInitialised = true;
        return null;
    }

    private string? WhyNotPlanned(out string? hash)
    {
        hash = null;
        try
        {
            hash = DirectoryHash.Of(_options.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"the directory '{_options.Directory}' cannot be read: {failure.Message}";
        }
        return hash == _options.DirectoryHash ? null
            : $"the directory '{_options.Directory}' has the hash {hash}, and options.directoryHash is {_options.DirectoryHash ?? "not set"}; an operator who has looked at it sets it.";
    }

    private PlanManifest? ManifestOf(JsonElement arguments) => arguments.TryGetProperty("plan", out var plan) && plan.ValueKind == JsonValueKind.String ? _plans.Find(plan.GetString()!) : null;

    private string Bare(ToolDescription tool) => tool.Name[(_settings.Name.Length + 1)..];
}
