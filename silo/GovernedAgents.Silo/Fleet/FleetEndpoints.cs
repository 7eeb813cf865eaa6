using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Fleet;

/// <summary>The switches over everything: halting the fleet, killing an agent. Answered when they are in force everywhere.</summary>
public sealed class FleetEndpoints(IGrainFactory grains, IConfigurationView configuration)
{
    private IFleetGrain Fleet => grains.GetGrain<IFleetGrain>(0);

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/fleet", (FleetEndpoints it) => it.ReadAsync())
            .Admits(Access.Operator).Gives<FleetSnapshot>(200).Fails()
            .WithName("readFleet").WithSummary("Whether the fleet is halted, and its silos").WithTags("Fleet");
        v1.MapPost("/fleet/halt", (FleetEndpoints it, HttpContext http) => it.HaltAsync(http, true))
            .Admits(Access.Operator).Takes<ReasonRequest>().Gives<FleetSnapshot>(200).Fails(400, 409, 413)
            .WithName("haltFleet").WithSummary("No effect starts after the answer, reads included").WithTags("Fleet");
        v1.MapPost("/fleet/resume", (FleetEndpoints it, HttpContext http) => it.HaltAsync(http, false))
            .Admits(Access.Operator).Takes<ReasonRequest>().Gives<FleetSnapshot>(200).Fails(400, 409, 413)
            .WithName("resumeFleet").WithSummary("Ends the halt").WithTags("Fleet");
        v1.MapGet("/agents", (FleetEndpoints it, HttpContext http) => it.AgentsAsync(http))
            .Admits(Access.Operator).Gives<ListBody<AgentSnapshot>>(200).Fails(400).Pages()
            .WithName("listAgents").WithSummary("Registered agents by name").WithTags("Agents");
        v1.MapPost("/agents/{name}/kill", (FleetEndpoints it, HttpContext http, string name) => it.KillAsync(http, name))
            .Admits(Access.Operator).Takes<ReasonRequest>().Gives<AgentSnapshot>(200).Fails(400, 404, 409, 413)
            .WithName("killAgent").WithSummary("Denies the agent's calls and ends its sessions").WithTags("Agents");
        v1.MapPost("/agents/{name}/revive", (FleetEndpoints it, HttpContext http, string name) => it.ReviveAsync(http, name))
            .Admits(Access.Operator).Takes<OptionalReasonRequest>(optional: true).Gives<AgentSnapshot>(200).Fails(400, 404, 409, 413)
            .WithName("reviveAgent").WithSummary("Lets a killed agent start sessions again").WithTags("Agents");
    }

    private async Task<IResult> ReadAsync() => Answers.Ok(await Fleet.ReadAsync());

    private async Task<IResult> HaltAsync(HttpContext http, bool halt)
    {
        var body = await StrictBody.ReadAsync<ReasonRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var answer = await Fleet.HaltAsync(halt, body.Value!.Reason, http.Visitor().By);
        return answer.Refusal is { } refusal ? Problems.Of(refusal) : Answers.Ok(answer.Value!);
    }

    private async Task<IResult> AgentsAsync(HttpContext http)
    {
        var page = Paging.Read(http.Request);
        if (page.Problem is { } unreadable) return unreadable;
        var agents = (await Fleet.AgentsAsync()).ToDictionary(a => a.Name, StringComparer.Ordinal);
        var (names, next) = Paging.ByName([.. agents.Keys.Order(StringComparer.Ordinal)], page.Value!);
        return Answers.Ok(new ListBody<AgentSnapshot> { Items = [.. names.Select(n => agents[n])], Next = next });
    }

    private async Task<IResult> KillAsync(HttpContext http, string name)
    {
        var body = await StrictBody.ReadAsync<ReasonRequest>(http);
        return body.Problem is { } unreadable ? unreadable : await ChangeAsync(http, name, true, body.Value!.Reason);
    }

    private async Task<IResult> ReviveAsync(HttpContext http, string name)
    {
        var body = await StrictBody.ReadAsync<OptionalReasonRequest>(http, optional: true);
        return body.Problem is { } unreadable ? unreadable : await ChangeAsync(http, name, false, body.Value!.Reason ?? "");
    }

    private async Task<IResult> ChangeAsync(HttpContext http, string name, bool kill, string reason)
    {
        if (!configuration.AgentNames.Contains(name)) return Problems.NotFound($"There is no agent '{name}'.");
        var answer = await Fleet.KillAsync(name, kill, reason, http.Visitor().By);
        return answer.Refusal is { } refusal ? Problems.Of(refusal) : Answers.Ok(answer.Value!);
    }
}
