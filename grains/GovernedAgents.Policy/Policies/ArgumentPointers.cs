using System.Text.Json;

namespace GovernedAgents.Policy.Policies;

/// <summary>The distinct JSON pointers of a policy, so that one call looks each up at most once however many rules ask.</summary>
internal sealed class ArgumentPointers
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly List<JsonPointer> _pointers = [];

    /// <exception cref="FormatException">Not a JSON pointer.</exception>
    public int SlotOf(string pointer)
    {
        if (_slots.TryGetValue(pointer, out var slot)) return slot;
        if (!JsonPointer.TryParse(pointer, out var parsed)) throw new FormatException($"'{pointer}' is no JSON pointer.");
        _pointers.Add(parsed);
        return _slots[pointer] = _pointers.Count - 1;
    }

    public ArgumentValues Of(JsonElement arguments) => ArgumentValues.Of(_pointers, arguments);
}

/// <summary>The arguments of one call as the rules of one policy see them, for the time of one evaluation on one thread.</summary>
internal sealed class ArgumentValues : IDisposable
{
    [ThreadStatic] private static ArgumentValues? t_kept;

    private (bool Known, JsonElement? Value, string? Text)[] _values = [];
    private List<JsonPointer> _pointers = [];
    private JsonElement _arguments;

    public static ArgumentValues Of(List<JsonPointer> pointers, JsonElement arguments)
    {
        var values = t_kept ?? new ArgumentValues();
        t_kept = null;
        (values._pointers, values._arguments) = (pointers, arguments);
        if (values._values.Length < pointers.Count) values._values = new (bool, JsonElement?, string?)[pointers.Count];
        return values;
    }

    public JsonElement? this[int slot]
    {
        get
        {
            ref var value = ref _values[slot];
            if (!value.Known) value = (true, _pointers[slot].Find(_arguments), null);
            return value.Value;
        }
    }

    /// <summary>The text at a slot that holds one, made once for all patterns.</summary>
    public string TextAt(int slot) => _values[slot].Text ??= this[slot]!.Value.GetString()!;

    /// <summary>Left to the thread's next evaluation, emptied: it must not keep a document alive.</summary>
    public void Dispose()
    {
        Array.Clear(_values, 0, _pointers.Count);
        _arguments = default;
        t_kept = this;
    }
}
