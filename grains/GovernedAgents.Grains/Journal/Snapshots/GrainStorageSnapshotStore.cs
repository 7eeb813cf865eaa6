using Orleans.Runtime;
using Orleans.Storage;

namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>Snapshots in Orleans' grain storage, under the stream's name.</summary>
public sealed class GrainStorageSnapshotStore(IGrainStorage storage) : ISnapshotStore
{
    private const string StateName = "snapshot";
    private static readonly GrainType Owner = GrainType.Create("journal-stream");

    public async Task<SnapshotEnvelope?> ReadAsync(string stream)
    {
        var state = await LoadAsync(stream);
        return state.RecordExists ? state.State : null;
    }

    public async Task WriteAsync(string stream, SnapshotEnvelope envelope)
    {
        // A second activation may write between the read and the write. One more look is enough: the loser then sees a newer one.
        for (var attempt = 1; ; attempt++)
        {
            var state = await LoadAsync(stream);
            if (attempt > 1 && state is { RecordExists: true, State: { } rival } && rival.Seq > envelope.Seq) return;
            state.State = envelope;
            try
            {
                await storage.WriteStateAsync(StateName, Key(stream), state);
                return;
            }
            catch (InconsistentStateException) when (attempt < 3)
            {
            }
        }
    }

    private async Task<GrainState<SnapshotEnvelope>> LoadAsync(string stream)
    {
        var state = new GrainState<SnapshotEnvelope> { State = new SnapshotEnvelope() };
        await storage.ReadStateAsync(StateName, Key(stream), state);
        return state;
    }

    private static GrainId Key(string stream) => GrainId.Create(Owner, IdSpan.Create(stream));
}
