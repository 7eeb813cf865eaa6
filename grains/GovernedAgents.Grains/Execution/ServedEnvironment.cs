using System.Collections.Frozen;
using GovernedAgents.Contracts;

namespace GovernedAgents.Grains.Execution;

/// <summary>The connectors of one definition of an environment on this silo. Retired, they end with the last call that runs on them.</summary>
public sealed class ServedEnvironment : IAsyncDisposable
{
    private readonly Lock _counting = new();
    private int _uses;
    private bool _retired;

    internal ServedEnvironment(string definitionHash, FrozenDictionary<string, IConnector> connectors, Redactor redactor) =>
        (DefinitionHash, Connectors, Redactor) = (definitionHash, connectors, redactor);

    public string DefinitionHash { get; }
    internal FrozenDictionary<string, IConnector> Connectors { get; }
    internal Redactor Redactor { get; }

    /// <summary>Null when the connectors are ending.</summary>
    public Use? TryUse()
    {
        lock (_counting)
        {
            if (_retired) return null;
            _uses++;
            return new Use(this);
        }
    }

    /// <summary>No new use; the connectors end now, or with the last use.</summary>
    public void Retire()
    {
        lock (_counting)
        {
            if (_retired) return;
            _retired = true;
            if (_uses > 0) return;
        }

        _ = DisposeAsync().AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connector in Connectors.Values) await connector.DisposeAsync();
    }

    private void Release()
    {
        lock (_counting)
        {
            if (--_uses > 0 || !_retired) return;
        }

        _ = DisposeAsync().AsTask();
    }

    /// <summary>One call's hold on the connectors.</summary>
    public sealed class Use(ServedEnvironment served) : IDisposable
    {
        /// <exception cref="KeyNotFoundException">The definition has no such tool source.</exception>
        public IConnector ConnectorOf(string tool) => served.Connectors[tool[..tool.IndexOf('.', StringComparison.Ordinal)]];

        public ExecutionOutcome Redact(ExecutionOutcome outcome) => served.Redactor.Redact(outcome);

        public void Dispose() => served.Release();
    }
}
