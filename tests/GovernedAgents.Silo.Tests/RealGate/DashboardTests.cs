using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>The Orleans Dashboard shows the silos' inside: operators alone, on the management address alone.</summary>
public sealed class DashboardTests(RealHost host) : IClassFixture<RealHost>
{
    private static readonly string[] Paths = ["/dashboard/", "/dashboard/index.html", "/dashboard/index.min.js", "/dashboard/version", "/dashboard/DashboardCounters", "/dashboard/ClusterStats",
        "/dashboard/TopGrainMethods", "/dashboard/GrainTypes", "/dashboard/GrainState?grainId=x&grainType=y", "/dashboard/Reminders", "/dashboard/Trace"];

    [Fact]
    public void Endpoints_AllOfThem_AdmitOperatorsAlone()
    {
        var routes = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(one => one.RoutePattern.RawText!.TrimStart('/').StartsWith("dashboard", StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count > 10, $"{routes.Count} routes of the dashboard.");
        Assert.All(routes, route => Assert.Equal(Access.Operator, route.Metadata.GetMetadata<AccessRuleAttribute>()?.Admits));
    }

    [Fact]
    public async Task Dashboard_WithoutAToken_Is401_AndABrowserIsAskedForOne()
    {
        foreach (var path in Paths)
        {
            using var answer = await GetAsync(host.ManagementAddress, path, null);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, answer.StatusCode));
            Assert.Contains(answer.Headers.WwwAuthenticate, challenge => challenge.Scheme == "Basic");
        }
    }

    [Theory]
    [InlineData("developer")]
    [InlineData("reviewer")]
    [InlineData("auditor")]
    [InlineData("session")]
    public async Task Dashboard_ForAnybodyElse_Is403(string who)
    {
        var token = who == "session" ? (await host.StartSessionAsync()).Token : host.Person("someone", "sre", who);
        foreach (var path in Paths)
        foreach (var authorization in new[] { new AuthenticationHeaderValue("Bearer", token), Password(token) })
        {
            using var answer = await GetAsync(host.ManagementAddress, path, authorization);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Dashboard_ForAnOperator_ShowsTheCluster_ByTokenAndByPassword()
    {
        foreach (var authorization in new[] { new AuthenticationHeaderValue("Bearer", host.Operator), Password(host.Operator) })
        {
            using var page = await GetAsync(host.ManagementAddress, "/dashboard/", authorization);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains("<html", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
            using var counters = await GetAsync(host.ManagementAddress, "/dashboard/DashboardCounters", authorization);
            Assert.Equal(HttpStatusCode.OK, counters.StatusCode);
            Assert.Contains("hosts", await counters.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Dashboard_OnTheApiAddress_IsNotThere()
    {
        using var answer = await GetAsync(host.ApiAddress, "/dashboard/", new AuthenticationHeaderValue("Bearer", host.Operator));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Password_OnlyOpensTheDashboard()
    {
        using var answer = await GetAsync(host.ApiAddress, "/v1/environments", Password(host.Operator));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static AuthenticationHeaderValue Password(string token) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("operator:" + token)));

    private static async Task<HttpResponseMessage> GetAsync(Uri at, string path, AuthenticationHeaderValue? authorization)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = at };
        http.DefaultRequestHeaders.Authorization = authorization;
        return await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
    }
}
