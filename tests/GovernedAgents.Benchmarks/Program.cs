using System.Diagnostics;
using System.Globalization;
using GovernedAgents.Benchmarks;

// Everything in one run, in rounds that alternate between what is compared, so that a busy machine slows all of it alike.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["policy"])
{
    PolicyDecisions.Run();
    return 0;
}

const long Events = 1_000_000;
const int Rounds = 3;
int[] callerCounts = [1, 64, 256];
var round = TimeSpan.FromSeconds(1.5);
var began = Stopwatch.GetTimestamp();

// One kind alone with 256 callers, for a profiler: the words of its name and the seconds.
var alone = args.Length == 2 ? args : null;
await using var bench = await Bench.StartAsync();
var workloads = new Workloads(bench, await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => bench.SessionAsync())));
(string Name, Func<int, Task> Call)[] kinds =
[
    ("journal: append of 1 record", workloads.AppendOneAsync),
    ("journal: append of 3 records", workloads.AppendThreeAsync),
    ("governed call", workloads.GovernedAsync),
    ("governed call through its session", workloads.ThroughSessionAsync),
    ("plain grain, one WriteStateAsync", workloads.PlainAsync),
];

if (alone is not null)
{
    var call = kinds.Single(kind => kind.Name == alone[0]).Call;
    await new Measurement().RoundAsync(256, TimeSpan.FromSeconds(6), call);
    var measurement = new Measurement();
    await measurement.RoundAsync(256, TimeSpan.FromSeconds(int.Parse(alone[1])), call);
    Console.WriteLine($"{alone[0]}: {measurement.PerSecond:N0} calls/s, {measurement.CpuPerCall:0.0} µs of processor time and {measurement.BytesPerCall:N0} bytes a call");
    return 0;
}

foreach (var (_, call) in kinds) await new Measurement().RoundAsync(32, TimeSpan.FromSeconds(1.5), call);
var measured = new Dictionary<(string Name, int Callers), Measurement>();
foreach (var callers in callerCounts)
{
    for (var i = 0; i < Rounds; i++)
    {
        foreach (var (name, call) in kinds)
        {
            await bench.SettleAsync();
            if (!measured.TryGetValue((name, callers), out var measurement)) measured[(name, callers)] = measurement = new Measurement();
            await measurement.RoundAsync(callers, round, call);
        }
    }
}

var large = await LargeActivation.MeasureAsync(bench, Events);
Report.Write(measured, kinds.Select(kind => kind.Name).ToList(), callerCounts, large, Events);
Console.WriteLine($"\n{Environment.ProcessorCount} processors, .NET {Environment.Version}, SQLite (WAL, synchronous=FULL) in the temporary folder; {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s in all.");
return 0;
