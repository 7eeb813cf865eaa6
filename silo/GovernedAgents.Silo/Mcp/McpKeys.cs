using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Mcp;

/// <summary>
/// The idempotency key of an MCP call. A client that gives none repeats a lost request under its JSON-RPC id, so the session, that id and the arguments are the key, for ten minutes from the first.
/// </summary>
internal sealed class McpKeys(IJournal journal, IReadModel readModel, TimeProvider time)
{
    public const string Meta = "governedagents/idempotencyKey";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <returns>Null: the key given is none.</returns>
    public async Task<string?> OfAsync(string session, string requestId, JsonNode? given, string tool, string argumentsJson, CancellationToken cancellation)
    {
        if (given is not null)
            return given is JsonValue value && value.TryGetValue<string>(out var key) && key.Length is >= 1 and <= 255 && key.All(c => c is > ' ' and <= '~') ? key : null;
        var now = time.GetUtcNow();
        var period = now.Ticks / Life.Ticks;
        // A request that was first sent in the period before may be younger than ten minutes: then it is that call.
        var before = Derive(period - 1);
        if (await journal.FindClaimAsync(Ids.Call(session, before), cancellation) is { } claim
            && await readModel.FindCallAsync(claim.CallId, cancellation) is { } call && now - call.CreatedAt < Life) return before;
        return Derive(period);

        string Derive(long at) => "mcp:" + Sha256Hash.Of(Encoding.UTF8.GetBytes($"{at}\n{requestId}\n{tool}\n{argumentsJson}"));
    }
}
