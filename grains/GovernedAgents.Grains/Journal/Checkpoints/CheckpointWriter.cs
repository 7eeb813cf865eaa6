using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <summary>Makes the signed checkpoints of this journal, each covering the records since the one before, and proofs against them.</summary>
public sealed class CheckpointWriter : IDisposable
{
    internal const int PageRecords = 2_048;

    private readonly IJournal _journal;
    private readonly JournalClock _clock;
    private readonly CheckpointKey _key;
    private readonly CheckpointFolder _folder;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private List<Checkpoint>? _chain;

    public CheckpointWriter(IJournal journal, JournalClock clock, string folder, string keyPath)
    {
        (_journal, _clock, _folder, _key) = (journal, clock, new CheckpointFolder(folder), CheckpointKey.Load(keyPath));
    }

    /// <summary>JWKS, <c>{"keys":[…]}</c>.</summary>
    public string PublicKeys => _key.PublicKeys;

    /// <summary>Up to which position checkpoints are known to cover; 0 before the first.</summary>
    public long CoveredPos => _chain is { Count: > 0 } chain ? chain[^1].ToPos : 0;

    internal CheckpointFolder Folder => _folder;

    /// <summary>Covers everything committed so far. When nothing is new: the last one. Null only while the journal is empty.</summary>
    public async Task<Checkpoint?> MakeAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            while (true)
            {
                var chain = Chain();
                var last = chain.Count > 0 ? chain[^1] : null;
                var (from, to) = ((last?.ToPos ?? 0) + 1, await _journal.ReadCommittedPosAsync(cancellation));
                if (to < from) return last;
                var checkpoint = _key.Sign(new Checkpoint
                {
                    Id = (last?.Id ?? 0) + 1,
                    At = _clock.Now,
                    FromPos = from,
                    ToPos = to,
                    Root = await RootAsync(_journal, from, to, cancellation) ?? throw new InvalidOperationException($"Records {from} to {to} are committed but cannot all be read."),
                    PrevCheckpoint = last?.Hash() ?? RecordHash.Zero,
                    KeyId = "",
                });
                // Otherwise another silo has made this one meanwhile: the next goes on from it.
                if (!_folder.TryAdd(checkpoint)) continue;
                chain.Add(checkpoint);
                return checkpoint;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>All of this incarnation, in order.</summary>
    public async Task<IReadOnlyList<Checkpoint>> ListAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return [.. Chain()];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Proof that a committed record is covered by a checkpoint; makes one when it is not covered yet. O(records of that checkpoint).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no record at that position.</exception>
    public async Task<InclusionReceipt> ProveAsync(long pos, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pos, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pos, await _journal.ReadCommittedPosAsync(cancellation));
        if (pos > CoveredPos) await MakeAsync(cancellation);
        var checkpoint = (await ListAsync(cancellation)).First(one => one.FromPos <= pos && pos <= one.ToPos);
        var hashes = new List<string>();
        await foreach (var record in ReadRangeAsync(_journal, checkpoint.FromPos, checkpoint.ToPos, cancellation)) hashes.Add(record.Hash);
        var index = (int)(pos - checkpoint.FromPos);
        return new InclusionReceipt { Pos = pos, Hash = hashes[index], Path = MerkleTree.InclusionProof(hashes, index), Checkpoint = checkpoint };
    }

    /// <summary>Sets the present chain aside and begins a new one from position 1.</summary>
    internal async Task<int> ArchiveAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var number = _folder.Archive();
            _chain = [];
            return number;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What is known of the folder, brought up to what other silos have added.</summary>
    private List<Checkpoint> Chain()
    {
        if (_chain is null || _folder.After(_chain) is not { } further) return _chain = [.. _folder.List()];
        _chain.AddRange(further);
        return _chain;
    }

    /// <summary>The Merkle root over a range, streamed; null when a record of it is missing.</summary>
    internal static async Task<string?> RootAsync(IJournal journal, long from, long to, CancellationToken cancellation)
    {
        var tree = new MerkleTree();
        await foreach (var record in ReadRangeAsync(journal, from, to, cancellation))
        {
            if (record.Pos != from + tree.Count) return null;
            tree.Add(record.Hash);
        }

        return tree.Count == to - from + 1 ? tree.Root() : null;
    }

    internal static async IAsyncEnumerable<JournalRecord> ReadRangeAsync(IJournal journal, long from, long to,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = from - 1; after < to;)
        {
            var page = await journal.ReadAllAsync(after, (int)Math.Min(PageRecords, to - after), null, cancellation);
            if (page.Count == 0) yield break;
            foreach (var record in page)
            {
                if (record.Pos > to) yield break;
                yield return record;
            }

            after = page[^1].Pos;
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _turn.Dispose();
    }
}
