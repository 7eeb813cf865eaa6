using GovernedAgents.Client.ExtensionsAI;
using Microsoft.SemanticKernel;

namespace GovernedAgents.Client.SemanticKernel;

/// <summary>Tells a governed function which of the model's calls it is invoked for, and lets it end the loop. No security boundary: a kernel without this filter is governed just the same.</summary>
public sealed class GovernedInvocationFilter : IAutoFunctionInvocationFilter
{
    public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        Invocation.Enter(context.ToolCallId is { } id ? new Invocation.Loop(id, () => context.Terminate = true) : null);
        try { await next(context); }
        finally { Invocation.Enter(null); }
    }
}
