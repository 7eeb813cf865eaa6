using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Mcp;

/// <summary>
/// What a request to the MCP endpoint passes before the protocol is looked at: the server's own name, a session that has not ended, an environment that exists, and a body that
/// says one thing only (canonical JSON, at most 1 MiB).
/// </summary>
internal sealed class McpDoor(RequestDelegate next, McpHosts hosts, Visitors visitors, McpSessions sessions, SessionGate gate, IConfigurationView configuration)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (await RefuseAsync(http) is { } refusal) await refusal.ExecuteAsync(http);
        else await next(http);
    }

    private async Task<IResult?> RefuseAsync(HttpContext http)
    {
        if (hosts.Refuses(http.Request) is { } stranger) return Problems.Forbidden(stranger);
        if (http.GetEndpoint()?.Metadata.GetMetadata<AccessRuleAttribute>() is null) return null; // No endpoint: the router says 404 or 405.
        var visitor = visitors.Of(http);
        if (visitor.Problem is { } refused) return refused;
        var environment = EnvironmentOf(http);
        if (!configuration.EnvironmentNames.Contains(environment)) return Problems.Of("unknown-environment", $"There is no environment '{environment}'.");
        var session = await sessions.OfAsync(visitor.Value!, http.RequestAborted);
        if (session.Problem is { } closed) return closed;
        if (await gate.RefuseEndedAsync(session.Value!) is { } ended) return ended;
        http.Features.Set(session.Value!);
        return await RefuseBodyAsync(http);
    }

    public static string EnvironmentOf(HttpContext http) => (string)http.GetRouteValue("environment")!;

    private static async Task<IResult?> RefuseBodyAsync(HttpContext http)
    {
        var read = await StrictBody.ReadBytesAsync(http.Request);
        if (read.Problem is { } tooLarge) return tooLarge;
        byte[] canonical;
        try { canonical = CanonicalJson.Canonicalize(read.Value!); }
        catch (CanonicalJsonException fault) { return JsonRpcFault(fault); }
        http.Request.Body = new MemoryStream(canonical);
        http.Request.ContentLength = canonical.Length;
        return null;
    }

    /// <summary>JSON-RPC's own form, for that is what reads it; without an id, for none could be trusted.</summary>
    private static IResult JsonRpcFault(CanonicalJsonException fault) => Results.Json(new
    {
        jsonrpc = "2.0",
        id = (string?)null,
        error = new { code = fault.Slug == "bad-request" ? -32700 : -32600, message = fault.Message, data = new { slug = fault.Slug, pointer = fault.Pointer } },
    }, statusCode: 400);
}
