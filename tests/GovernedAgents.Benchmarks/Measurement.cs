using System.Diagnostics;

namespace GovernedAgents.Benchmarks;

/// <summary>Calls of one kind with one number of callers, over all rounds.</summary>
internal sealed class Measurement
{
    private readonly List<long> _latencies = [];
    private long _allocated;
    private double _seconds, _cpuSeconds;

    public double PerSecond => _latencies.Count / _seconds;
    /// <summary>Processor time of the whole process, microseconds: what a busy machine distorts least.</summary>
    public double CpuPerCall => _cpuSeconds * 1e6 / _latencies.Count;
    public double BytesPerCall => _allocated / (double)_latencies.Count;

    /// <summary>Milliseconds.</summary>
    public double Percentile(double of)
    {
        _latencies.Sort();
        return Stopwatch.GetElapsedTime(0, _latencies[(int)(of * (_latencies.Count - 1))]).TotalMilliseconds;
    }

    /// <summary>One round: each caller calls again as soon as it is answered. What is running at the end is awaited and counted.</summary>
    public async Task RoundAsync(int callers, TimeSpan duration, Func<int, Task> call)
    {
        var from = Stopwatch.GetTimestamp();
        var end = from + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var each = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<long>(4_096);
            while (Stopwatch.GetTimestamp() is var started && started < end)
            {
                await call(caller);
                own.Add(Stopwatch.GetTimestamp() - started);
            }

            return own;
        })));
        _seconds += Stopwatch.GetElapsedTime(from).TotalSeconds;
        _cpuSeconds += (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        _allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
        foreach (var own in each) _latencies.AddRange(own);
    }
}
