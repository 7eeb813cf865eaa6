using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Tests.Kit;

namespace GovernedAgents.Grains.Tests;

public sealed class RotatedSecretTests
{
    [Fact]
    public async Task Secret_RotatedWhileTheSiloRuns_IsRefusedAndBlottedOutAtOnce_AndTheOldOneStaysSecret()
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var file = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(file, "first-secret\n", TestContext.Current.CancellationToken);
        await using (var gate = await Gate.StartAsync(folder, tool: $$"""secrets: { TOKEN: { file: {{file}} } }"""))
        {
            var session = await gate.SessionAsync();
            await EachIsSecretAsync("first-secret");

            // Of the same length, so that a look at the file's size shows nothing.
            await File.WriteAllTextAsync(file, "other-secret\n", TestContext.Current.CancellationToken);
            await EachIsSecretAsync("other-secret", "first-secret");

            // As a rotation that is not atomic may be seen: nothing becomes less secret by it.
            File.Delete(file);
            await EachIsSecretAsync("other-secret", "first-secret");

            async Task EachIsSecretAsync(params string[] secrets)
            {
                foreach (var secret in secrets)
                {
                    var sent = await session.SubmitAsync(Gate.Call("read", arguments: new { id = $"<{secret}>" }));
                    Assert.Equal("/arguments/id", Assert.Single(sent.Refusal!.Errors!).Pointer);
                    Assert.DoesNotContain(secret, sent.Refusal.Errors![0].Detail, StringComparison.Ordinal);
                    gate.Connector.Answer = _ => Task.FromResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = JsonSerializer.Serialize(new { said = $"<{secret}>" }) });
                    Assert.Equal("""{"said":"<[redacted]>"}""", (await session.SubmitAsync(Gate.Call("read"))).Value!.ResultJson!.Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal));
                }
            }
        }

        Directory.Delete(folder, recursive: true);
    }
}
