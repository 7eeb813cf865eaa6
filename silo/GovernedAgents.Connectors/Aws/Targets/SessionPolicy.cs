using System.Text.Json.Nodes;
using GovernedAgents.Connectors.Aws.Catalogue;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>The session policy of one request: what the assumed role may do at most, so that a request which was not meant gets nothing else done.</summary>
internal static class SessionPolicy
{
    public static string Of(AwsCall call, TargetNames names)
    {
        var permission = $"{call.Service}:{call.Action}";
        IEnumerable<string> resources = names.PolicyResourcesOf(call);
        // The objects of the bucket are what is deleted, and they are named in the body.
        if (permission is "s3:DeleteObjects") resources = resources.Select(arn => arn + "/*");
        return new JsonObject
        {
            ["Version"] = "2012-10-17",
            ["Statement"] = new JsonArray(new JsonObject
            {
                ["Effect"] = "Allow",
                ["Action"] = Permissions.Of(call.Service, call.Action),
                ["Resource"] = new JsonArray([.. resources.Select(arn => (JsonNode)arn)]),
            }),
        }.ToJsonString();
    }
}
