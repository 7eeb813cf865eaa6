using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>By what this environment judges: its definition, its policy version, and the connectors that belong to them.</summary>
public sealed partial class EnvironmentGrain
{
    private Task _refreshing = Task.CompletedTask;
    private EnvironmentDefinition? _definition;
    private string _definitionHash = "";
    private CompiledPolicy? _policy;
    private IntakeGate? _intake;

    /// <summary>One after the other, each with what is in force when its turn comes: an older answer never overwrites a newer one.</summary>
    public Task RefreshAsync() => _refreshing = RefreshAsync(_refreshing);

    private async Task RefreshAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var documents = await grains.GetGrain<IFleetGrain>(0).DocumentsAsync();
        if (documents.FirstOrDefault(document => document.Kind == "Environment" && document.Name == Name) is not { } document) return;
        var definition = EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson);
        var policy = await grains.GetGrain<IPolicyGrain>(definition.Policy).CanonicalAsync(null)
            ?? throw new InvalidOperationException($"Environment '{Name}' names policy '{definition.Policy}', of which no version is in force.");
        await tools.ActivateAsync(definition, CancellationToken.None);
        await ConfigureAsync(definition, document, configuration.Compile(policy));
    }

    private async Task ConfigureAsync(EnvironmentDefinition definition, ConfigurationDocument document, CompiledPolicy policy)
    {
        var state = _shell.Ahead;
        if (state.Generation > 0 && state.Definition == document.CanonicalJson && state.PolicyVersion == policy.Version) return;
        var generation = state.Generation + (state.Definition == document.CanonicalJson ? 0 : 1);
        List<DomainEvent> events = [new EnvironmentConfigured { Generation = generation, Definition = document.CanonicalJson, PolicyVersion = policy.Version }];
        if (state.Generation == 0 && control.Incarnation is > 0 and var incarnation) events.Add(new IncarnationBegan { Incarnation = incarnation });
        var recording = RecordVoidingAsync(events, _ => true, "The environment's configuration or policy changed while the call waited. Submit it again.");
        // INVARIANT (one version judges a call): what is decided from here on stands behind the staged record, so it is judged by what that says.
        Take(definition, policy);
        if (!await recording) throw new InvalidOperationException($"The configuration of '{Name}' could not be journaled; it is not in force.");
    }

    private async Task TakeConfigurationAsync()
    {
        var state = _shell.Ahead;
        if (state.Generation == 0) return;
        var definition = EnvironmentDefinition.FromCanonicalJson(state.Definition);
        Take(definition, await CompiledAsync(definition, state.PolicyVersion));
    }

    private async Task<CompiledPolicy?> CompiledAsync(EnvironmentDefinition definition, string version) =>
        configuration.CompiledPolicy(version) ?? (await grains.GetGrain<IPolicyGrain>(definition.Policy).CanonicalAsync(version) is { } json ? configuration.Compile(json) : null);

    /// <summary>Fail closed: without its exact policy version the environment answers nothing.</summary>
    private void Take(EnvironmentDefinition definition, CompiledPolicy? policy)
    {
        (_definition, _policy, _definitionHash) = (policy is null ? null : definition, policy, definition.Hash);
        _intake = new IntakeGate(definition.Intake);
    }
}
