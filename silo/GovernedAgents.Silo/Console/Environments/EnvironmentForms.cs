using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Mvc;

namespace GovernedAgents.Silo.Console.Environments;

/// <summary>Freezing, unfreezing, and accepting a tool's schema.</summary>
internal static class EnvironmentForms
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(EnvironmentPage.PathOf("{name}") + "/freeze", FreezeAsync).FromConsole(Access.Operator);
        routes.MapPost(EnvironmentPage.PathOf("{name}") + "/unfreeze", UnfreezeAsync).FromConsole(Access.Operator);
        routes.MapPost(EnvironmentPage.PathOf("{name}") + "/accept", AcceptAsync).FromConsole(Access.Operator);
    }

    private static Task<IResult> FreezeAsync(HttpContext http, string name, IGrainFactory grains, IConfigurationView configuration, IFormCollection form)
    {
        var blocked = Enum.GetValues<EffectClass>().Where(effect => form["blocks"].Contains(Answers.NameOf(effect))).ToList();
        return blocked.Count == 0
            ? Task.FromResult(Again(400, name, "A freeze that blocks nothing is none: tick at least one effect class."))
            : ChangeAsync(name, grains, configuration, new FreezeChange { Freeze = true, Reason = form["reason"].ToString().Trim(), Blocks = blocked, By = http.Visitor().By });
    }

    private static Task<IResult> UnfreezeAsync(HttpContext http, string name, IGrainFactory grains, IConfigurationView configuration, [FromForm] string reason, [FromForm] string? confirm) => confirm?.Trim() == name
        ? ChangeAsync(name, grains, configuration, new FreezeChange { Freeze = false, Reason = reason.Trim(), By = http.Visitor().By })
        : Task.FromResult(Again(400, name, $"Type the environment's name, {name}, to confirm."));

    private static async Task<IResult> AcceptAsync(HttpContext http, string name, IToolRegistry tools, [FromForm] string tool, [FromForm] string schemaHash) =>
        await tools.AcceptAsync(name, tool, schemaHash, http.Visitor().By) is { } refusal ? Again(Problems.StatusOf(refusal.Slug), name, refusal.Detail) : Results.Redirect(EnvironmentPage.PathOf(name));

    private static async Task<IResult> ChangeAsync(string name, IGrainFactory grains, IConfigurationView configuration, FreezeChange change)
    {
        if (!configuration.EnvironmentNames.Contains(name)) return Again(404, name, "There is no such environment.");
        if (change.Reason.Length is 0 or > 2000) return Again(400, name, "Give a reason of 1 to 2,000 characters: it is recorded under your name.");
        var answer = await grains.GetGrain<IEnvironmentGrain>(name).FreezeAsync(change);
        return answer.Refusal is { } refusal ? Again(Problems.StatusOf(refusal.Slug), name, refusal.Detail) : Results.Redirect(EnvironmentPage.PathOf(name));
    }

    private static IResult Again(int status, string name, string detail) =>
        ConsoleView.Of<EnvironmentPage>(status, (nameof(EnvironmentPage.Name), name), (nameof(EnvironmentPage.Notice), new Notice.Content("bad", "Nothing was changed", detail)));
}
