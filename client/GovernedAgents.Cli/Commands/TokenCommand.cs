using System.CommandLine;
using GovernedAgents.Cli.Identity;
using GovernedAgents.Cli.Terminal;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov token</c>: a token for a local silo, made offline from its own key.</summary>
internal static class TokenCommand
{
    private static readonly string[] KnownRoles = ["developer", "reviewer", "operator", "auditor"];

    public static Command Create(GovHost host)
    {
        var subject = new Option<string>("--subject") { Description = "Who: the account's sub.", Required = true };
        var name = new Option<string?>("--name") { Description = "Display name (default: the subject)." };
        var roles = new Option<string[]>("--role") { Description = "developer, reviewer, operator or auditor; repeatable." };
        var groups = new Option<string[]>("--group") { Description = "A group without prefix, e.g. sre; repeatable." };
        var data = new Option<string>("--data") { Description = "The silo's data folder.", DefaultValueFactory = _ => "./data" };
        var expires = new Option<string>("--expires-in") { Description = "Life of the token: 90s, 10m, 8h, 7d.", DefaultValueFactory = _ => "8h" };
        roles.AcceptOnlyFromAmong(KnownRoles);
        return Verb.Create(host, "token", "Prints a token for a local silo in Development, made from the key in its data folder.", (run, _) =>
        {
            var who = run.Required(subject);
            if (string.IsNullOrWhiteSpace(who)) throw new UsageException("--subject is empty; name the account, e.g. --subject alice.");
            var life = DurationText.Parse(run.Required(expires));
            if (life < TimeSpan.FromSeconds(1)) throw new UsageException("--expires-in must be at least 1s.");
            using var key = LocalIdentityKey.Read(run.Required(data));
            var now = host.Time.GetUtcNow();
            var token = key.Sign(new LocalClaims { Subject = who, Name = run.Value(name), Roles = run.Value(roles) ?? [], Groups = run.Value(groups) ?? [], IssuedAt = now, ExpiresIn = life });
            // Bare in a table, so that GOV_TOKEN=$(gov token …) works.
            if (run.Output.IsTable) run.Output.Line(token);
            else run.Output.One(new { Token = token, Subject = who, ExpiresAt = now + life });
            if ((run.Value(roles) ?? []).Length == 0) run.Output.Note("Note: without --role this token may do almost nothing.");
            return Task.FromResult(ExitCode.Ok);
        }, subject, name, roles, groups, data, expires);
    }
}
