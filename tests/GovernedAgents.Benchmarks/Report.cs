namespace GovernedAgents.Benchmarks;

/// <summary>The run as Markdown: what was measured, then what was asked for.</summary>
internal static class Report
{
    public static void Write(
        Dictionary<(string Name, int Callers), Measurement> measured, IReadOnlyList<string> names, IReadOnlyList<int> callerCounts, LargeActivation.Times large, long events)
    {
        Console.WriteLine("| What | Callers | calls/s | p50 ms | p99 ms | cpu µs/call | bytes/call |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var name in names)
        {
            foreach (var callers in callerCounts)
            {
                var one = measured[(name, callers)];
                Console.WriteLine($"| {name} | {callers} | {one.PerSecond:N0} | {one.Percentile(0.5):0.00} | {one.Percentile(0.99):0.00} | {one.CpuPerCall:0.0} | {one.BytesPerCall:N0} |");
            }
        }

        var (append, appendThree, governed, plain) = (names[0], names[1], names[2], names[4]);
        var most = callerCounts[^1];
        Console.WriteLine("\n| Ratio | Value | Target | |");
        Console.WriteLine("|---|--:|--:|---|");
        AtLeast($"{most} callers: governed appends/s (2 a call) ÷ journal's append limit", 2 * measured[(governed, most)].PerSecond / measured[(append, most)].PerSecond, 1 / 3.0);
        Console.WriteLine($"| {most} callers: the same ÷ limit of 1-record and 3-record units by turns | {2 * measured[(governed, most)].PerSecond / Mixed(measured[(append, most)].PerSecond, measured[(appendThree, most)].PerSecond):0.00} | | |");
        AtLeast($"{most} callers: governed calls/s ÷ plain grain", measured[(governed, most)].PerSecond / measured[(plain, most)].PerSecond, 8);
        AtMost("1 caller: governed p50 ÷ append p50", measured[(governed, 1)].Percentile(0.5) / measured[(append, 1)].Percentile(0.5), 3, "");
        AtMost($"activation behind a snapshot, {events:N0} events", large.WithSnapshot.TotalSeconds, 1, " s");
        Console.WriteLine($"| activation without the snapshot (the fold of all) | {large.WithoutSnapshot.TotalSeconds:0.00} s | | |");
        Console.WriteLine($"| {events:N0} events journaled in units of 2,000 | {large.Written.TotalSeconds:0.00} s | | |");
        Console.WriteLine("\nBytes are all that the process allocates meanwhile, the read model that follows the journal included.");
    }

    /// <summary>Units a second when each call appends one of either.</summary>
    private static double Mixed(double one, double three) => 2 / (1 / one + 1 / three);

    private static void AtLeast(string name, double value, double target) =>
        Console.WriteLine($"| {name} | {value:0.00} | ≥ {target:0.##} | {(value >= target ? "met" : "missed")} |");

    private static void AtMost(string name, double value, double target, string unit) =>
        Console.WriteLine($"| {name} | {value:0.000}{unit} | ≤ {target:0.##}{unit} | {(value <= target ? "met" : "missed")} |");
}
