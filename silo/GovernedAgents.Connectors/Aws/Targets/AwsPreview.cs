using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>
/// What a call is about to meet: its targets as they are, and what goes with them. Only reads are sent, never the action itself with a request to do nothing: an address that
/// does not know that request would carry it out.
/// </summary>
internal sealed class AwsPreview(AwsReads reads, SecretRedactor redactor)
{
    private readonly Dependents _dependents = new(reads);

    /// <returns>Null when nothing in the parameters names a target that can be looked at.</returns>
    public async Task<CallPreview?> OfAsync(AwsCall call, EffectClass effect, CancellationToken cancellation)
    {
        if (Sight.For(call) is not { } sight) return null;
        var (items, lasting, things) = (new List<string>(), new JsonArray(), 0);
        foreach (var read in sight.Reads(call))
        {
            var look = await reads.AtAsync(read, cancellation).ConfigureAwait(false);
            if (look.Answer is null && !look.IsGone) return new CallPreview { Summary = redactor.Redact($"The target could not be looked at: {look.Problem}") };
            foreach (var thing in look.Answer is { } answer ? sight.ThingsOf(answer) : [])
            {
                things++;
                items.Add(Line(sight, call, thing));
                lasting.Add(Sight.Lasting(thing));
            }
        }

        var parts = things == 0 ? [] : await _dependents.OfAsync(call, cancellation).ConfigureAwait(false);
        items.AddRange(parts.Select(part => part.Line));
        foreach (var identity in parts.Select(part => part.Identity).OfType<string>().Order(StringComparer.Ordinal)) lasting.Add(identity);
        var touched = things + parts.Count(part => part.Counts);
        return new CallPreview
        {
            Summary = things == 0 ? "There is no such target now." : effect == EffectClass.Destroy ? $"Concerns {touched} that exist now." : $"Changes {things} that exist now.",
            Creates = things == 0 && effect != EffectClass.Destroy ? 1 : 0,
            Updates = effect != EffectClass.Destroy ? things : 0,
            Deletes = effect == EffectClass.Destroy ? touched : 0,
            Items = [.. items.Select(redactor.Redact)],
            Fingerprint = Sha256Hash.Of(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["targets"] = lasting }))),
        };
    }

    public static string Line(Sight sight, AwsCall call, JsonElement thing)
    {
        var facts = sight.Facts.Where(fact => thing.ValueKind == JsonValueKind.Object && thing.TryGetProperty(fact, out _)).Select(fact => $"{fact} {thing.GetProperty(fact)}").ToList();
        return $"{call.Service} {string.Join(" ", call.Texts(sight.Parameter).Take(3))}: {(facts.Count == 0 ? "exists" : string.Join(", ", facts))}";
    }
}
