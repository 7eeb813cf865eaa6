namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>
/// Call ids are random, so each row of the table <c>calls</c> dirties a page of its own. New claims are therefore added to the end of <c>calls_new</c> and known
/// from memory; they are sorted into <c>calls</c> while the writer is idle, or little by little once they are many. A claim in both tables is the same claim.
/// </summary>
internal sealed class ClaimLog
{
    /// <summary>From here on every batch sorts in more than it adds. About 25 MiB.</summary>
    private const int Many = 65_536;
    private const int Slice = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CallClaim> _byCall = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<CallClaim>> _bySession = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CallClaim> _staged = new(StringComparer.Ordinal);
    private CallClaim[] _sorting = [];
    private int _sorted, _sortedDurably;

    /// <summary>What the database has, on a new connection.</summary>
    public void Load(SqliteWriter writer)
    {
        lock (_gate)
        {
            _byCall.Clear();
            _bySession.Clear();
            _staged.Clear();
            _sorting = [];
            foreach (var claim in writer.ReadNewClaims()) Know(claim);
        }
    }

    /// <returns>False when the call id is taken.</returns>
    public bool TryAdd(SqliteWriter writer, CallClaim claim, long pos)
    {
        if (_staged.ContainsKey(claim.CallId) || _byCall.ContainsKey(claim.CallId) || writer.IsClaimed(claim.CallId)) return false;
        writer.Insert(claim, pos);
        _staged[claim.CallId] = claim with { Pos = pos };
        return true;
    }

    /// <summary>The unit of this claim is undone.</summary>
    public void Undo(CallClaim claim) => _staged.Remove(claim.CallId);

    public void Rollback()
    {
        _staged.Clear();
        _sorted = _sortedDurably;
    }

    public void Commit()
    {
        lock (_gate)
        {
            foreach (var claim in _staged.Values) Know(claim);
            if (_sorting.Length > 0 && _sorted == _sorting.Length) ForgetSorted();
        }

        _staged.Clear();
        _sortedDurably = _sorted;
    }

    public CallClaim? Find(string callId)
    {
        lock (_gate) return _byCall.GetValueOrDefault(callId);
    }

    public IReadOnlyList<CallClaim> Of(string session)
    {
        lock (_gate) return _bySession.TryGetValue(session, out var claims) ? [.. claims] : [];
    }

    /// <summary>Within the transaction of a batch.</summary>
    public void SortSomeIfMany(SqliteWriter writer)
    {
        if (_byCall.Count >= Many) Sort(writer, Math.Max(Slice, 2 * _staged.Count));
    }

    /// <summary>One slice in a transaction of its own. False when all is sorted in.</summary>
    public bool SortSome(SqliteWriter writer)
    {
        if (_byCall.Count == 0) return false;
        writer.Begin.Execute();
        Sort(writer, Slice);
        writer.Commit.Execute();
        Commit();
        return _byCall.Count > 0;
    }

    /// <summary>Those known now in the order of their ids, so that neighbours share a page; then the range of <c>calls_new</c> that held them goes as a whole.</summary>
    private void Sort(SqliteWriter writer, int most)
    {
        if (_sorting.Length == 0)
        {
            _sorting = [.. _byCall.Values];
            Array.Sort(_sorting, static (a, b) => string.CompareOrdinal(a.CallId, b.CallId));
            _sorted = _sortedDurably = 0;
        }

        for (; most > 0 && _sorted < _sorting.Length; most--) writer.SortIn(_sorting[_sorted++]);
        if (_sorted == _sorting.Length) writer.DropNewClaims(_sorting.Max(claim => claim.Pos));
    }

    private void Know(CallClaim claim)
    {
        _byCall[claim.CallId] = claim;
        if (!_bySession.TryGetValue(claim.Session, out var claims)) _bySession[claim.Session] = claims = [];
        claims.Add(claim);
    }

    private void ForgetSorted()
    {
        foreach (var claim in _sorting) _byCall.Remove(claim.CallId);
        CallClaim[] rest = [.. _byCall.Values];
        _bySession.Clear();
        foreach (var claim in rest) Know(claim);
        (_sorting, _sorted) = ([], 0);
    }
}
