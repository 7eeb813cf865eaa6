using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Policies;

/// <summary>A policy with its versions: what is under review, then what was in force, newest first, then what was turned down.</summary>
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
        Versions = versions,
    };
}

/// <summary>A version that is up for review.</summary>
public sealed record ProposedPolicyBody
{
    public required string Version { get; init; }
    /// <summary>The approval to be voted on.</summary>
    public required string Approval { get; init; }
    public required string State { get; init; }
}

/// <summary>Reading, checking and proposing policies.</summary>
public sealed class PolicyEndpoints(IGrainFactory grains, IConfigurationView configuration, IPolicySimulation simulation)
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
        v1.MapPost("/policies/validate", (Delegate)ValidateAsync)
            .Admits(Access.Operator).Takes<PolicySourceRequest>().Gives<PolicyValidationBody>(200).Fails(400, 413)
            .WithName("validatePolicy").WithSummary("Every problem of a source, with its place").WithTags("Policies");
        v1.MapPost("/policies/simulate", (PolicyEndpoints it, HttpContext http) => it.SimulateAsync(http))
            .Admits(Access.Operator).Takes<PolicySourceRequest>().Gives<SimulationSnapshot>(200).Fails(400, 413, 422)
            .WithName("simulatePolicy").WithSummary("Which recorded calls it would have decided differently").WithTags("Policies");
        v1.MapPost("/policies/{name}/versions", (PolicyEndpoints it, HttpContext http, string name) => it.ProposeAsync(http, name))
            .Admits(Access.Operator).Takes<PolicySourceRequest>().Gives<ProposedPolicyBody>(202).Fails(400, 404, 409, 413, 422)
            .WithName("proposePolicy").WithSummary("Puts a version up for review by the quorum of the one in force").WithTags("Policies");
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
        configuration.PolicyNames.Contains(name) && (await VersionsAsync(name)).FirstOrDefault(v => v.Version == version) is { } found
            ? Answers.Ok(found) : Problems.NotFound($"There is no version '{version}' of a policy '{name}'.");

    private static async Task<IResult> ValidateAsync(HttpContext http)
    {
        var body = await StrictBody.ReadAsync<PolicySourceRequest>(http);
        return body.Problem ?? Answers.Ok(PolicySource.Read(body.Value!.Source).Findings);
    }

    private async Task<IResult> SimulateAsync(HttpContext http)
    {
        var body = await StrictBody.ReadAsync<PolicySourceRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var (policy, findings) = PolicySource.Read(body.Value!.Source);
        return policy is null ? PolicySource.Refuse(findings) : Answers.Ok(await simulation.RunAsync(policy.ToCanonicalJson(), http.RequestAborted));
    }

    private async Task<IResult> ProposeAsync(HttpContext http, string name)
    {
        var body = await StrictBody.ReadAsync<PolicySourceRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        if (!configuration.PolicyNames.Contains(name)) return Problems.NotFound($"There is no policy '{name}'.");
        var (policy, findings) = PolicySource.Read(body.Value!.Source);
        if (policy is not null && policy.Name != name)
            findings = findings with { Problems = [new PolicyFinding(1, 1, $"metadata.name is '{policy.Name}', but the version is proposed for '{name}'.")] };
        if (policy is null || findings.Problems.Count > 0) return PolicySource.Refuse(findings);
        var visitor = http.Visitor();
        var answer = await grains.GetGrain<IPolicyGrain>(name).ProposeAsync(new ProposePolicy
        {
            CanonicalJson = policy.ToCanonicalJson(), Source = body.Value.Source, By = visitor.By, ByPerson = visitor.Person is not null,
        });
        if (answer.Refusal is { } refusal) return Problems.Of(refusal);
        return Answers.Accepted($"/v1/approvals/{answer.Value!.Approval}", new ProposedPolicyBody { Version = answer.Value.Version, Approval = answer.Value.Approval!, State = answer.Value.State });
    }

    private Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync(string name) => grains.GetGrain<IPolicyGrain>(name).VersionsAsync();
}
