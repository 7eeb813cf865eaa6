using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Sessions;

namespace GovernedAgents.Grains.Sessions;

/// <summary>A session that the silo runs itself. The grain keeps the record and says what is next; the model is asked beside its turns and is trusted with nothing.</summary>
public sealed partial class AgentSessionGrain
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _said = new(StringComparer.Ordinal);

    public async Task<bool> WakeAsync()
    {
        if (_shell.Committed is not { Hosted: not null } state || state.StatusAt(clock.Now) != SessionStatus.Active) return true;
        if ((await FactsAsync())!.State == SessionStatus.Ended) return false;
        hosted?.Wake(Id);
        return true;
    }

    public async Task<HostedStep> NextAsync()
    {
        if (_shell.Committed is not { Started: { } started, Hosted: not null }) return HostedStep.Resting;
        var facts = (await FactsAsync())!;
        var goal = System.Text.Encoding.UTF8.GetString((await SaidAsync(started.Goal)).Span);
        var (state, turns) = await TurnsAsync();
        var run = state.Hosted!;
        var unanswered = HostedRules.Unanswered(run);
        return new HostedStep
        {
            Due = facts.State != SessionStatus.Active || !control.MayRun(started.Agent) ? HostedDue.Rest : unanswered is null ? HostedDue.AskModel : HostedDue.AnswerCalls,
            Step = unanswered is null ? run.Steps + 1 : run.Turns[^1].Step, Agent = started.Agent, Goal = goal, Tier = facts.Tier, Lineage = started.Lineage, Tokens = run.Tokens,
            Unanswered = unanswered ?? [], Failures = run.Failures, Turns = turns,
        };
    }

    public async Task<string?> DrawAsync(string? session, int step, long tokens)
    {
        // An ancestor that people run themselves has no budget of the silo's.
        if (_shell.Ahead.Hosted is not { } run) return null;
        var verdict = HostedRules.Draw(run, session, step, tokens);
        if (verdict.Event is { } drawn) await RecordAsync([drawn]);
        return verdict.Refused;
    }

    public Task ReplyAsync(int step, ModelReply reply)
    {
        if (_shell.Ahead.Hosted is not { } run || !HostedRules.Awaits(run, step)) return Task.CompletedTask;
        reply = reply with { Calls = [.. reply.Calls.Take(HostedRules.MostCallsPerReply)] };
        var content = ContentWrite.Of(JsonSerializer.SerializeToUtf8Bytes(reply, EventCodec.Json), out var reference);
        var replied = new ModelReplied { Step = step, Content = reference, Calls = reply.Calls.Count, Tokens = reply.Tokens };
        return RecordAsync(reply.Calls.Count > 0 || _shell.Ahead.Status == SessionStatus.Ended ? [replied] : [replied, new SessionEnded { Reason = "The agent has finished.", By = "system" }], content);
    }

    public Task FailAsync(int step, string detail)
    {
        if (_shell.Ahead.Hosted is not { } run || !HostedRules.Awaits(run, step)) return Task.CompletedTask;
        var failed = new ModelFailed { Step = step, Detail = detail };
        return RecordAsync(run.Failures + 1 < HostedRules.MostFailures || _shell.Ahead.Status == SessionStatus.Ended ? [failed]
            : [failed, new SessionEnded { Reason = $"Its model could not be asked {HostedRules.MostFailures} times in a row: {detail}", By = "system" }]);
    }

    public Task AnswerAsync(int step, int index, HostedAnswer answer)
    {
        if (_shell.Ahead.Hosted is not { } run || !HostedRules.Awaits(run, step, index)) return Task.CompletedTask;
        var content = ContentWrite.Of(JsonSerializer.SerializeToUtf8Bytes(answer, EventCodec.Json), out var reference);
        return RecordAsync([new ToolAnswered { Step = step, Index = index, Content = reference, Call = answer.Call, Child = answer.Child }], content);
    }

    private async Task RecordAsync(IReadOnlyList<DomainEvent> events, params ContentWrite[] contents)
    {
        if ((await _shell.RecordAsync(clock.Now, events, contents, null, [])).Status == AppendStatus.Committed) return;
        Lost();
        throw new InvalidOperationException($"What became of session '{Id}' could not be journaled; its runner asks again.");
    }

    /// <summary>The conversation, and the state that it belongs to: reading takes time, in which more may be said.</summary>
    private async Task<(SessionState State, IReadOnlyList<HostedTurnSnapshot> Turns)> TurnsAsync()
    {
        var state = _shell.Committed;
        var turns = new List<HostedTurnSnapshot>();
        foreach (var turn in state.Hosted!.Turns)
        {
            var answers = new Dictionary<int, HostedAnswer>();
            foreach (var answer in turn.Answers) answers[answer.Index] = await SaidAsync<HostedAnswer>(answer.Content);
            turns.Add(new HostedTurnSnapshot { Step = turn.Step, Reply = await SaidAsync<ModelReply>(turn.Reply), Answers = answers });
        }

        return (state, turns);
    }

    private async Task<T> SaidAsync<T>(ContentReference reference) => JsonSerializer.Deserialize<T>((await SaidAsync(reference)).Span, EventCodec.Json)!;

    private async Task<ReadOnlyMemory<byte>> SaidAsync(ContentReference reference)
    {
        if (_said.TryGetValue(reference.Id, out var known)) return known;
        var bytes = await journal.ReadContentAsync(reference.Id) ?? throw new InvalidOperationException($"Session '{Id}': a part of its conversation was erased; it cannot go on.");
        return _said[reference.Id] = bytes;
    }
}
