namespace GovernedAgents.Connectors.Mcp;

/// <summary>One request on its way out: either the writer begins it or the caller abandons it, never both.</summary>
internal sealed class RpcSending(long id, byte[] line, Func<bool>? beforeSend)
{
    private int _taken;

    public long Id => id;
    public byte[] Line => line;
    public Func<bool>? BeforeSend => beforeSend;
    public TaskCompletionSource<RpcEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool TryBegin() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>True when no byte has left and none will.</summary>
    public bool TryAbandon() => Interlocked.Exchange(ref _taken, 1) == 0;
}
