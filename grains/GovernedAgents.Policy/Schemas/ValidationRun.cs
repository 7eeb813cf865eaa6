using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>One validation: the faults found and the work left. A probe asks only whether a value fits, and stops at the first fault.</summary>
internal sealed class ValidationRun
{
    public const int MaxFaults = 100;

    // References can make work exponential in the schema's size; an honest call of 1 MiB needs a fraction of this.
    public const int MaxSteps = 5_000_000;
    private const int BytesPerStep = 256;

    private readonly Allowance allowance;
    private readonly int capacity;

    public ValidationRun() : this(new Allowance(), MaxFaults)
    {
    }

    private ValidationRun(Allowance allowance, int capacity)
    {
        this.allowance = allowance;
        this.capacity = capacity;
    }

    public List<SchemaFault> Faults { get; } = [];

    /// <summary>No further fault is of use: the answer is known, or the work is spent.</summary>
    public bool IsDone => Faults.Count >= capacity || allowance.Spent is not null;

    /// <summary>Why the whole validation was given up, or null. INVARIANT (fail closed): whoever validates adds it as a fault.</summary>
    public string? GivenUp => allowance.Spent;

    public ValidationRun Probe() => new(allowance, 1);

    public void Fault(JsonPlace place, string detail)
    {
        if (Faults.Count < capacity) Faults.Add(new SchemaFault(place.ToString(), detail));
    }

    public void GiveUp(string reason) => allowance.Spent ??= reason;

    /// <summary>Takes the steps that one schema on this value costs, by the value's size; false when none are left.</summary>
    public bool Step(JsonElement value)
    {
        if (allowance.Spent is not null) return false;
        allowance.Steps -= 1 + JsonMarshal.GetRawUtf8Value(value).Length / BytesPerStep;
        if (allowance.Steps < 0) GiveUp($"validation takes more than {MaxSteps:N0} steps; accepted: smaller arguments or a simpler schema");
        else if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) GiveUp("validation nests deeper than the stack allows; accepted: arguments that nest less");
        return allowance.Spent is null;
    }

    private sealed class Allowance
    {
        public int Steps = MaxSteps;
        public string? Spent;
    }
}
