using System.Text.Json;

namespace GovernedAgents.Connectors.Mcp;

internal enum NotSentBecause { Refused, Closed, GaveUp }

internal enum LostBecause { Connection, Oversized, Malformed }

/// <summary>How a request to the server ended.</summary>
internal abstract record RpcEnd
{
    private RpcEnd() { }

    /// <summary>A message with our id; whether it is well formed is for the reader to judge.</summary>
    public sealed record Answered(JsonElement Message) : RpcEnd;

    /// <summary>Certainly no byte left.</summary>
    public sealed record NotSent(NotSentBecause Because) : RpcEnd;

    /// <summary>Bytes may have left, and no answer can come any more.</summary>
    public sealed record Lost(LostBecause Because) : RpcEnd;

    /// <summary>Over HTTP: refused with a status that says that the request was not carried out.</summary>
    public sealed record Refused(int Status) : RpcEnd;

    /// <summary>Over HTTP: a status that says neither that the request was carried out nor that it was not.</summary>
    public sealed record Strange(int Status) : RpcEnd;

    /// <summary>Bytes have left, and the caller stopped waiting. A later answer is dropped.</summary>
    public sealed record GaveUp : RpcEnd;
}
