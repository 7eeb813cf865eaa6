using System.Globalization;
using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Http;

/// <summary>The query of a list: <c>limit</c>, <c>cursor</c> and the filters that the endpoint knows; anything else is 400.</summary>
public static class Paging
{
    /// <summary>Null, or the 400 that names every parameter that is unknown or there twice.</summary>
    public static IResult? Unknown(HttpRequest request, params IReadOnlyList<string> known)
    {
        var faults = request.Query.Where(q => !known.Contains(q.Key)).Select(q => $"'{q.Key}' is not known here")
            .Concat(request.Query.Where(q => q.Value.Count > 1).Select(q => $"'{q.Key}' is there more than once")).ToArray();
        return faults.Length == 0 ? null : Problems.BadRequest($"Query: {string.Join("; ", faults)}. Known: {string.Join(", ", known)}.");
    }

    public static Bound<PageRequest> Read(HttpRequest request, params IReadOnlyList<string> filters)
    {
        if (Unknown(request, [.. filters, "limit", "cursor"]) is { } unknown) return Bound.Refused<PageRequest>(unknown);
        var text = request.Query["limit"].ToString();
        if (text.Length == 0) text = "50";
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > 200)
            return Bound.Refused<PageRequest>(Problems.BadRequest($"limit '{text}' is not a whole number from 1 to 200."));
        return new PageRequest(limit, request.Query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null);
    }

    /// <summary>A filter that takes the wire names of an enum.</summary>
    public static Bound<T?> OneOf<T>(HttpRequest request, string name) where T : struct, Enum
    {
        var text = request.Query[name].ToString();
        if (text.Length == 0) return new Bound<T?>(null, null);
        var names = BodyShape.EnumNames(typeof(T));
        for (var i = 0; i < names.Count; i++) if (names[i] == text) return new Bound<T?>(Enum.GetValues<T>()[i], null);
        return Bound.Refused<T?>(Problems.BadRequest($"{name} '{text}' is not one of {string.Join(", ", names)}."));
    }

    /// <summary>A page of names that are already in ordinal order; the cursor is the last name given.</summary>
    public static (IReadOnlyList<string> Names, string? Next) ByName(IReadOnlyList<string> names, PageRequest page)
    {
        var found = names.Where(n => page.Cursor is null || string.CompareOrdinal(n, page.Cursor) > 0).Take(page.Limit + 1).ToList();
        if (found.Count <= page.Limit) return (found, null);
        found.RemoveAt(page.Limit);
        return (found, found[^1]);
    }

    public static string? Text(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;
}
