using GovernedAgents.Contracts;

namespace GovernedAgents.Grains.Execution;

/// <summary>What is accepted of one tool source, as the journal has it: the same for every silo, and for one whose data folder is new.</summary>
internal sealed class JournaledAcceptance(IGrainFactory grains, string environment, string source) : IToolAcceptance
{
    public Task<IReadOnlyDictionary<string, string>> OfAsync(IReadOnlyDictionary<string, string> first, CancellationToken cancellation) =>
        grains.GetGrain<IConfigurationRegistry>(0).AcceptToolsAsync(environment, source, first, onlyFirst: true, "first-listing").WaitAsync(cancellation);
}
