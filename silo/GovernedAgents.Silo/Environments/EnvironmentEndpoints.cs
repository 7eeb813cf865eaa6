using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Environments;

public sealed record FreezeRequest
{
    [Length(1, 2000)] public required string Reason { get; init; }
    /// <summary>Default: mutate, privilege, destroy.</summary>
    public IReadOnlyList<EffectClass>? Blocks { get; init; }
}

/// <summary>Environments as they run, and their operator freezes.</summary>
public sealed class EnvironmentEndpoints(IGrainFactory grains, IConfigurationView configuration)
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/environments", (EnvironmentEndpoints it, HttpContext http) => it.ListAsync(http))
            .Admits(Access.AnyRole).Gives<ListBody<EnvironmentSnapshot>>(200).Fails(400).Pages()
            .WithName("listEnvironments").WithSummary("Environments by name").WithTags("Environments");
        v1.MapGet("/environments/{name}", (EnvironmentEndpoints it, string name) => it.ReadAsync(name))
            .Admits(Access.AnyRole).Gives<EnvironmentSnapshot>(200).Fails(404)
            .WithName("readEnvironment").WithSummary("One environment").WithTags("Environments");
        v1.MapPost("/environments/{name}/freeze", (EnvironmentEndpoints it, HttpContext http, string name) => it.FreezeAsync(http, name))
            .Admits(Access.Operator).Takes<FreezeRequest>().Gives<EnvironmentSnapshot>(200).Fails(400, 404, 409, 413)
            .WithName("freezeEnvironment").WithSummary("Freezes effect classes; durable when answered").WithTags("Environments");
        v1.MapPost("/environments/{name}/unfreeze", (EnvironmentEndpoints it, HttpContext http, string name) => it.UnfreezeAsync(http, name))
            .Admits(Access.Operator).Takes<ReasonRequest>().Gives<EnvironmentSnapshot>(200).Fails(400, 404, 409, 413)
            .WithName("unfreezeEnvironment").WithSummary("Lifts every operator freeze").WithTags("Environments");
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var page = Paging.Read(http.Request);
        if (page.Problem is { } unreadable) return unreadable;
        var (names, next) = Paging.ByName(configuration.EnvironmentNames, page.Value!);
        var found = await Task.WhenAll(names.Select(n => grains.GetGrain<IEnvironmentGrain>(n).ReadAsync()));
        return Answers.Ok(new ListBody<EnvironmentSnapshot> { Items = [.. found.OfType<EnvironmentSnapshot>()], Next = next });
    }

    private async Task<IResult> ReadAsync(string name) =>
        configuration.EnvironmentNames.Contains(name) && await grains.GetGrain<IEnvironmentGrain>(name).ReadAsync() is { } environment ? Answers.Ok(environment) : NoSuch(name);

    private async Task<IResult> FreezeAsync(HttpContext http, string name)
    {
        var body = await StrictBody.ReadAsync<FreezeRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var change = new FreezeChange { Freeze = true, Reason = body.Value!.Reason, By = http.Visitor().By };
        if (body.Value.Blocks is { } blocks)
        {
            if (blocks.Count == 0) return Problems.BadRequest("/blocks: a freeze that blocks nothing is none.", new FieldError("/blocks", "It must name at least one effect class, or be left out."));
            change = change with { Blocks = [.. blocks.Distinct().Order()] };
        }
        return await ChangeAsync(name, change);
    }

    private async Task<IResult> UnfreezeAsync(HttpContext http, string name)
    {
        var body = await StrictBody.ReadAsync<ReasonRequest>(http);
        return body.Problem is { } unreadable ? unreadable : await ChangeAsync(name, new FreezeChange { Freeze = false, Reason = body.Value!.Reason, By = http.Visitor().By });
    }

    private async Task<IResult> ChangeAsync(string name, FreezeChange change)
    {
        if (!configuration.EnvironmentNames.Contains(name)) return NoSuch(name);
        var answer = await grains.GetGrain<IEnvironmentGrain>(name).FreezeAsync(change);
        return answer.Refusal is { } refusal ? Problems.Of(refusal) : Answers.Ok(answer.Value!);
    }

    private static IResult NoSuch(string name) => Problems.Of("unknown-environment", $"There is no environment '{name}'.");
}
