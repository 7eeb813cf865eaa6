using System.CommandLine;
using System.Globalization;
using System.Net;
using GovernedAgents.Cli.Identity;
using GovernedAgents.Client;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov doctor</c>: what works, what does not, and what to do about it.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AllowedSkew = TimeSpan.FromSeconds(30);

    /// <param name="Next">What to do; null when all is well.</param>
    /// <param name="Code">The exit code that this fault asks for.</param>
    private sealed record Finding(string Check, string Says, string? Next = null, int Code = ExitCode.Ok)
    {
        public bool Ok => Next is null;
    }

    public static Command Create(GovHost host)
    {
        var management = new Option<string?>("--management") { Description = "The management address, e.g. http://127.0.0.1:9090: also checks health and readiness." };
        var data = new Option<string?>("--data") { Description = "The silo's data folder, if it is on this machine (default ./data, if it is there)." };
        return Verb.Create(host, "doctor", "Checks server, token, clock and local key.", async (run, cancellation) =>
        {
            List<Finding> findings = [.. await ServerAsync(run, cancellation)];
            if (run.Value(management) is { } address) findings.AddRange(await HealthAsync(run, address, cancellation));
            findings.AddRange(await TokenAsync(run, cancellation));
            if (run.Value(data) is { } folder) findings.AddRange(Data(folder));
            else if (Directory.Exists("./data")) findings.AddRange(Data("./data"));
            if (run.Output.IsTable)
                foreach (var finding in findings) run.Output.Line($"{(finding.Ok ? "ok   " : "fault")}  {finding.Check}: {finding.Says}{(finding.Ok ? "" : "  -> " + finding.Next)}");
            else run.Output.List(findings);
            return findings.FirstOrDefault(finding => !finding.Ok)?.Code ?? ExitCode.Ok;
        }, management, data);
    }

    private static async Task<List<Finding>> ServerAsync(GovRun run, CancellationToken cancellation)
    {
        var (response, fault) = await GetAsync(run, new Uri(run.Server, "openapi/v1.json"), cancellation);
        using (response)
        {
            if (response is null) return [new("server", $"{run.Server} does not answer ({fault})", "start the silo, or give its address with --server or GOV_SERVER", ExitCode.Unavailable)];
            List<Finding> findings = [response.IsSuccessStatusCode
                ? new("server", $"{run.Server} answers")
                : new("server", $"{run.Server} answers {(int)response.StatusCode} to /openapi/v1.json", "check that the address is the API's own, not another program's", ExitCode.Unavailable)];
            if (response.Headers.Date is { } there)
            {
                var apart = (run.Host.Time.GetUtcNow() - there).Duration();
                var says = $"{apart.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)} s apart from the server";
                // The Date header has whole seconds; a token's times may differ by the default clock skew.
                findings.Add(apart <= AllowedSkew ? new("clock", says) : new("clock", says, "set this machine's or the server's clock (NTP): tokens are refused beyond 30 s", ExitCode.Unavailable));
            }

            return findings;
        }
    }

    private static async Task<List<Finding>> HealthAsync(GovRun run, string address, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) throw new UsageException($"--management \"{address}\" is no http or https address.");
        var findings = new List<Finding>();
        foreach (var (check, path, next) in new[] { ("health", "health/live", "restart the silo and read its log"), ("readiness", "health/ready", "read the silo's log: journal, configuration or identity is not there yet") })
        {
            var (response, fault) = await GetAsync(run, new Uri(uri, path), cancellation);
            using (response)
            {
                findings.Add(response switch
                {
                    null => new(check, $"{uri} does not answer ({fault})", "check Governance:ManagementUrls", ExitCode.Unavailable),
                    { StatusCode: HttpStatusCode.OK } => new(check, "200"),
                    _ => new(check, $"/{path} answers {(int)response.StatusCode}", next, ExitCode.Unavailable),
                });
            }
        }

        return findings;
    }

    private static async Task<List<Finding>> TokenAsync(GovRun run, CancellationToken cancellation)
    {
        if (run.Token is not { } token) return [new("token", "none given", "set GOV_TOKEN or --token; \"gov token --subject you --role operator\" makes one for a local silo", ExitCode.Denied)];
        var findings = new List<Finding>();
        if (SessionCredential.Claim(token, "exp") is { } expiry && expiry.ValueKind == System.Text.Json.JsonValueKind.Number && expiry.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_799)
        {
            var until = DateTimeOffset.FromUnixTimeSeconds(seconds);
            findings.Add(until > run.Host.Time.GetUtcNow()
                ? new("token", $"of {SessionCredential.Claim(token, "sub")}, until {Shown.Instant(until)}")
                : new("token", $"expired at {Shown.Instant(until)}", "sign in again, or make a new one with \"gov token\"", ExitCode.Denied));
        }
        else findings.Add(new("token", "is no JWT with an exp", "give the access token itself, without \"Bearer\"", ExitCode.Denied));

        var roles = SessionCredential.Claim(token, "roles") is { ValueKind: System.Text.Json.JsonValueKind.Array } claim ? claim.EnumerateArray().Select(role => role.ToString()).ToList() : [];
        findings.Add(roles.Count > 0 ? new("roles", string.Join(", ", roles)) : new("roles", "none", "ask for one of developer, reviewer, operator, auditor in the token's roles claim", ExitCode.Denied));
        try
        {
            var page = await run.Client.Environments.ListAsync(new PageOptions(200), cancellation);
            findings.Add(new("access", $"the server takes the token; {page.Items.Count} environment(s)"));
        }
        catch (GovernedAgentsException refusal)
        {
            findings.Add(new("access", refusal.Message, refusal.IsUnavailable ? "see the server's line above" : "check the token's issuer and audience against Governance:Identity of the silo", ExitCode.Of(refusal)));
        }

        return findings;
    }

    private static List<Finding> Data(string folder)
    {
        if (!Directory.Exists(folder)) return [new("data folder", $"{folder} is not there", "give the folder of Governance:DataPath, or start the silo once", ExitCode.Usage)];
        var findings = new List<Finding> { new("data folder", Path.GetFullPath(folder)) };
        var path = LocalIdentityKey.PathIn(folder);
        if (!File.Exists(path)) return [.. findings, new("local key", "none (only a silo in Development makes one)")];
        try
        {
            using var key = LocalIdentityKey.Read(folder);
            findings.Add(new("local key", $"kid {key.KeyId}"));
        }
        catch (Exception fault) when (fault is UsageException or IOException or UnauthorizedAccessException)
        {
            findings.Add(new("local key", fault.Message, "run as the user who owns the silo's data folder", ExitCode.Usage));
        }

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            findings.Add(new("local key", $"others may read or write {path}", $"chmod 600 {path}: whoever reads it may sign in as anyone", ExitCode.Usage));
        return findings;
    }

    private static async Task<(HttpResponseMessage? Response, string Fault)> GetAsync(GovRun run, Uri address, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, run.Host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return (await run.Http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, either.Token), "");
        }
        catch (HttpRequestException fault)
        {
            return (null, fault.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, "no answer within 5 s");
        }
    }
}
