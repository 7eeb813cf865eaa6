using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Policies;

/// <summary>A policy with its versions, newest first.</summary>
public sealed record PolicyBody
{
    public required string Name { get; init; }
    /// <summary>The active version.</summary>
    public string? Version { get; init; }
    public required IReadOnlyList<PolicyVersionSnapshot> Versions { get; init; }

    public static PolicyBody Of(string name, IReadOnlyList<PolicyVersionSnapshot> versions) => new()
    {
        Name = name,
        Version = versions.FirstOrDefault(v => v.State == "active")?.Version,
        Versions = [.. versions.OrderByDescending(v => v.ActivatedAt)],
    };
}

/// <summary>Reading policies.</summary>
public sealed class PolicyEndpoints(IGrainFactory grains, IConfigurationView configuration)
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/policies", (PolicyEndpoints it, HttpContext http) => it.ListAsync(http))
            .Admits(Access.AnyRole).Gives<ListBody<PolicyBody>>(200).Fails(400).Pages()
            .WithName("listPolicies").WithSummary("Policies by name").WithTags("Policies");
        v1.MapGet("/policies/{name}", (PolicyEndpoints it, string name) => it.ReadAsync(name))
            .Admits(Access.AnyRole).Gives<PolicyBody>(200).Fails(404)
            .WithName("readPolicy").WithSummary("One policy with its versions").WithTags("Policies");
        v1.MapGet("/policies/{name}/versions/{version}", (PolicyEndpoints it, string name, string version) => it.VersionAsync(name, version))
            .Admits(Access.AnyRole).Gives<PolicyVersionSnapshot>(200).Fails(404)
            .WithName("readPolicyVersion").WithSummary("One version with its source").WithTags("Policies");
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var page = Paging.Read(http.Request);
        if (page.Problem is { } unreadable) return unreadable;
        var (names, next) = Paging.ByName(configuration.PolicyNames, page.Value!);
        var found = await Task.WhenAll(names.Select(async n => PolicyBody.Of(n, await VersionsAsync(n))));
        return Answers.Ok(new ListBody<PolicyBody> { Items = found, Next = next });
    }

    private async Task<IResult> ReadAsync(string name) =>
        configuration.PolicyNames.Contains(name) ? Answers.Ok(PolicyBody.Of(name, await VersionsAsync(name))) : Problems.NotFound($"There is no policy '{name}'.");

    private async Task<IResult> VersionAsync(string name, string version) =>
        configuration.PolicyNames.Contains(name) && (await VersionsAsync(name)).LastOrDefault(v => v.Version == version) is { } found
            ? Answers.Ok(found) : Problems.NotFound($"There is no version '{version}' of a policy '{name}'.");

    private Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync(string name) => grains.GetGrain<IPolicyGrain>(name).VersionsAsync();
}
