namespace GovernedAgents.Silo.Console.Policies;

/// <param name="Sign"><c>+</c>, <c>-</c> or a space.</param>
public sealed record DiffLine(char Sign, string Text);

/// <summary>What differs between two texts, line by line: the longest common subsequence. O(n·m) in the lines that differ.</summary>
public static class LineDiff
{
    private const int Most = 4_000;

    public static IReadOnlyList<DiffLine> Of(string before, string after)
    {
        var (old, now) = (before.ReplaceLineEndings("\n").Split('\n'), after.ReplaceLineEndings("\n").Split('\n'));
        var head = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head]) head++;
        var tail = 0;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)]) tail++;
        var (gone, come) = (old[head..^tail], now[head..^tail]);
        // Beyond this the middle is shown as replaced as a whole, which is true as well.
        var middle = gone.Length > Most || come.Length > Most ? [.. gone.Select(line => new DiffLine('-', line)), .. come.Select(line => new DiffLine('+', line))] : Middle(gone, come);
        return [.. old[..head].Select(line => new DiffLine(' ', line)), .. middle, .. old[^tail..].Where(_ => tail > 0).Select(line => new DiffLine(' ', line))];
    }

    private static List<DiffLine> Middle(string[] gone, string[] come)
    {
        var common = new int[gone.Length + 1, come.Length + 1];
        for (var i = gone.Length - 1; i >= 0; i--)
            for (var j = come.Length - 1; j >= 0; j--)
                common[i, j] = gone[i] == come[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        var lines = new List<DiffLine>();
        var (a, b) = (0, 0);
        while (a < gone.Length || b < come.Length)
        {
            if (a < gone.Length && b < come.Length && gone[a] == come[b]) { lines.Add(new(' ', gone[a])); a++; b++; }
            else if (b == come.Length || (a < gone.Length && common[a + 1, b] >= common[a, b + 1])) lines.Add(new('-', gone[a++]));
            else lines.Add(new('+', come[b++]));
        }

        return lines;
    }
}
