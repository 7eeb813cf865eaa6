using System.Text.Json.Serialization;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Mcp;

/// <summary>What a client without a token needs to get one: the protected-resource metadata of RFC 9728, and the challenge that points to it.</summary>
public sealed record McpResourceMetadata
{
    public const string Scope = "mcp:tools";
    private const string Well = "/.well-known/oauth-protected-resource";

    [JsonPropertyName("resource")] public required string Resource { get; init; }
    [JsonPropertyName("authorization_servers")] public IReadOnlyList<string>? AuthorizationServers { get; init; }
    [JsonPropertyName("scopes_supported")] public required IReadOnlyList<string> ScopesSupported { get; init; }
    [JsonPropertyName("bearer_methods_supported")] public required IReadOnlyList<string> BearerMethodsSupported { get; init; }
    [JsonPropertyName("resource_name")] public required string ResourceName { get; init; }

    /// <summary>Answers for every name alike: whether an environment exists is told only to who may see it.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(Well + "/mcp/{environment}", (HttpContext http, GovernanceOptions options, string environment) => Answers.Ok(new McpResourceMetadata
        {
            Resource = $"{Addresses.BaseOf(http)}/mcp/{Uri.EscapeDataString(environment)}",
            AuthorizationServers = options.Identity.Authority is { } authority ? [authority] : null,
            ScopesSupported = [Scope],
            BearerMethodsSupported = ["header"],
            ResourceName = $"GovernedAgents: {environment}",
        })).AllowAnonymous().ExcludeFromDescription();

    /// <summary>The parameters that a challenge has at the MCP endpoint beside its own; elsewhere none.</summary>
    public static string OfChallenge(HttpContext http) => http.Request.Path.StartsWithSegments("/mcp")
        ? $", resource_metadata=\"{Addresses.BaseOf(http)}{Well}{http.Request.Path.ToUriComponent()}\", scope=\"{Scope}\""
        : "";
}
