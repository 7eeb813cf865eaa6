using System.Globalization;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

/// <summary>SIGKILL under load, again and again, at each step of a call. <c>GA_KILLS</c> says how often; hundreds take a while.</summary>
public sealed class KillUnderLoadTests(ITestOutputHelper output)
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("GA_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 20;
    private static readonly string[] Steps = ["decided", "started", "effect done", "outcome recorded", "anywhere"];

    [Fact]
    public async Task Load_WhenTheSiloIsKilledAtEachStep_KeepsEveryPromise()
    {
        using var at = new Installation(cloudMilliseconds: 20, answerMilliseconds: 20);
        using var api = new Api(at);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var silo = await SiloProcess.StartAsync(at);
        try
        {
            using var clients = new LoadClients(api, await api.SessionAsync(), 8);
            clients.Start();
            for (var kill = 0; kill < Kills; kill++)
            {
                await ReachedAsync(Steps[kill % Steps.Length], at, clients, random);
                await silo.DisposeAsync();
                silo = await SiloProcess.StartAsync(at);
            }

            await clients.NextAsync("succeeded").WaitAsync(TimeSpan.FromSeconds(30));
            await clients.FinishAsync();
            var (export, keys) = await AuditCheck.SettledAsync(api);
            var effects = Witness.Read(at);
            var unknown = export.Split("\"OutcomeUnknown\"").Length - 1;
            output.WriteLine($"{Kills} kills (seed {seed}), {clients.Answers.Count} answers, {effects.Count} effects, {unknown} outcomes unknown");
            Assert.Empty(clients.Unexpected);
            AuditCheck.Judge(export, keys, effects, clients.Answers);
            Assert.True(effects.Count > Kills, $"Only {effects.Count} effects: that is no load.");
            Assert.True(unknown >= Kills / Steps.Length, $"Only {unknown} outcomes are unknown: the kills did not hit.");
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

    private static async Task ReachedAsync(string step, Installation at, LoadClients clients, Random random)
    {
        var reached = step switch
        {
            "decided" => clients.NextAsync("pending_review"),
            "started" => clients.NextAsync("executing"),
            "effect done" => NextEffectAsync(at),
            "outcome recorded" => clients.NextAsync("succeeded"),
            _ => Task.Delay(random.Next(20, 1_000)),
        };
        await reached.WaitAsync(TimeSpan.FromSeconds(45));
    }

    /// <summary>The cloud has written an effect down; its answer is on its way.</summary>
    private static async Task NextEffectAsync(Installation at)
    {
        var before = Length();
        while (Length() == before) await Task.Delay(1);

        long Length() => File.Exists(at.Witness) ? new FileInfo(at.Witness).Length : 0;
    }
}
