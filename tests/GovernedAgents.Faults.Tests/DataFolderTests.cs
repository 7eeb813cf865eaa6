using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class DataFolderTests
{
    [Fact]
    public async Task Start_WhenAnotherProcessHoldsTheDataFolder_RefusesAndNamesTheFolder()
    {
        using var at = new Installation();
        await using var first = await SiloProcess.StartAsync(at);

        var (code, log) = await SiloProcess.StartRefusedAsync(at);

        Assert.NotEqual(0, code);
        Assert.Contains($"'{at.Data}' is in use by another process", log, StringComparison.Ordinal);
        using var api = new Api(at);
        var answer = await api.UpdateAsync(await api.SessionAsync(), "still-served");
        Assert.Equal("succeeded", answer.Get("state"));
    }
}
