using System.CommandLine;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli;

/// <summary>One invocation: its options, its client, its output.</summary>
internal sealed class GovRun : IDisposable
{
    private readonly ParseResult _parsed;
    private readonly Lazy<HttpClient> _http;
    private readonly Lazy<GovernedAgentsClient> _client;

    public GovRun(GovHost host, ParseResult parsed)
    {
        Host = host;
        _parsed = parsed;
        _http = new(() => new HttpClient(host.Connect()) { Timeout = Timeout.InfiniteTimeSpan });
        _client = new(Connect);
        Output = new Output(host, parsed.GetValue(GlobalOptions.Output));
    }

    public GovHost Host { get; }
    public Output Output { get; }
    public HttpClient Http => _http.Value;
    public GovernedAgentsClient Client => _client.Value;

    public Uri Server => Uri.TryCreate(Setting(GlobalOptions.Server, "GOV_SERVER") ?? "http://127.0.0.1:8080", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? uri!
        : throw new UsageException($"\"{Setting(GlobalOptions.Server, "GOV_SERVER")}\" is no http or https address; give --server or GOV_SERVER like http://127.0.0.1:8080.");

    public string? Token => Setting(GlobalOptions.Token, "GOV_TOKEN")?.Trim();

    public T? Value<T>(Option<T> option) => _parsed.GetValue(option);
    public T Required<T>(Option<T> option) => _parsed.GetRequiredValue(option);
    public T? Optional<T>(Argument<T> argument) => _parsed.GetValue(argument);
    public T Required<T>(Argument<T> argument) => _parsed.GetRequiredValue(argument);

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private GovernedAgentsClient Connect()
    {
        var token = Token;
        var options = new GovernedAgentsClientOptions { Server = Server, Token = _ => ValueTask.FromResult(token) };
        options.Retry.MaxAttempts = 3;
        return new GovernedAgentsClient(Http, options, Host.Time);
    }

    private string? Setting(Option<string?> option, string variable) =>
        _parsed.GetValue(option) is { Length: > 0 } given ? given : Host.Variable(variable) is { Length: > 0 } set ? set : null;
}
