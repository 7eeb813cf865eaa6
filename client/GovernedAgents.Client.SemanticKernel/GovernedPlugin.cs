#pragma warning disable SKEXP0001 // The bridge between the kernel's functions and Microsoft.Extensions.AI's, which both sides of it promise to keep; only this file crosses it.
using System.Runtime.CompilerServices;
using System.Text;
using GovernedAgents.Client.ExtensionsAI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace GovernedAgents.Client.SemanticKernel;

/// <summary>The tools of a session as a plugin.</summary>
public static class GovernedPlugin
{
    private static readonly ConditionalWeakTable<KernelFunction, AIFunction> Governed = [];

    /// <summary>
    /// One kernel function for each tool of the environment, and <c>governed_status</c>. Invoking one, by a planner, a filter or directly, submits a call that the environment decides.
    /// </summary>
    /// <param name="pluginName">Models see <c>plugin-function</c>, at most 64 characters: keep it short.</param>
    /// <exception cref="GovernedAgentsException"><c>unknown-environment</c>, 401.</exception>
    public static async Task<KernelPlugin> GetKernelPluginAsync(this AgentSession session, string environment, GovernedToolOptions? options = null, string pluginName = "governed", CancellationToken cancellation = default)
    {
        var functions = await session.GetAIToolsAsync(environment, options, cancellation);
        var plugin = KernelPluginFactory.CreateFromFunctions(pluginName, $"Tools of {environment}. Every call is decided by policy.", functions.Select(function => new Renamed(function).AsKernelFunction()));
        foreach (var function in plugin) Governed.AddOrUpdate(function, function);
        return plugin;
    }

    /// <summary>
    /// Adds the plugin, and the filter that lets a held or denied call end the loop where the options ask for it and makes the model's repeats of one call that call.
    /// </summary>
    /// <exception cref="GovernedAgentsException"><c>unknown-environment</c>, 401.</exception>
    public static async Task<KernelPlugin> AddGovernedToolsAsync(this Kernel kernel, AgentSession session, string environment, GovernedToolOptions? options = null, string pluginName = "governed", CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var plugin = await session.GetKernelPluginAsync(environment, options, pluginName, cancellation);
        kernel.Plugins.Add(plugin);
        if (!kernel.AutoFunctionInvocationFilters.OfType<GovernedInvocationFilter>().Any()) kernel.AutoFunctionInvocationFilters.Add(new GovernedInvocationFilter());
        return plugin;
    }

    internal static bool IsGoverned(KernelFunction function) => Governed.TryGetValue(function, out _);

    /// <summary>The kernel takes letters, digits and underscores only.</summary>
    private sealed class Renamed(AIFunction inner) : DelegatingAIFunction(inner)
    {
        public override string Name { get; } = new StringBuilder(inner.Name).Replace('-', '_').ToString();
    }
}
