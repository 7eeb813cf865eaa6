using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>What leaves by OTLP and what Prometheus scrapes, of the whole product under real calls.</summary>
public sealed class TelemetryTests
{
    private const string AllowedTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string HeldTrace = "1bf7651916cd43dd8448eb211c80319c";
    private const string VoteTrace = "2cf7651916cd43dd8448eb211c80319c";
    private const string AgentSpan = "b7ad6b7169203331";
    private const string Canary = "canary-7f3a9";

    [Fact]
    public async Task Traces_OneFromTheAgentsRequestToTheOutcome_AndTheVoteThatStartedItIsLinked()
    {
        await using var receiver = await TelemetryReceiver.StartAsync();
        var host = new RealHost { More = [$"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"] };
        try
        {
            await host.InitializeAsync();
            var (_, agent) = await host.StartSessionAsync();
            var allowed = await SubmitAsync(host, agent, "ops.describe_environment", AllowedTrace, $$"""{"name":"{{Canary}}"}""");
            Assert.Contains(allowed.Json!["state"]!.GetValue<string>(), (string[])["succeeded", "failed"]);

            var held = await SubmitAsync(host, agent, "ops.delete_environment", HeldTrace, """{"name":"cost-explorer-cn-prod"}""");
            var approval = (await host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", host.Reviewer("alice"))).Json!;
            Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("alice"), "approve")).Status);
            Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("bob"), "approve", ("traceparent", $"00-{VoteTrace}-{AgentSpan}-01"))).Status);
            await host.FinishedAsync($"/v1/calls/{held.Json["id"]}", agent);
        }
        finally
        {
            // Stopping sends what is gathered.
            await host.DisposeAsync();
        }

        var (request, decide, execute) = Chain(await receiver.SpansAsync(AllowedTrace));
        Assert.Equal(AgentSpan, Text(request, "parentSpanId"));
        Assert.Equal(("allow", "ops.describe_environment"), (Tag(decide, "decision"), Tag(decide, "tool")));
        Assert.Contains(Tag(execute, "outcome"), (string[])["succeeded", "failed"]);
        Assert.Empty(execute["links"]!.AsArray());

        (_, decide, execute) = Chain(await receiver.SpansAsync(HeldTrace));
        Assert.Equal(("review", "succeeded"), (Tag(decide, "decision"), Tag(execute, "outcome")));
        Assert.Equal(VoteTrace, Text(Assert.Single(execute["links"]!.AsArray())!, "traceId"));
        Assert.DoesNotContain(Canary, await receiver.AllAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_CountWhatTheJournalHolds()
    {
        await using var host = new RealHost();
        await host.InitializeAsync();
        var (_, agent) = await host.StartSessionAsync();
        Assert.Equal("succeeded", (await host.CallAsync(agent, "ops.list_stacks", """{"environment":"cost-explorer-cn-prod"}""")).Json!["state"]!.GetValue<string>());
        await host.CallAsync(agent, "ops.delete_environment", """{"name":"cost-explorer-cn-prod"}""");
        var scraped = await host.ScrapeAsync();
        foreach (var series in (string[])
            [
                """governedagents_decisions_total{effect="allow",environment="shop-prod",rule="baseline"} """, """governedagents_outcomes_total{environment="shop-prod",state="succeeded"} """,
                """governedagents_reviews_requested_total{environment="shop-prod"} """, "governedagents_connector_duration_seconds_bucket", "governedagents_journal_commit_duration_seconds_count",
                """governedagents_journal_appends_total{status="committed"} """, "dotnet_gc_collections_total",
            ])
            Assert.Contains(series, WithoutScope(scraped), StringComparison.Ordinal);
    }

    private static Task<Reply> SubmitAsync(RealHost host, string token, string tool, string trace, string arguments) => host.SendAsync("POST", "/v1/calls", token,
        $$"""{"environment":"{{RealHost.Production}}","tool":"{{tool}}","arguments":{{arguments}}}""", ("Idempotency-Key", host.NewKey()), ("traceparent", $"00-{trace}-{AgentSpan}-01"));

    /// <summary>The agent's request, the decision below it, the execution below that.</summary>
    private static (JsonNode Request, JsonNode Decide, JsonNode Execute) Chain(List<JsonNode> spans)
    {
        JsonNode Named(string name) => Assert.Single(spans, span => Text(span, "name") == name);
        var (request, decide, execute) = (Named("POST /v1/calls"), Named("call decide"), Named("call execute"));
        Assert.True(IsBelow(decide, request) && IsBelow(execute, decide));
        return (request, decide, execute);

        bool IsBelow(JsonNode span, JsonNode ancestor)
        {
            for (var at = span; at is not null; at = spans.FirstOrDefault(one => Text(one, "spanId") == Text(at!, "parentSpanId")))
                if (at == ancestor) return true;
            return false;
        }
    }

    private static string? Text(JsonNode node, string member) => node[member]?.GetValue<string>();

    private static string? Tag(JsonNode span, string name) => span["attributes"]!["governedagents." + name]?.GetValue<string>();

    private static string WithoutScope(string scraped) => System.Text.RegularExpressions.Regex.Replace(scraped, "otel_scope_[a-z_]+=\"[^\"]*\",?", "");
}
