using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Schemas;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Execution;

/// <summary>The connectors of this silo's environments.</summary>
public sealed class ToolRegistry(IEnumerable<IConnectorFactory> factories, IOptions<ActivationOptions> options, IGrainFactory grains) : IToolRegistry, IAsyncDisposable
{
    private readonly SemaphoreSlim _activating = new(1, 1);
    private readonly ConcurrentDictionary<string, ServedEnvironment> _environments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ToolSchema> _schemas = new(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, IConnectorFactory> _factories = factories.ToFrozenDictionary(factory => factory.Kind, StringComparer.Ordinal);
    private volatile Redactor _modelKeys = Redactor.Of([]);

    /// <summary>The keys of hosted agents' models are secrets of every environment.</summary>
    public void KeepSecret(IEnumerable<string> keyFiles) => _modelKeys = Redactor.Of(keyFiles.Select(file => Path.Combine(Path.GetFullPath(options.Value.ConfigPath), file)));

    /// <summary>Blots the keys of models out.</summary>
    public ExecutionOutcome RedactModelKeys(ExecutionOutcome outcome) => _modelKeys.Redact(outcome);

    /// <summary>The kinds of connectors that this silo has.</summary>
    public IReadOnlyCollection<string> Kinds { get; } = [.. factories.Select(factory => factory.Kind).Order(StringComparer.Ordinal)];

    /// <summary>Why this silo could not serve a definition: every fault of its tool sources; empty when there is none. Starts nothing.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(EnvironmentDefinition definition)
    {
        var faults = new List<string>();
        foreach (var source in definition.Tools)
        {
            try
            {
                await using var connector = Create(definition, source);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                faults.Add(fault.Message);
            }
        }

        return faults;
    }

    /// <summary>Brings an environment's connectors up. Those of an earlier definition end when what runs on them has ended.</summary>
    public async Task ActivateAsync(EnvironmentDefinition definition, CancellationToken cancellation)
    {
        await _activating.WaitAsync(cancellation);
        try
        {
            var hash = definition.Hash;
            var running = _environments.GetValueOrDefault(definition.Name);
            if (running?.DefinitionHash == hash) return;
            // All of them, or the earlier ones stay.
            var connectors = definition.Tools.ToFrozenDictionary(source => source.Name, source => Create(definition, source), StringComparer.Ordinal);
            var served = new ServedEnvironment(hash, connectors, Redactor.Of(definition, Path.GetFullPath(options.Value.ConfigPath)));
            try
            {
                foreach (var connector in connectors.Values) await connector.StartAsync(cancellation);
            }
            catch
            {
                await served.DisposeAsync();
                throw;
            }

            _environments[definition.Name] = served;
            running?.Retire();
        }
        finally
        {
            _activating.Release();
        }
    }

    /// <summary>Whether this silo's connectors of the environment are those of this definition.</summary>
    public bool Serves(string environment, string definitionHash) => _environments.TryGetValue(environment, out var served) && served.DefinitionHash == definitionHash;

    /// <summary>The connectors of exactly this definition, kept up until the answer is disposed; null when the silo has others by now.</summary>
    public ServedEnvironment.Use? Take(string environment, string definitionHash) => Serves(environment, definitionHash) ? _environments[environment].TryUse() : null;

    public IReadOnlyList<ToolDescription> ToolsOf(string environment) => _environments.TryGetValue(environment, out var entry)
        ? [.. entry.Connectors.Values.SelectMany(connector => connector.Tools.Values).OrderBy(tool => tool.Name, StringComparer.Ordinal)]
        : [];

    public ToolDescription? Find(string environment, string tool) =>
        TryConnector(environment, tool, out var connector) && connector.Tools.TryGetValue(tool, out var description) ? description : null;

    /// <exception cref="KeyNotFoundException">The tool's connector is gone.</exception>
    public IConnector ConnectorOf(string environment, string tool) => TryConnector(environment, tool, out var connector)
        ? connector
        : throw new KeyNotFoundException($"Environment '{environment}' has no connector for '{tool}'.");

    /// <summary>Every fault of the arguments against the tool's schema, and every secret in them.</summary>
    public IReadOnlyList<FieldError> Check(string environment, ToolDescription tool, JsonElement arguments)
    {
        var schema = _schemas.GetOrAdd(tool.SchemaHash, _ => Compile(tool));
        var faults = schema.Validate(arguments).Select(fault => new FieldError("/arguments" + fault.Pointer, fault.Detail)).ToList();
        // The connector sees only arguments that fit its schema.
        if (faults.Count == 0) faults.AddRange(ConnectorOf(environment, tool.Name).Check(tool, arguments).Select(fault => fault with { Pointer = "/arguments" + fault.Pointer }));
        if (_environments.TryGetValue(environment, out var entry)) faults.AddRange(entry.Redactor.Find(arguments, "/arguments"));
        faults.AddRange(_modelKeys.Find(arguments, "/arguments"));
        return faults;
    }

    public CallPreview? Redact(string environment, CallPreview? preview) => preview is not null && _environments.TryGetValue(environment, out var entry) ? entry.Redactor.Redact(preview) : preview;

    /// <summary>Something was accepted, at whatever silo: every connector that holds tools back looks again.</summary>
    public async Task AskAgainAsync()
    {
        foreach (var quarantine in _environments.Values.SelectMany(served => served.Connectors.Values).OfType<IToolQuarantine>()) await quarantine.AskAgainAsync();
    }

    public async Task<Refusal?> AcceptAsync(string environment, string tool, string schemaHash, string by)
    {
        if (Find(environment, tool) is not { } description) return new Refusal { Slug = "unknown-tool", Detail = $"Environment '{environment}' has no tool '{tool}'." };
        if (description.HeldBack is null && description.SchemaHash == schemaHash) return null;
        if (ConnectorOf(environment, tool) is not IToolQuarantine quarantine || !quarantine.Holds(tool, schemaHash))
            return new Refusal { Slug = "conflict", Detail = $"'{tool}' is not held back with schema hash {schemaHash}; its present one is {description.SchemaHash}." };
        var dot = tool.IndexOf('.', StringComparison.Ordinal);
        await grains.GetGrain<IConfigurationRegistry>(0).AcceptToolsAsync(environment, tool[..dot], new Dictionary<string, string> { [tool[(dot + 1)..]] = schemaHash }, onlyFirst: false, by);
        await quarantine.AskAgainAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var served in _environments.Values) await served.DisposeAsync();
        _environments.Clear();
        _activating.Dispose();
    }

