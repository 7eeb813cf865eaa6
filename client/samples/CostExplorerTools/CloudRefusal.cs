namespace CostExplorerTools;

/// <summary>The cloud will not do it (no such stack, name taken); told to the caller as a tool error.</summary>
internal sealed class CloudRefusal(string message) : Exception(message);
