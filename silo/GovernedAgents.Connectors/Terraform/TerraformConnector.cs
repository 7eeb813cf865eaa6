using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>
/// Terraform or OpenTofu over one directory that agents cannot write. An approval is of one saved plan; before it starts the world is planned anew, and another result voids it.
/// </summary>
public sealed class TerraformConnector : IConnector
{
    private static readonly TimeSpan MostLooking = TimeSpan.FromMinutes(2);
    /// <summary>Less than a start's permission lasts.</summary>
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(2);
    private readonly ConnectorSettings _settings;
    private readonly TerraformOptions _options;
    private readonly TimeProvider _time;
    private readonly TerraformCommand _command;
    private readonly PlanStore _plans;
    private readonly TerraformPlanner _planner;
    /// <summary>Agents plan one after the other, and never in the way of what was approved.</summary>
    private readonly SemaphoreSlim _planning = new(1);
    private readonly SemaphoreSlim _applying = new(1);
    private readonly CancellationTokenSource _ended = new();
    private Task _preparation = Task.CompletedTask;

    internal TerraformConnector(ConnectorSettings settings, TerraformOptions options, TimeProvider time)
    {
        (_settings, _options, _time) = (settings, options, time);
        _command = new(settings, options, time);
        _plans = new(options.Plans);
        _planner = new(options, _command, _plans, time);
        Tools = TerraformTools.Describe(settings, null);
    }

    public IReadOnlyDictionary<string, ToolDescription> Tools { get; private set; }

    /// <summary>As long as a plan may take.</summary>
    public TimeSpan LookLimit => _settings.Timeout < MostLooking ? _settings.Timeout : MostLooking;

    /// <summary>Compares the directory with its pin: without a matching one planning would run whatever lies there. Prepares it ahead of the first call, whose permission to start is short.</summary>
    public Task StartAsync(CancellationToken cancellation)
    {
        var why = _planner.WhyNotPlanned(out _);
        Tools = TerraformTools.Describe(_settings, why);
        if (why is null) _preparation = _planner.PrepareAsync(_ended.Token);
        return Task.CompletedTask;
    }

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

    /// <summary>The saved plan, which is what would run. The world is planned again when it comes to the start.</summary>
    public Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation) =>
        Task.FromResult(Bare(tool) == TerraformTools.Plan ? null : ManifestOf(arguments)?.ToPreview());

    /// <summary>The world as a plan of the same kind finds it now. Where none can be made there is nothing that the approved one could equal.</summary>
    public async Task<string?> FingerprintAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation)
    {
        if (ManifestOf(arguments) is not { } manifest) return null;
        var (fresh, problem) = await _planner.PlanAsync(manifest.IsDestroy, keep: false, cancellation).ConfigureAwait(false);
        // A provider that did not come up says nothing about the world.
        if (problem?.ErrorSlug == "terraform-error") (fresh, _) = await _planner.PlanAsync(manifest.IsDestroy, keep: false, cancellation).ConfigureAwait(false);
        if (fresh is not null && fresh.Fingerprint != manifest.Fingerprint && !manifest.IsStale) _plans.Write(manifest with { IsStale = true });
        return fresh?.Fingerprint;
    }

    public async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var deadline = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var isPlan = Bare(request.Tool) == TerraformTools.Plan;
        var turn = isPlan ? _planning : _applying;
        try
        {
            if (!await turn.WaitAsync(TurnPatience, either.Token).ConfigureAwait(false)) return TerraformOutcomes.NotStarted("busy", "Another run over this directory is under way; nothing was started. Ask again when it has ended.");
            try
            {
                return isPlan ? await PlanAsync(request, either.Token).ConfigureAwait(false) : await ApplyAsync(request, either.Token).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // A run that was begun answers how it ended.
            return TerraformOutcomes.NotStarted("timeout", "The directory could not be prepared within the call's time; nothing was started.");
        }
    }

    /// <summary>A plan of the same kind that finds nothing to do proves that this one was carried out.</summary>
    public async Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Bare(request.Tool) == TerraformTools.Plan || ManifestOf(request.Arguments) is not { Changes.Count: > 0 } manifest) return null;
        var (fresh, _) = await _planner.PlanAsync(manifest.IsDestroy, keep: false, cancellation).ConfigureAwait(false);
        if (fresh is not { Changes.Count: 0 } || fresh.DirectoryHash != manifest.DirectoryHash) return null;
        return new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = JsonSerializer.Serialize(new { reconciled = "A plan made afterwards finds nothing to do." }) };
    }

    /// <summary>A run that has begun goes on to its end; only the preparation is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _preparation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task<ExecutionOutcome> PlanAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        if (!request.BeforeSend()) return TerraformOutcomes.LeaseExpired;
        var isDestroy = request.Arguments.TryGetProperty("destroy", out var flag) && flag.ValueKind == JsonValueKind.True;
        var (manifest, problem) = await _planner.PlanAsync(isDestroy, keep: true, cancellation).ConfigureAwait(false);
        return manifest is null ? problem! : TerraformOutcomes.Planned(manifest);
    }

    private async Task<ExecutionOutcome> ApplyAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        if (ManifestOf(request.Arguments) is not { } manifest || !File.Exists(_plans.PlanFile(manifest.Plan)))
            return TerraformOutcomes.NotStarted("plan-gone", "The plan is not kept any more; nothing was started. Plan again.");
        if (manifest.IsStale) return TerraformOutcomes.NotStarted("plan-stale", "The world or the configuration has changed since this plan was made; nothing was started. Plan again.");
        var file = Path.Combine(_options.DataPath, $"{Guid.NewGuid():n}.tfplan");
        try
        {
            await _planner.PrepareAsync(cancellation).ConfigureAwait(false);
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
            return TerraformOutcomes.NotStarted("terraform-unavailable", BoundedResult.Cut(failure.Message, BoundedResult.MaxDetailChars));
        }
        finally
        {
            File.Delete(file);
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

    private PlanManifest? ManifestOf(JsonElement arguments) => arguments.TryGetProperty("plan", out var plan) && plan.ValueKind == JsonValueKind.String ? _plans.Find(plan.GetString()!) : null;

    private string Bare(ToolDescription tool) => tool.Name[(_settings.Name.Length + 1)..];
}
