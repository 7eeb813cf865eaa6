using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Benchmarks;

/// <summary>What is compared with: a grain that writes its whole state to the grain storage at each call.</summary>
[Alias("ga.bench.IPlainGrain")]
public interface IPlainGrain : IGrainWithStringKey
{
    [Alias("Call")] Task CallAsync(string callId);
}

public sealed class PlainState
{
    public long Calls { get; set; }
    public string LastCall { get; set; } = "";
}

public sealed class PlainGrain([PersistentState("plain", EmbeddedStorageExtensions.SnapshotStorage)] IPersistentState<PlainState> state) : Grain, IPlainGrain
{
    public Task CallAsync(string callId)
    {
        state.State.Calls++;
        state.State.LastCall = callId;
        return state.WriteStateAsync();
    }
}
