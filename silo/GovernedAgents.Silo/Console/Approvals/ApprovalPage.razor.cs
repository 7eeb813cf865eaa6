using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Silo.Approvals;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Components;

namespace GovernedAgents.Silo.Console.Approvals;

/// <summary>One approval: the card as it is hashed, beside it what changes.</summary>
public sealed partial class ApprovalPage
{
    [CascadingParameter] public required HttpContext Http { get; set; }
    [Inject] public required VoteCasting Votes { get; set; }
    [Inject] public required IReadModel ReadModel { get; set; }
    [Inject] public required Similar Similar { get; set; }

    [Parameter] public required string Id { get; set; }
    /// <summary>What came of a vote that did not count.</summary>
    [Parameter] public Notice.Content? Notice { get; set; }
    /// <summary>What was written into the form that was refused.</summary>
    [Parameter] public string? Reason { get; set; }

    private ApprovalSnapshot? _shown;
    private CardView? _card;
    private CallSnapshot? _call;
    private string? _mayNot;
    private IReadOnlyList<CallSnapshot> _similar = [];

    public static string PathOf(string id) => $"{ConsoleHost.Root}/approvals/{id}";

    protected override async Task OnInitializedAsync()
    {
        _shown = await Votes.FindAsync(Id);
        if (_shown is null)
        {
            Http.IsNotThere();
            return;
        }

        _card = CardView.Read(_shown.CardJson);
        _call = await ReadModel.FindCallAsync(_shown.Call.Id, Http.RequestAborted) ?? _shown.Call;
        _similar = await Similar.ToAsync(_shown.Call, Http.RequestAborted);
        _mayNot = WhyNot(_shown, Http.Visitor());
    }

    /// <summary>Said beforehand where it is certain; the approval itself decides.</summary>
    private static string? WhyNot(ApprovalSnapshot approval, Visitor visitor)
    {
        if (!visitor.Is(Access.Reviewer)) return "You see this review without the role reviewer: you cannot vote.";
        if (visitor.Owns(approval.Call.Starter)) return "You started this session. Another person has to review its calls.";
        if (approval.Votes.Any(vote => vote.Person == visitor.Person && vote.Decision == VoteDecision.Deny)) return "You denied this call. A denial is not taken back.";
        return null;
    }

    /// <summary>The effect line without its first word, which stands beside it as a sign.</summary>
    private static string EffectText(CardView card) => card.EffectLine.Split(": ", 2) is [_, var rest] ? rest : card.EffectLine;

    private static string Terms(RequirementSnapshot requirement)
    {
        List<string> terms = [requirement.Denials == 1 ? "one denial ends it" : $"{requirement.Denials} denials end it" + (requirement.Denied > 0 ? $" ({requirement.Denied} so far)" : "")];
        if (requirement.WaitTimer is { } wait) terms.Add($"starts {Spans.Length(wait)} after the quorum");
        if (requirement.StepUp is { } within) terms.Add($"voters signed in within {Spans.Length(within)}");
        return string.Join(" · ", terms);
    }
}
