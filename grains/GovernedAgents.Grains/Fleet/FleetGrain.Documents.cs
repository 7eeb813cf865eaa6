using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Fleet;

/// <summary>Documents on their way into force. What waits for other grains interleaves, so that no halt waits behind it: what was read before is looked at again.</summary>
public sealed partial class FleetGrain
{
    public async Task<IReadOnlyList<ConfigurationDocument>> PutForwardAsync(IReadOnlyList<ConfigurationDocument> documents)
    {
        var changed = documents.Where(document => _registry.Ahead.Documents.GetValueOrDefault($"{document.Kind}/{document.Name}")?.DefinitionHash != document.Hash).ToList();
        if (!activation.Value.Immediate && _registry.Ahead.Documents.Values.Any(document => document.DocumentKind == "Environment")) return changed;
        if (changed.Count > 0 && (await _registry.RecordAsync(clock.Now, [.. changed.Select(Activated)])).Status != AppendStatus.Committed)
        {
            DeactivateOnIdle();
            throw new InvalidOperationException("The configuration could not be journaled; nothing of it is in force.");
        }

        return [];
    }

    public async Task<Answer<ProposedDocument>> ProposeAsync(ProposeDocument proposal)
    {
        var document = proposal.Document;
        if (Standing(document) is { } standing) return standing;
        var key = $"{document.Kind}/{document.Name}";
        var running = _registry.Ahead.Documents.GetValueOrDefault(key);
        var (requirements, reviewers) = await ReviewersAsync(document.Kind, running?.Definition, document.CanonicalJson);
        if (requirements.Count == 0)
            return Conflict("No policy in force where it reaches names anybody who could agree to it (spec.review.quorum). Put the file into force with Governance:Config:Activation=immediate.");

        var simulated = await simulation.RunAsync(document, CancellationToken.None);
        // Others may have proposed or activated meanwhile.
        if (Standing(document) is { } now) return now;
        if (_registry.Ahead.Documents.GetValueOrDefault(key) != running) return Refusals.Unavailable();
        var at = clock.Now;
        var input = new Proposal.Input
        {
            Subject = $"{document.Kind.ToLowerInvariant()}/{document.Name}", Version = document.Hash, Running = running?.DefinitionHash ?? "", RunningPolicy = reviewers, Source = proposal.Source, By = proposal.By, ByPerson = false,
            Where = document.Kind switch { "Environment" => document.Name, "Agent" => "the environments that it may enter", _ => "every environment" },
            Requirements = requirements, Changes = DocumentDiff.Of(running?.Definition, document.CanonicalJson), Simulated = simulated.Summary,
            Approval = NewId("apr"), Id = NewId("prp"), Nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), Now = at,
        };
        var drafted = Proposal.Draft(input);
        ContentWrite[] contents = [ContentWrite.Of(drafted.Content, out var content), ContentWrite.Of(drafted.Card, out var card)];
        // The review begins in the same append: no proposal without its review.
        var review = new JournalStream($"approval/{input.Approval}", StreamHead.Empty, default).Stage(Proposal.Request(input, drafted, content, card), at);
        var proposed = new DocumentProposed
        {
            Approval = input.Approval, DocumentKind = document.Kind, Name = document.Name, Definition = document.CanonicalJson, DefinitionHash = document.Hash, By = proposal.By,
            Running = input.Running, Reviewers = reviewers,
        };
        if ((await _registry.RecordAsync(at, [proposed], contents, null, [review])).Status == AppendStatus.Committed) return SnapshotOf(proposed);
        DeactivateOnIdle();
        return Refusals.Unavailable();
    }

    public async Task<IReadOnlyDictionary<string, string>> AcceptToolsAsync(string environment, string source, IReadOnlyDictionary<string, string> hashes, bool onlyFirst, string by)
    {
        var known = _registry.Ahead.AcceptedOf(environment, source);
        if ((!onlyFirst || known.IsEmpty) && hashes.Any(hash => known.GetValueOrDefault(hash.Key) != hash.Value))
        {
            var accepted = new ToolsAccepted { Environment = environment, Source = source, Hashes = hashes, By = by };
            if ((await _registry.RecordAsync(clock.Now, accepted)).Status != AppendStatus.Committed)
            {
                DeactivateOnIdle();
                throw new JournalUnavailableException("What was accepted could not be journaled; nothing of it is.");
            }
        }

        return _registry.Committed.AcceptedOf(environment, source);
    }

    public async Task ApprovalSettledAsync(string approvalId)
    {
        if (Pending(approvalId) is not { } proposed) return;
        if (await grains.GetGrain<IApprovalGrain>(approvalId).ReadAsync() is not { } approval || approval.State == ApprovalStatus.Pending) return;
        var (_, reviewers) = await ReviewersAsync(proposed.DocumentKind, _registry.Ahead.Documents.GetValueOrDefault($"{proposed.DocumentKind}/{proposed.Name}")?.Definition, proposed.Definition);
        if (Pending(approvalId) is null) return;
        if (approval.State != ApprovalStatus.Approved)
        {
            var state = approval.State is ApprovalStatus.Denied or ApprovalStatus.Expired ? approval.State.ToString().ToLowerInvariant() : "voided";
            await RecordDocumentsAsync([new DocumentProposalEnded { Approval = approvalId, State = state, Reason = approval.EndedReason ?? "The review was closed." }]);
            return;
        }

        if (WhyVoid(proposed, approval, reviewers) is { } reason)
        {
            await RecordDocumentsAsync([new DocumentProposalEnded { Approval = approvalId, State = "voided", Reason = reason }]);
            await grains.GetGrain<IApprovalGrain>(approvalId).CloseAsync(ApprovalStatus.Voided, reason);
            return;
        }

        const string overtaken = "Another version of the document came into force. Its file is proposed again at its next change.";
        var document = new ConfigurationDocument(proposed.DocumentKind, proposed.Name, proposed.Definition, proposed.DefinitionHash);
        var others = _registry.Ahead.Proposals.Where(p => p.Pending && p.Event.Approval != approvalId && p.Key == $"{document.Kind}/{document.Name}").Select(p => p.Event.Approval).ToList();
        await RecordDocumentsAsync(
            [new DocumentApproved { Approval = approvalId }, Activated(document), .. others.Select(other => new DocumentProposalEnded { Approval = other, State = "voided", Reason = overtaken })]);
        foreach (var other in others) grains.GetGrain<IApprovalGrain>(other).CloseAsync(ApprovalStatus.Voided, overtaken).Ignore();
        KeepPuttingIntoForceAsync(document).Ignore();
    }

    /// <summary>What was agreed to must still be true: the document that it replaces, the policies whose quorums agreed, and every vote that they need.</summary>
    private string? WhyVoid(DocumentProposed proposed, ApprovalSnapshot approval, string reviewers)
    {
        if ((_registry.Ahead.Documents.GetValueOrDefault($"{proposed.DocumentKind}/{proposed.Name}")?.DefinitionHash ?? "") != proposed.Running) return "Another version of the document came into force. Propose it again.";
        if (reviewers != proposed.Reviewers) return "The policies that say who agrees have changed. Propose it again.";
        var now = clock.Now;
        var requirements = approval.Requirements.Select(r => new ReviewRequirement
        {
            RuleId = r.RuleId, Denials = r.Denials, StepUp = r.StepUp, Quorum = [.. r.Quorum.Select(s => new QuorumSlot { From = s.From, Approvals = s.Approvals })],
        }).ToList();
        return Quorum.Evaluate(requirements, approval.Votes, vote => configuration.StillCounts(vote, now)).Outcome == QuorumOutcome.Approved
            ? null : "A vote that the quorum needs no longer counts (standing, group or sign-in changed). Propose it again.";
    }

    /// <summary>What the policies in force ask for, and one name for their versions. A policy that names nobody (where nothing is reviewed) asks for nothing.</summary>
    private async Task<(IReadOnlyList<ReviewRequirement> Requirements, string Versions)> ReviewersAsync(string kind, string? running, string next)
    {
        var environments = _registry.Ahead.Documents.Values.Where(document => document.DocumentKind == "Environment").Select(document => EnvironmentDefinition.FromCanonicalJson(document.Definition)).ToList();
        var requirements = new List<ReviewRequirement>();
        var versions = new StringBuilder();
        foreach (var name in DocumentReviewers.PoliciesOf(kind, running, next, environments))
        {
            if (await grains.GetGrain<IPolicyGrain>(name).CanonicalAsync(null) is not { } canonical) continue;
            var policy = CompiledPolicy.Compile(PolicyDefinition.FromCanonicalJson(canonical));
            versions.Append(name).Append('=').Append(policy.Version).Append('\n');
            if (policy.StandardReview is { } standard) requirements.Add(standard with { RuleId = $"policy/{name}" });
        }

        return (requirements, Sha256Hash.Of(Encoding.UTF8.GetBytes(versions.ToString())));
    }

    /// <summary>The answer to a proposal that needs no new review.</summary>
    private Answer<ProposedDocument>? Standing(ConfigurationDocument document)
    {
        var key = $"{document.Kind}/{document.Name}";
        if (_registry.Ahead.Documents.GetValueOrDefault(key)?.DefinitionHash == document.Hash) return Conflict("This is the version that is in force.");
        var known = _registry.Ahead.Proposals.FindLast(p => p.Key == key && p.Event.DefinitionHash == document.Hash);
        return known switch
        {
            { Pending: true } => SnapshotOf(known.Event),
            { State: "denied" } => Conflict("This version was denied before, so the one in force stays. Change the file to propose another."),
            _ => null,
        };
    }

    private DocumentProposed? Pending(string approval) => _registry.Ahead.Proposals.Find(p => p.Pending && p.Event.Approval == approval)?.Event;

    private DocumentActivated Activated(ConfigurationDocument document) => new()
    {
        DocumentKind = document.Kind, Name = document.Name, Definition = document.CanonicalJson, DefinitionHash = document.Hash,
        Version = (_registry.Ahead.Documents.GetValueOrDefault($"{document.Kind}/{document.Name}")?.Version ?? 0) + 1,
    };

    private async Task RecordDocumentsAsync(IReadOnlyList<DomainEvent> events)
    {
        if ((await _registry.RecordAsync(clock.Now, events)).Status == AppendStatus.Committed) return;
        DeactivateOnIdle();
        throw new InvalidOperationException("The journal cannot take the end of the review now; it is told again.");
    }

    private async Task KeepPuttingIntoForceAsync(ConfigurationDocument document)
    {
        var longest = TimeSpan.FromSeconds(2);
        for (var pause = TimeSpan.FromMilliseconds(50); !_registry.Lost; pause = pause * 2 < longest ? pause * 2 : longest)
        {
            if (await takeover.PutIntoForceAsync(document)) return;
            await Task.Delay(pause, clock.Time);
        }
    }

    /// <summary>After an activation: asks how pending reviews stand, and goes on where an approved document may not have reached every environment.</summary>
    private void TakeUp()
    {
        var self = this.AsReference<IConfigurationRegistry>();
        foreach (var proposal in _registry.Committed.Proposals.Where(p => p.Pending)) self.ApprovalSettledAsync(proposal.Event.Approval).Ignore();
        if (!configuration.Loaded) return;
        foreach (var document in _registry.Committed.Proposals.Where(p => p.State == "approved").Select(p => p.Event))
            KeepPuttingIntoForceAsync(new ConfigurationDocument(document.DocumentKind, document.Name, document.Definition, document.DefinitionHash)).Ignore();
    }

    private static ProposedDocument SnapshotOf(DocumentProposed proposed) =>
        new() { Kind = proposed.DocumentKind, Name = proposed.Name, Hash = proposed.DefinitionHash, Approval = proposed.Approval };

    private static Refusal Conflict(string detail) => new() { Slug = "conflict", Detail = detail };

    private static string NewId(string prefix) => $"{prefix}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
}
