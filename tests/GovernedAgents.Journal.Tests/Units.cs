using System.Text;
using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Journal.Tests;

internal static class Units
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Payload(string value) => Encoding.UTF8.GetBytes($$"""{"value":"{{value}}"}""");

    public static JournalStream Fresh(string name) => new(name, StreamHead.Empty, DateTimeOffset.MinValue);

    public static AppendUnit Unit(params JournalRecord[] records) => new() { Records = records };

    public static AppendUnit One(JournalStream stream, string value = "x", DateTimeOffset? at = null) => Unit(stream.Stage("Noted", Payload(value), at ?? Noon));

    public static async Task<List<JournalRecord>> AllAsync(IJournal journal, string stream)
    {
        var records = new List<JournalRecord>();
        await foreach (var record in journal.ReadStreamAsync(stream, 0)) records.Add(record);
        return records;
    }
}
