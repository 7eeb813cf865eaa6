namespace GovernedAgents.Silo.Demo.Aws;

/// <summary><c>-- demo aws</c>: the two acts on two clouds of their own.</summary>
internal sealed class AwsDemo : IAsyncDisposable
{
    private readonly AwsActs _acts;
    private readonly MotoCloud _guarded;

    private AwsDemo(AwsActs acts, MotoCloud guarded) => (_acts, _guarded) = (acts, guarded);

    /// <summary>Plays act one, and leaves a second cloud for the silo to be configured on.</summary>
    /// <exception cref="IOException">There is no moto_server on this machine.</exception>
    public static async Task<AwsDemo> BeginAsync(Story story, DemoFolder folder, Func<string> freeAddress)
    {
        var acts = new AwsActs(story);
        await using (var open = await MotoCloud.StartAsync(freeAddress(), Directory.CreateDirectory(folder.OpenCloud).FullName)) await acts.PlayUngovernedAsync(open);
        var guarded = await MotoCloud.StartAsync(freeAddress(), folder.Config);
        folder.Configure("config-aws", ("__URL__", guarded.Url));
        return new AwsDemo(acts, guarded);
    }

    public Task PlayAsync(DemoSilo silo) => _acts.PlayGovernedAsync(_guarded, silo);

    public ValueTask DisposeAsync() => _guarded.DisposeAsync();
}
