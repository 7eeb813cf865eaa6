using System.Diagnostics;
using System.Text.Json;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Benchmarks;

/// <summary>The pure core alone: a decision with many rules, limits with many keys, reading and proving a large policy.</summary>
internal static class PolicyDecisions
{
    private static readonly string[] Services = [.. Enumerable.Range(0, 60).Select(i => $"service{i}")];
    private static readonly string[] Verbs = ["Create", "Delete", "Update", "Describe", "Put", "List", "Modify"];

    public static void Run()
    {
        Console.WriteLine("| Decision with | p50 µs | p99 µs | bytes | to read and prove ms |");
        Console.WriteLine("|---|--:|--:|--:|--:|");
        foreach (var rules in new[] { 10, 100, 1_000, 10_000 }) Decide(rules);
        Console.WriteLine("\n| Limit with | ns a spend | bytes a key |");
        Console.WriteLine("|---|--:|--:|");
        foreach (var keys in new[] { 1_000, 1_000_000 }) Spend(keys);
        var arguments = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, 40).ToDictionary(i => $"parameter{39 - i}", i => (object)new { value = $"some text {i}", number = i * 1.5 }));
        var hash = Measure(20_000, _ => Sha256Hash.Of(CanonicalJson.Canonicalize(arguments)));
        Console.WriteLine($"\nCanonical JSON and SHA-256 of {arguments.Length} bytes of arguments: p50 {hash.P50:0.0} µs, {hash.Bytes:N0} bytes.");
    }

    private static void Decide(int rules)
    {
        // A file is at most 1 MiB: the largest policy is put together from parts.
        var texts = Enumerable.Range(0, rules).Chunk(5_000).Select(PolicyOf).ToList();
        var began = Stopwatch.GetTimestamp();
        var parts = texts.ConvertAll(text => ConfigurationReader.Read([new ConfigurationFile("p.yaml", text)]) is { Set: { } set } ? set.Policies["large"] : throw new InvalidOperationException("The policy has problems."));
        var policy = CompiledPolicy.Compile(parts[0] with { Rules = [.. parts.SelectMany(part => part.Rules)] });
        var reading = Stopwatch.GetElapsedTime(began);
        var calls = Enumerable.Range(0, 512).Select(Call).ToArray();
        var measured = Measure(50_000, i => policy.Evaluate(calls[i % calls.Length]));
        Console.WriteLine($"| {rules:N0} rules | {measured.P50:0.00} | {measured.P99:0.00} | {measured.Bytes:N0} | {reading.TotalMilliseconds:N0} |");
    }

    private static void Spend(int keys)
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        LimitSpend Of(int key) => new($"writes:session:ses_{key}", "writes", 30, TimeSpan.FromDays(300), 1_000_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var levels = LimitLevels.Empty;
        for (var key = 0; key < keys; key++) levels = levels.Spend([Of(key)], start);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        var random = new Random(1);
        var measured = Measure(50_000, _ => levels = levels.TrySpend([Of(random.Next(keys))], start).Next);
        Console.WriteLine($"| {keys:N0} live keys | {measured.P50 * 1000:N0} | {held / keys:N0} |");
        GC.KeepAlive(levels);
    }

    /// <summary>Half the rules name a service's action, a quarter a resource, a quarter arguments (some with a pattern), a few a group or label.</summary>
    private static string PolicyOf(int[] numbers)
    {
        var rules = numbers.Select(i =>
        {
            var (service, verb) = (Services[i / 7 % Services.Length], Verbs[i % Verbs.Length]);
            var match = (i % 8) switch
            {
                < 3 => $"action: \"aws:{service}:{verb}*\"",
                3 => $"action: [\"aws:{service}:{verb}Thing{i}\", \"aws:{service}:{verb}Other{i}\"], effect: [mutate, destroy]",
                4 => $"resource: \"arn:aws-cn:{service}:*:*:thing/team{i}-**\", effect: [destroy]",
                5 => $"resource: \"arn:*:{service}:*:*:stack/{i}/*\", effect: [mutate, destroy]",
                6 => $"effect: [mutate, privilege, destroy], args: {{ /parameters/name: {{ like: \"team{i}-*\" }} }}",
                _ when i % 16 == 7 => $"effect: [destroy], args: {{ /parameters/count: {{ greaterThan: {i} }} }}, group: [\"group{i}\"]",
                _ => $"effect: [privilege, destroy], args: {{ /parameters/policy: {{ matches: \"Admin{i}$\" }} }}, labels: {{ team: \"t{i}\" }}",
            };
            return $"    - {{ id: rule-{i}, match: {{ {match} }}, decide: {(i % 5 == 0 ? "deny" : "review")} }}\n";
        });
        return $$"""
            apiVersion: governedagents/v1
            kind: Policy
            metadata: { name: large }
            spec:
              baseline:
                supervised: { read: allow, mutate: allow, privilege: review, destroy: review }
              review: { quorum: [ { from: ["group:sre"], approvals: 2 } ] }
              invariants:
                - { id: two, never: { effect: [destroy], class: [production], withFewerApprovalsThan: 2 } }
              rules:

            """ + string.Concat(rules);
    }

    private static CallFacts Call(int i)
    {
        var (service, verb) = (Services[i * 11 % Services.Length], Verbs[i % Verbs.Length]);
        return new CallFacts
        {
            Environment = "prod", Class = EnvironmentClass.Production, Session = "ses_1", Agent = "ops", Principal = "bob", Groups = ["developers", "group7"], Tier = AutonomyTier.Supervised,
            Tool = "aws.call", Action = $"aws:{service}:{verb}Thing{i}", Resource = $"arn:aws-cn:{service}:cn-north-1:123456789012:stack/{i}/x", Effect = (EffectClass)(i % 4),
            Labels = new Dictionary<string, string> { ["team"] = "t15" },
            Arguments = JsonSerializer.SerializeToElement(new { service, parameters = new { name = $"team{i}-web", count = 3, policy = "ReadOnly", tags = new[] { "a", "b" } } }),
        };
    }

    /// <summary>Microseconds and bytes of one run.</summary>
    private static (double P50, double P99, long Bytes) Measure(int times, Func<int, object> run)
    {
        for (var i = 0; i < times / 2; i++) GC.KeepAlive(run(i));
        const int together = 8;
        var samples = new double[times / together];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var sample = 0; sample < samples.Length; sample++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < together; i++) GC.KeepAlive(run((sample * together) + i));
            samples[sample] = Stopwatch.GetElapsedTime(began).TotalMicroseconds / together;
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(samples);
        return (samples[samples.Length / 2], samples[samples.Length * 99 / 100], allocated / times);
    }
}
