using GovernedAgents.Contracts;
using GovernedAgents.Silo.Console.Agents;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Mvc;

namespace GovernedAgents.Silo.Console.Fleet;

/// <summary>Halting the fleet and killing an agent; answered when they are in force everywhere.</summary>
internal static class FleetForms
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(FleetPage.Path + "/halt", (HttpContext http, IGrainFactory grains, [FromForm] string reason) => HaltAsync(http, grains, true, reason)).FromConsole(Access.Operator);
        routes.MapPost(FleetPage.Path + "/resume", (HttpContext http, IGrainFactory grains, [FromForm] string reason, [FromForm] string? confirm) => confirm?.Trim() == "resume"
            ? HaltAsync(http, grains, false, reason) : Task.FromResult(Again<FleetPage>(400, "Type resume to confirm."))).FromConsole(Access.Operator);
        routes.MapPost(AgentsPage.Path + "/{name}/kill", (HttpContext http, string name, IGrainFactory grains, IConfigurationView configuration, [FromForm] string reason) =>
            KillAsync(http, name, grains, configuration, true, reason)).FromConsole(Access.Operator);
        routes.MapPost(AgentsPage.Path + "/{name}/revive", (HttpContext http, string name, IGrainFactory grains, IConfigurationView configuration, [FromForm] string reason, [FromForm] string? confirm) =>
            confirm?.Trim() == name ? KillAsync(http, name, grains, configuration, false, reason) : Task.FromResult(Again<AgentsPage>(400, $"Type the agent's name, {name}, to confirm."))).FromConsole(Access.Operator);
    }

    private static async Task<IResult> HaltAsync(HttpContext http, IGrainFactory grains, bool halt, string reason)
    {
        if (reason.Trim().Length is 0 or > 2000) return Again<FleetPage>(400, "Give a reason of 1 to 2,000 characters: it is recorded under your name.");
        var answer = await grains.GetGrain<IFleetGrain>(0).HaltAsync(halt, reason.Trim(), http.Visitor().By);
        return answer.Refusal is { } refusal ? Again<FleetPage>(Problems.StatusOf(refusal.Slug), refusal.Detail) : Results.Redirect(FleetPage.Path);
    }

    private static async Task<IResult> KillAsync(HttpContext http, string name, IGrainFactory grains, IConfigurationView configuration, bool kill, string reason)
    {
        if (!configuration.AgentNames.Contains(name)) return Again<AgentsPage>(404, $"There is no agent '{name}'.");
        if (reason.Trim().Length is 0 or > 2000) return Again<AgentsPage>(400, "Give a reason of 1 to 2,000 characters: it is recorded under your name.");
        var answer = await grains.GetGrain<IFleetGrain>(0).KillAsync(name, kill, reason.Trim(), http.Visitor().By);
        return answer.Refusal is { } refusal ? Again<AgentsPage>(Problems.StatusOf(refusal.Slug), refusal.Detail) : Results.Redirect(AgentsPage.Path);
    }

    private static IResult Again<TPage>(int status, string detail) where TPage : Microsoft.AspNetCore.Components.IComponent =>
        ConsoleView.Of<TPage>(status, ("Notice", new Notice.Content("bad", "Nothing was changed", detail)));
}
