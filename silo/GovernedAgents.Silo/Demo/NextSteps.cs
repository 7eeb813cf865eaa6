namespace GovernedAgents.Silo.Demo;

/// <summary>What a person can do now; every line works as it is printed.</summary>
internal static class NextSteps
{
    public static void Print(TextWriter output, DemoSilo silo, DemoFolder folder, string management)
    {
        var token = silo.Token("olga", ["operator", "auditor", "reviewer", "developer"], ["developers", "sre"]);
        output.WriteLine($"""

            The silo goes on until Ctrl+C.
              console  {silo.Address}/console   (pick alice or bob, and review what the agent asks)
              API      {silo.Address}        description {silo.Address}/docs   OpenAPI {silo.Address}/openapi/v1.json
              health   {management}/health/ready

            In another terminal, in this folder:

              export GOV_SERVER={silo.Address}
              export GOV_TOKEN={token}
              curl -s -H "Authorization: Bearer $GOV_TOKEN" $GOV_SERVER/v1/environments/{Witness.Production}
              curl -s -H "Authorization: Bearer $GOV_TOKEN" "$GOV_SERVER/v1/approvals?limit=5"
              dotnet run -c Release --project client/GovernedAgents.Cli -- approvals list
              dotnet run -c Release --project client/GovernedAgents.Cli -- env freeze {Witness.Production} --reason "trying the brake"
              dotnet run -c Release --project client/GovernedAgents.Cli -- audit export --file audit.jsonl
              dotnet run -c Release --project client/GovernedAgents.Cli -- audit verify audit.jsonl
              dotnet run -c Release --project client/GovernedAgents.Cli -- token --data "{folder.Data}" --subject alice --role reviewer --group sre

            """);
    }
}
