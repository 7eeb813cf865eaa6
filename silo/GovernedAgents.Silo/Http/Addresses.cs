using GovernedAgents.Silo.Hosting;

namespace GovernedAgents.Silo.Http;

/// <summary>Absolute addresses in answers: under the configured base, else under what the request was sent to.</summary>
public readonly struct Addresses(string @base)
{
    public static Addresses Of(HttpContext http) => new(BaseOf(http));

    public static string BaseOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<GovernanceOptions>().PublicUrl ?? $"{http.Request.Scheme}://{http.Request.Host}";

    public string OfApproval(string id) => $"{@base}/v1/approvals/{id}";
}
