using System.Reflection;
using System.Text.Json.Serialization;
using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Http;

/// <summary>A list: <see cref="Next"/> is the cursor of the next page, null on the last.</summary>
public sealed record ListBody<T>
{
    public static readonly ListBody<T> Empty = new() { Items = [] };
    public required IReadOnlyList<T> Items { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Next { get; init; }
}

/// <summary>Successful answers.</summary>
public static class Answers
{
    public static IResult Ok<T>(T body) => Results.Json(body, ApiJson.Options);
    public static IResult Created<T>(string location, T body) => new WithLocation(location, Results.Json(body, ApiJson.Options, statusCode: 201));

    public static IResult Accepted<T>(string location, T body) => new WithLocation(location, Results.Json(body, ApiJson.Options, statusCode: 202));

    /// <summary>One page of the read model in the API's form; a cursor that was not made here is 400.</summary>
    public static async Task<IResult> PageAsync<TSource, TBody>(Func<Task<Page<TSource>>> list, Func<TSource, TBody> shape)
    {
        try
        {
            var page = await list();
            return Ok(new ListBody<TBody> { Items = [.. page.Items.Select(shape)], Next = page.Next });
        }
        catch (FormatException)
        {
            return Problems.BadRequest("The cursor was not made by this list: take it from 'next', or leave it out.");
        }
    }

    /// <summary>The wire name of an enum member.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum =>
        typeof(T).GetField(value.ToString())?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? value.ToString();

    private sealed class WithLocation(string location, IResult body) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = location;
            return body.ExecuteAsync(httpContext);
        }
    }
}
