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
            tools.KeepSecret(active.AgentNames.Select(name => active.Agent(name)?.Hosted?.KeyFile).OfType<string>());
            foreach (var environment in environments) await tools.ActivateAsync(environment, cancellation);
            await tools.AskAgainAsync();
            return documents;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A document that has come into force, on this silo and in every environment that it concerns.</summary>
    /// <returns>False when something did not take it; it is asked again.</returns>
    public async Task<bool> PutIntoForceAsync(ConfigurationDocument document)
    {
        try
        {
            await TakeAsync(active.PolicyNames, CancellationToken.None);
            if (document.Kind == "Environment") await grains.GetGrain<IEnvironmentUpkeep>(document.Name).RefreshAsync();
            // What an agent's calls wait for was asked under its earlier registration. Votes are held against the Directory of the moment anyway.
            if (document.Kind == "Agent")
                foreach (var environment in active.EnvironmentNames)
                    await grains.GetGrain<IEnvironmentUpkeep>(environment).VoidAgentAsync(document.Name, "The agent's registration changed while the call waited. Submit it again.");
            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogNotInForce(fault, document.Kind, document.Name);
            return false;
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

    [LoggerMessage(2, LogLevel.Error, "{Kind} '{Name}' was agreed to, but is not in force everywhere yet; it is tried again")]
    private partial void LogNotInForce(Exception fault, string kind, string name);
}
