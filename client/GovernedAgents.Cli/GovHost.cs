namespace GovernedAgents.Cli;

/// <summary>What the program touches outside itself; tests give their own.</summary>
internal sealed record GovHost
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    public required TextReader In { get; init; }
    public required Func<string, string?> Variable { get; init; }
    /// <summary>A person sits there who can be asked.</summary>
    public bool CanAsk { get; init; }
    public bool OutIsTerminal { get; init; }
    public required Func<Stream> OpenOut { get; init; }
    public required Func<HttpMessageHandler> Connect { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static GovHost Process() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        Variable = Environment.GetEnvironmentVariable,
        CanAsk = !Console.IsInputRedirected && !Console.IsOutputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
        OpenOut = Console.OpenStandardOutput,
        Connect = () => new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) },
    };
}
