using System.Globalization;

namespace CostExplorerTools;

/// <summary>How this cloud was started: <c>[--data DIR] [--seed]</c> and <c>COST_EXPLORER_DELAY_MS</c>.</summary>
internal sealed record CloudOptions
{
    public string DataPath { get; init; } = "./cost-explorer-data";
    /// <summary>Make production, if the folder holds no state yet.</summary>
    public bool Seed { get; init; }
    /// <summary>How long an effect takes before it happens: a slow cloud.</summary>
    public TimeSpan Delay { get; init; }

    public static CloudOptions? TryParse(string[] args, string? delay, out string problem)
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

        if (string.IsNullOrEmpty(delay)) return options;
        if (int.TryParse(delay, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= 600_000)
            return options with { Delay = TimeSpan.FromMilliseconds(milliseconds) };
        problem = $"COST_EXPLORER_DELAY_MS is '{delay}': give whole milliseconds from 0 to 600000.";
        return null;
    }
}
