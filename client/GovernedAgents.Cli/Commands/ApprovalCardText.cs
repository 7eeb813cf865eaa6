using System.Globalization;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary>A review as a person reads it. Every line is made harmless, so what looks like our words is ours.</summary>
internal static class ApprovalCardText
{
    public static void Write(Output output, ApprovalInfo approval)
    {
        var card = approval.Card;
        output.Line($"{approval.Id}: {Shown.Word(approval.State)}, until {Shown.Instant(approval.Deadline)}");
        output.Line($"  {card.EffectLine}");
        output.Line($"  environment   {approval.Call.Environment} ({Shown.Word(approval.EnvironmentClass)}, generation {approval.EnvironmentGeneration.ToString(CultureInfo.InvariantCulture)})");
        output.Line($"  tool          {approval.Call.Tool}  action {approval.Call.Action}  resource {approval.Call.Resource}");
        output.Line($"  effect        {Shown.Word(approval.Call.Effect)}");
        output.Line("  arguments");
        foreach (var argument in card.Arguments) output.Line($"    {argument.Pointer} = {argument.Shown}");
        if (card.Arguments.Count == 0) output.Line("    (none)");
        if (card.Preview is { } preview)
        {
            output.Line($"  preview       {preview.Summary} (creates {preview.Creates}, updates {preview.Updates}, replaces {preview.Replaces}, deletes {preview.Deletes})");
            foreach (var item in preview.Items) output.Line($"    {item.GetRawText()}");
        }

        foreach (var why in card.Why) output.Line($"  why           [{why.RuleId}] {why.Text}");
        if (card.Who is { } who) output.Line($"  who           agent {who.Agent}, started by {who.Starter}{(who.Lineage.Count > 0 ? ", below " + string.Join(" > ", who.Lineage) : "")}");
        if (card.AgentReason is { Length: > 0 } words) output.Line($"  agent says (untrusted): {words}");
        foreach (var demand in approval.Requirements)
            output.Line($"  needs         [{demand.RuleId}] {Shown.Quorum(demand.Quorum)}; {demand.Denied} of {demand.Denials} denials{(demand.WaitTimer is { } timer ? $"; starts {timer} after quorum" : "")}{(demand.StepUp is { } stepUp ? $"; sign-in not older than {stepUp}" : "")}");
        foreach (var vote in approval.Votes) output.Line($"  vote          {vote.Person}: {Shown.Word(vote.Decision)} at {Shown.Instant(vote.At)} {vote.Reason}");
        output.Line($"  call hash     {approval.CallHash}");
        output.Line($"  render hash   {approval.RenderHash}");
        output.Line($"  policy        {approval.PolicyVersion}");
    }
}
