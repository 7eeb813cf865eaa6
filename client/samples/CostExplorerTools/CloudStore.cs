using System.Text.Json;

namespace CostExplorerTools;

/// <summary>
/// The cloud's durable state in one folder: <c>state.json</c>, replaced atomically, and <c>effects.jsonl</c>, appended before it. Each operation reads the
/// file and each effect holds <c>state.lock</c>, so two processes on one folder see one cloud.
/// </summary>
internal sealed class CloudStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(5);

    private readonly string _statePath;
    private readonly string _lockPath;
    private readonly EffectJournal _journal;
    private readonly TimeSpan _delay;
    private readonly TimeSpan _answerDelay;
    private readonly TimeProvider _time;

    public CloudStore(CloudOptions options, TimeProvider time)
    {
        var folder = Directory.CreateDirectory(options.DataPath).FullName;
        _statePath = Path.Combine(folder, "state.json");
        _lockPath = Path.Combine(folder, "state.lock");
        _journal = new EffectJournal(Path.Combine(folder, "effects.jsonl"));
        _delay = options.Delay;
        _answerDelay = options.AnswerDelay;
        _time = time;
    }

    public CloudState Read() =>
        File.Exists(_statePath) ? JsonSerializer.Deserialize<CloudState>(File.ReadAllBytes(_statePath), Json) ?? new CloudState() : new CloudState();

    /// <summary>Makes production if there is no state at all. Not an effect: nobody asked the cloud for it.</summary>
    public async Task SeedAsync()
    {
        using var held = await LockAsync(CancellationToken.None);
        if (!File.Exists(_statePath)) Write(CloudSeed.Make(_time.GetUtcNow()));
    }

    /// <summary>Checks, journals, applies. <paramref name="change"/> throws <see cref="CloudRefusal"/> when the cloud will not: then nothing is journaled.</summary>
    public async Task<T> ChangeAsync<T>(string tool, JsonElement arguments, string? callId, Func<CloudState, DateTimeOffset, T> change, CancellationToken cancellation)
    {
        if (_delay > TimeSpan.Zero) await Task.Delay(_delay, _time, cancellation);
        var answer = await EffectAsync(tool, arguments, callId, change, cancellation);
        if (_answerDelay > TimeSpan.Zero) await Task.Delay(_answerDelay, _time, cancellation);
        return answer;
    }

    private async Task<T> EffectAsync<T>(string tool, JsonElement arguments, string? callId, Func<CloudState, DateTimeOffset, T> change, CancellationToken cancellation)
    {
        using var held = await LockAsync(cancellation);
        var state = Read();
        var at = _time.GetUtcNow();
        var answer = change(state, at);
        _journal.Append(new Effect(at, tool, arguments, callId));
        Write(state);
        return answer;
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(_lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException held) when (held is not DirectoryNotFoundException)
            {
                await Task.Delay(LockRetry, _time, cancellation);
            }
        }
    }

    private void Write(CloudState state)
    {
        var next = _statePath + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, state, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _statePath, overwrite: true);
    }
}
