using System.CommandLine;
using GovernedAgents.Cli.Terminal;

namespace GovernedAgents.Cli;

internal static class GlobalOptions
{
    public static readonly Option<string?> Server = new("--server") { Description = "Address of the API (GOV_SERVER; default http://127.0.0.1:8080).", Recursive = true };
    public static readonly Option<string?> Token = new("--token") { Description = "Bearer token (GOV_TOKEN). \"gov token\" makes one for a local silo.", Recursive = true };
    public static readonly Option<OutputFormat> Output = new("--output", "-o") { Description = "table, json, yaml or jsonl.", Recursive = true, DefaultValueFactory = _ => OutputFormat.Table };
}
