namespace CostExplorerTools;

/// <summary>The production that the story is about: four stacks, ninety days of cost records.</summary>
internal static class CloudSeed
{
    public const string Production = "cost-explorer-cn-prod";

    private static readonly string[] Accounts = ["111122223333", "444455556666", "777788889999"];
    private static readonly string[] Services = ["EC2", "S3", "RDS", "Lambda"];

    public static CloudState Make(DateTimeOffset at)
    {
        var environment = new CloudEnvironment
        {
            CreatedAt = at,
            Stacks =
            {
                ["api"] = new CloudStack { Parameters = { ["instances"] = "6", ["cacheTtlSeconds"] = "300" } },
                ["ingest"] = new CloudStack { Parameters = { ["batchSize"] = "500", ["retries"] = "3" } },
                ["report-store"] = new CloudStack { Parameters = { ["retentionDays"] = "455", ["deletionProtection"] = "true" }, Records = Records() },
                ["web"] = new CloudStack { Parameters = { ["locale"] = "zh-CN", ["currency"] = "USD" } },
            },
        };
        return new CloudState { Environments = { [Production] = environment } };
    }

    private static List<CostRecord> Records()
    {
        var first = new DateOnly(2025, 9, 1);
        return
        [
            .. from day in Enumerable.Range(0, 90)
               from account in Enumerable.Range(0, Accounts.Length)
               from service in Enumerable.Range(0, Services.Length)
               select new CostRecord(first.AddDays(day), Accounts[account], Services[service], ((day * 37) + (account * 101) + (service * 53)) % 900 / 10m),
        ];
    }
}
