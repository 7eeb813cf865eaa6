using System.CommandLine;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>--limit</c> over as many pages as it takes.</summary>
internal static class Paging
{
    public static Option<int> Limit() => new("--limit") { Description = "How many at most, newest first.", DefaultValueFactory = _ => 50 };

    public static async Task<IReadOnlyList<T>> ReadAsync<T>(int limit, Func<PageOptions, Task<Page<T>>> read)
    {
        if (limit < 1) throw new UsageException($"--limit {limit}: give at least 1.");
        var items = new List<T>();
        string? cursor = null;
        do
        {
            var page = await read(new PageOptions(Math.Min(200, limit - items.Count), cursor));
            items.AddRange(page.Items);
            // A cursor that leads nowhere must not loop for ever.
            cursor = page.Items.Count == 0 ? null : page.Next;
        }
        while (cursor is not null && items.Count < limit);
        return items;
    }
}
