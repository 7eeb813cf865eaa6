using System.Globalization;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class KillUnderLoadTests(ITestOutputHelper output)
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("GA_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 8;

    [Fact]
    public async Task Load_WhenTheSiloIsKilledAtRandomInstants_KeepsEveryPromise()
    {
        using var at = new Installation();
        using var api = new Api(at);
        var seed = Random.Shared.Next();
        output.WriteLine($"{Kills} kills, seed {seed}");
        var random = new Random(seed);
        var silo = await SiloProcess.StartAsync(at);
        try
        {
            using var clients = new LoadClients(api, await api.SessionAsync(), 8);
            clients.Start();
            for (var kill = 0; kill < Kills; kill++)
            {
                await Task.Delay(random.Next(100, 2_500));
                await silo.DisposeAsync();
                silo = await SiloProcess.StartAsync(at);
            }

            await Task.Delay(500);
            await clients.FinishAsync();
            var (export, keys) = await AuditCheck.SettledAsync(api);
            var effects = Witness.Read(at);
            output.WriteLine($"{clients.Answers.Count} answers, {effects.Count} effects, {export.Split("\"OutcomeUnknown\"").Length - 1} outcomes unknown");
            Assert.Empty(clients.Unexpected);
            AuditCheck.Judge(export, keys, effects, clients.Answers);
            Assert.True(effects.Count > Kills, $"Only {effects.Count} effects: that is no load.");
        }
        catch
        {
            output.WriteLine(silo.Log);
            throw;
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }
}
