using System.Text.Json;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>Production of Cost Explorer (China): one stack with an instance, a bucket and a table with costs in it.</summary>
internal static class Production
{
    public const string Stack = "cost-explorer";
    public const string Table = "ce-costs";

    public static string Template(string image) => $$$"""
        {"Resources":{
          "Api":{"Type":"AWS::EC2::Instance","Properties":{"ImageId":"{{{image}}}","InstanceType":"t3.micro"}},
          "Reports":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"ce-reports"}},
          "Costs":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"{{{Table}}}","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}
        }}
        """;

    /// <returns>The stack's template.</returns>
    public static async Task<string> SetUpAsync(Hands hands)
    {
        var images = await hands.DoAsync("ec2", "DescribeImages", new { Owners = new[] { "amazon" } });
        var template = Template(images.GetProperty("Images")[0].GetProperty("ImageId").GetString()!);
        await hands.DoAsync("cloudformation", "CreateStack", new { StackName = Stack, TemplateBody = template });
        await hands.DoAsync("dynamodb", "PutItem", new { TableName = Table, Item = new { id = new { S = "2025-12" }, cost = new { N = "41" } } });
        return template;
    }

    public static async Task<int> CostsAsync(Hands hands) =>
        await hands.TryAsync("dynamodb", "Scan", new { TableName = Table }) is { ResultJson: { } found, Kind: Contracts.OutcomeKind.Succeeded } ? JsonDocument.Parse(found).RootElement.GetProperty("Items").GetArrayLength() : 0;

    public static async Task<int> InstancesAsync(Hands hands) =>
        (await hands.DoAsync("ec2", "DescribeInstances", new { Filters = new[] { new { Name = "instance-state-name", Values = new[] { "running" } } } })).GetProperty("Reservations").GetArrayLength();
}
