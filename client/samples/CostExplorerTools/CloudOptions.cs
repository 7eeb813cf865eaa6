using System.Globalization;

namespace CostExplorerTools;

/// <summary>How this cloud was started: <c>[--data DIR] [--seed]</c>, <c>COST_EXPLORER_DELAY_MS</c> and <c>COST_EXPLORER_ANSWER_DELAY_MS</c>.</summary>
internal sealed record CloudOptions
{
    public string DataPath { get; init; } = "./cost-explorer-data";
    /// <summary>Make production, if the folder holds no state yet.</summary>
    public bool Seed { get; init; }
    /// <summary>How long an effect takes before it happens: a slow cloud.</summary>
    public TimeSpan Delay { get; init; }
    /// <summary>How long it takes from an effect to its answer: a slow way back.</summary>
    public TimeSpan AnswerDelay { get; init; }

    public static CloudOptions? TryParse(string[] args, Func<string, string?> environment, out string problem)
    {
        var options = new CloudOptions();
        problem = "";
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--seed":
                    options = options with { Seed = true };
                    break;
                case "--data" when i + 1 < args.Length:
                    options = options with { DataPath = args[++i] };
                    break;
                default:
                    problem = $"Argument '{args[i]}' is not known. Usage: CostExplorerTools [--data DIR] [--seed]";
                    return null;
            }
        }

        return TryDelay("COST_EXPLORER_DELAY_MS", environment, out var delay, out problem) && TryDelay("COST_EXPLORER_ANSWER_DELAY_MS", environment, out var answerDelay, out problem)
            ? options with { Delay = delay, AnswerDelay = answerDelay }
            : null;
    }

    private static bool TryDelay(string name, Func<string, string?> environment, out TimeSpan delay, out string problem)
    {
        (delay, problem) = (TimeSpan.Zero, "");
        if (environment(name) is not { Length: > 0 } text) return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= 600_000)
        {
            delay = TimeSpan.FromMilliseconds(milliseconds);
            return true;
        }

        problem = $"{name} is '{text}': give whole milliseconds from 0 to 600000.";
        return false;
    }
}
