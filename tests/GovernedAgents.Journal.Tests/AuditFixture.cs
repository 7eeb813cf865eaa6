using System.Text;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Grains.Journal.Sqlite;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Journal.Tests;

/// <summary>A journal with its checkpoints in a folder, that can be closed, tampered with and opened again.</summary>
internal sealed class AuditFixture : IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    public GroupCommitJournal Journal { get; private set; } = null!;
    public CheckpointWriter Checkpoints { get; private set; } = null!;
    public RestoreDetection Detection => new(Journal, Checkpoints);
    public string Database => _folder["journal.db"];
    public string CheckpointsPath => _folder["outside"];

    public AuditFixture() => Open();

    public void Open()
    {
        var clock = new JournalClock(TimeProvider.System);
        Journal = GroupCommitJournal.Open(new SqliteJournalStore(_folder.Path), clock);
        Checkpoints = new CheckpointWriter(Journal, clock, CheckpointsPath, _folder["keys/checkpoints.pem"]);
    }

    public async Task CloseAsync()
    {
        Checkpoints.Dispose();
        await Journal.DisposeAsync();
    }

    /// <summary>Two streams, <paramref name="rounds"/> records each.</summary>
    public async Task FillAsync(int rounds)
    {
        foreach (var name in new[] { "environment/a", "session/b" })
        {
            var stream = new JournalStream(name, await Journal.ReadHeadAsync(name), Units.Noon);
            for (var i = 0; i < rounds; i++) await Journal.AppendAsync(Units.One(stream, $"{name} {i}"));
        }
    }

    public async Task<string> ExportAsync()
    {
        using var output = new MemoryStream();
        await new AuditExport(Journal, Checkpoints).WriteAsync(output);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    public AuditReport Verify(string export, params Checkpoint[] kept) =>
        AuditVerifier.Verify(new MemoryStream(Encoding.UTF8.GetBytes(export)), kept, Checkpoints.PublicKeys);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }
}
