using System.Net;
using System.Net.Sockets;
using GovernedAgents.Silo.Demo.Aws;
using GovernedAgents.Silo.Hosting;

namespace GovernedAgents.Silo.Demo;

/// <summary><c>-- demo [aws] [--exit]</c>: incident 1 twice, without the gate and behind it, on the embedded default; with <c>aws</c> on the AWS API of a moto_server.</summary>
internal static class DemoCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            return await PlayAsync(args);
        }
        catch (IOException fault)
        {
            await System.Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    private static async Task<int> PlayAsync(string[] args)
    {
        var (exit, onAws) = (args.Contains("--exit"), args is ["aws", ..]);
        var story = new Story(System.Console.Out);
        var folder = DemoFolder.Prepare(Path.GetFullPath(Path.Combine("data", onAws ? "demo-aws" : "demo")));
        await using var aws = onAws ? await AwsDemo.BeginAsync(story, folder, () => Address(0)) : null;
        if (aws is null)
        {
            folder.Configure("config", ("__SERVER__", DemoFolder.ToolServer), ("__CLOUD__", folder.GuardedCloud));
            await new UngovernedAct(story, folder).PlayAsync();
        }

        var api = Address(8080);
        var management = Address(9090);
        string[] settings =
        [
            $"--Governance:DataPath={folder.Data}", $"--Governance:ConfigPath={folder.Config}", $"--urls={api}", $"--Governance:ManagementUrls={management}",
            .. args.Where(arg => arg is not ("--exit" or "aws")),
        ];

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, EnvironmentName = "Development" });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = GovernanceHost.Build(builder);
        await app.StartAsync();
        var address = app.Urls.First(url => url.StartsWith(builder.Configuration["urls"] ?? api, StringComparison.Ordinal));
        using var silo = new DemoSilo(address, folder);
        if (aws is not null) await aws.PlayAsync(silo);
        else await new GovernedAct(story, folder, silo).PlayAsync();

        story.Total();
        if (!exit)
        {
            NextSteps.Print(System.Console.Out, silo, folder, builder.Configuration["Governance:ManagementUrls"] ?? management);
            await app.WaitForShutdownAsync();
        }
        else
        {
            await app.StopAsync();
        }

        return story.Failed == 0 ? 0 : 1;
    }

    /// <summary>The documented port, or a free one where it is taken or none is asked for: the story prints what it took.</summary>
    private static string Address(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        return $"http://127.0.0.1:{port}";
    }
}
