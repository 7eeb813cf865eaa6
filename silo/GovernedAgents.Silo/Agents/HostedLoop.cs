using System.ClientModel;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Silo.Agents;

/// <summary>
/// The loop of one hosted session: a step of budget, a question to the model, the calls that it asks for. It keeps nothing: each turn begins with what the journal says, and what it
/// submits is judged like anybody's call.
/// </summary>
internal sealed partial class HostedLoop(SemanticKernelModel model, HostedCalls calls, ActiveConfiguration configuration, IGrainFactory grains, TimeProvider time, ILogger<HostedLoop> logger)
{
    public async Task RunAsync(string session, CancellationToken stop)
    {
        var grain = grains.GetGrain<IHostedSession>(session);
        while (!stop.IsCancellationRequested)
        {
            var step = await grain.NextAsync();
            if (step.Due == HostedDue.Rest) return;
            if (configuration.Agent(step.Agent)?.Hosted is not { } hosting)
            {
                await EndAsync(session, $"Agent '{step.Agent}' is not hosted any more.");
                return;
            }

            if (step.Due == HostedDue.AnswerCalls) await Task.WhenAll(step.Unanswered.Select(index => calls.AnswerAsync(session, hosting, step, index, stop)));
            else if (await DrawAsync(session, step) is { } refused)
            {
                await EndAsync(session, refused);
                return;
            }
            else await AskAsync(session, hosting, step, stop);
        }
    }

    public Task EndAsync(string session, string reason) =>
        grains.GetGrain<IAgentSessionGrain>(session).ChangeAsync(new SessionChange { Verb = SessionVerb.End, Reason = reason, By = "system", AsOperator = true });

    /// <summary>A step from the budget of each ancestor, root first, and from its own. Null when all have one left.</summary>
    private async Task<string?> DrawAsync(string session, HostedStep step)
    {
        foreach (var ancestor in step.Lineage)
            if (await grains.GetGrain<IHostedSession>(ancestor).DrawAsync(session, step.Step, step.Tokens) is { } refused) return $"Session '{ancestor}' above it: {refused}.";
        return await grains.GetGrain<IHostedSession>(session).DrawAsync(null, step.Step, step.Tokens) is { } own ? $"The session ended: {own}." : null;
    }

    private async Task AskAsync(string session, HostingDefinition hosting, HostedStep step, CancellationToken stop)
    {
        var grain = grains.GetGrain<IHostedSession>(session);
        // A model that is down is given time, and each try is a step.
        if (step.Failures > 0) await Task.Delay(TimeSpan.FromMilliseconds(250 * Math.Pow(2, step.Failures)), time, stop);
        ModelReply reply;
        try
        {
            reply = await model.ReplyAsync(hosting, step, calls.Offered(hosting), stop);
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            // What an endpoint says in an error may quote the key.
            var detail = fault is ClientResultException answered ? $"The model's endpoint answered {answered.Status}." : $"The model's endpoint gave no answer that can be read ({fault.GetType().Name}).";
            LogModelFailed(session, detail);
            await grain.FailAsync(step.Step, detail);
            return;
        }

        await grain.ReplyAsync(step.Step, reply);
        foreach (var ancestor in step.Lineage) await grains.GetGrain<IHostedSession>(ancestor).DrawAsync(session, step.Step, step.Tokens + reply.Tokens);
    }

    [LoggerMessage(1, LogLevel.Warning, "Hosted session {Session}: {Detail}")]
    private partial void LogModelFailed(string session, string detail);
}
