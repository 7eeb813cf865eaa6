using GovernedAgents.Policy.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Configuration;

public sealed class HostedReaderTests
{
    [Fact]
    public void Read_OfAHostedAgent_GivesItsDefinition_AlsoFromItsCanonicalForm()
    {
        var agent = Documents.Set(Documents.HostedAgent, Documents.Environment, Documents.Policy).Agents["nightly"];
        foreach (var hosted in new[] { agent.Hosted!, AgentDefinition.FromCanonicalJson(agent.ToCanonicalJson()).Hosted! })
        {
            Assert.Equal(("https://models.example/v1", "gpt-4o", "/run/secrets/model-key", "cost-explorer-cn-prod"), (hosted.Endpoint, hosted.Model, hosted.KeyFile, hosted.Environment));
            Assert.Equal((50, 200_000L, TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(90)), (hosted.Steps, hosted.Tokens, hosted.Time, hosted.Timeout));
            Assert.Equal(["nightly"], hosted.DelegatesTo);
        }

        Assert.DoesNotContain("hosted", Documents.Set(Documents.Agent, Documents.Environment, Documents.Policy).Agents["ops-assistant"].ToCanonicalJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://models.example/v1", "http://models.example/v1", "plain http on loopback only")]
    [InlineData("https://models.example/v1", "https://key@models.example/v1", "must be an absolute https address")]
    [InlineData("environment: cost-explorer-cn-prod", "environment: nowhere", "which spec.environments does not admit")]
    [InlineData("environment: cost-explorer-cn-prod", "environment: cost-explorer-x", "there is no Environment of that name")]
    [InlineData("delegatesTo: [nightly]", "delegatesTo: [ops-assistant]", "there is no Agent of that name with spec.hosted")]
    [InlineData("{ file: /run/secrets/model-key }", "sk-secret", "must be a mapping with the file that holds the key")]
    [InlineData("steps: 50", "steps: 0", "must be a whole number from 1 to 10000")]
    public void Read_OfAHostedAgentThatCannotRun_SaysWhy(string instead, string of, string said)
    {
        var result = Documents.Read(Documents.HostedAgent.Replace(instead, of, StringComparison.Ordinal), Documents.Agent, Documents.Environment, Documents.Policy);
        Assert.Contains(result.Problems, problem => problem.Message.Contains(said, StringComparison.Ordinal));
        Assert.DoesNotContain(result.Problems, problem => problem.Message.Contains("sk-secret", StringComparison.Ordinal));
    }
}
