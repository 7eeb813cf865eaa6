using Microsoft.SemanticKernel;

namespace GovernedAgents.Client.SemanticKernel;

/// <summary>Finds the functions of a kernel through which an agent could act beside the gate.</summary>
public static class GovernedKernelGuard
{
    /// <summary>Full names (<c>plugin-function</c>, or the function's alone) of those that are neither governed nor declared harmless. What a function does cannot be seen from outside, so each that is not known counts.</summary>
    /// <param name="harmless">Full names that the program vouches for: no effect on the world.</param>
    public static IReadOnlyList<string> Ungoverned(this Kernel kernel, params IReadOnlyCollection<string> harmless)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return [.. kernel.Plugins.SelectMany(plugin => plugin).Where(function => !GovernedPlugin.IsGoverned(function)).Select(NameOf).Where(name => !harmless.Contains(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Call it where the agent starts.</summary>
    /// <exception cref="InvalidOperationException">There is such a function; the message names them all.</exception>
    public static void EnsureGoverned(this Kernel kernel, params IReadOnlyCollection<string> harmless)
    {
        if (kernel.Ungoverned(harmless) is { Count: > 0 } found)
            throw new InvalidOperationException($"An agent of this kernel could act beside the gate through {string.Join(", ", found)}: put what they do behind an environment, or declare them harmless in EnsureGoverned(…).");
    }

    private static string NameOf(KernelFunction function) => function.PluginName is { Length: > 0 } plugin ? $"{plugin}-{function.Name}" : function.Name;
}
