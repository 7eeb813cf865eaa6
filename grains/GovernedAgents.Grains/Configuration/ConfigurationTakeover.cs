using GovernedAgents.Contracts;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Policy.Configuration;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Configuration;

/// <summary>Brings to this silo what the fleet has in force: at its start, and whenever another silo has put something new into force.</summary>
public sealed partial class ConfigurationTakeover(ActiveConfiguration active, ToolRegistry tools, IGrainFactory grains, ILogger<ConfigurationTakeover> logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _taken = -1;

    /// <summary>Documents, then the connectors of their environments.</summary>
    public async Task<IReadOnlyList<ConfigurationDocument>> TakeAsync(IEnumerable<string> policies, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var documents = await grains.GetGrain<IFleetGrain>(0).DocumentsAsync();
            var environments = documents.Where(document => document.Kind == "Environment").Select(document => EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson)).ToList();
            active.Activate(documents, policies.Union(environments.Select(environment => environment.Policy)));
            foreach (var environment in environments) await tools.ActivateAsync(environment, cancellation);
            return documents;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes over what is newer than what was last taken, beside the caller. A failure is tried again at the next word from the fleet.</summary>
    /// <param name="seq">Of the fleet's documents.</param>
    public void Follow(long seq)
    {
        if (!active.Loaded || Interlocked.Exchange(ref _taken, seq) == seq) return;
        _ = FollowAsync(seq);
    }

    public void Dispose() => _turn.Dispose();

    private async Task FollowAsync(long seq)
    {
        try
        {
            await TakeAsync(active.PolicyNames, CancellationToken.None);
        }
        catch (Exception fault)
        {
            LogNotTaken(fault);
            Interlocked.CompareExchange(ref _taken, -1, seq);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The fleet's configuration could not be taken over; what was in force here stays, and it is tried again")]
    private partial void LogNotTaken(Exception fault);
}