    private IConnector Create(EnvironmentDefinition definition, ToolSourceDefinition source)
    {
        if (!_factories.TryGetValue(source.Connector, out var factory))
            throw new InvalidOperationException($"Environment '{definition.Name}', tools '{source.Name}': this silo has no connector '{source.Connector}'. It has: {string.Join(", ", _factories.Keys)}.");
        return factory.Create(new ConnectorSettings
        {
            Environment = definition.Name, Name = source.Name, Kind = source.Connector, Transport = source.Transport, Command = source.Command, Args = source.Args, Url = source.Url,
            SecretFiles = source.Secrets, SecretVariables = source.SecretVariables, Timeout = source.Timeout, Include = source.Include, Effects = source.Effects, Resource = source.Resource, Options = source.Options,
            WorkingDirectory = Path.GetFullPath(options.Value.ConfigPath), RunAs = options.Value.ToolServerUser,
            StatePath = Path.GetFullPath(Path.Combine(options.Value.DataPath, "connectors", definition.Name, source.Name)),
            Acceptance = new JournaledAcceptance(grains, definition.Name, source.Name),
        });
    }

    private static ToolSchema Compile(ToolDescription tool)
    {
        using var document = JsonDocument.Parse(tool.InputSchemaJson);
        return ToolSchema.TryCompile(document.RootElement.Clone(), out var compiled, out var problem)
            ? compiled
            : throw new InvalidOperationException($"The schema of '{tool.Name}' is not supported: {problem}");
    }

    private bool TryConnector(string environment, string tool, out IConnector connector)
    {
        connector = null!;
        var dot = tool.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _environments.TryGetValue(environment, out var entry) && entry.Connectors.TryGetValue(tool[..dot], out connector!);
    }
}
