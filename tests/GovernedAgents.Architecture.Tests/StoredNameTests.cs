using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Architecture.Tests;

/// <summary>
/// The journal outlives every version of the code. <c>event-kinds.txt</c> lists each kind with its members as they are stored, and every stored
/// word of an enumeration; a name that was once released is never changed and never removed, a new one is added here by hand.
/// </summary>
public sealed class StoredNameTests
{
    /// <summary>The product's own options; the resolver is what they use by default, named so that it can be asked.</summary>
    private static readonly JsonSerializerOptions Stored = new(EventCodec.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    [Fact]
    public void EventKinds_AreThoseOfTheManifest()
    {
        var present = Describe();
        var manifest = Solution.Text("tests/GovernedAgents.Architecture.Tests/event-kinds.txt").Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.True(manifest.SequenceEqual(present, StringComparer.Ordinal),
            $"Stored names differ from event-kinds.txt.\n gone or changed: {string.Join("\n   ", manifest.Except(present))}\n new: {string.Join("\n   ", present.Except(manifest))}\n"
            + "What is gone cannot be replayed from existing journals: put it back. What is new: add the line.");
    }

    /// <summary>One line a kind or type, ordered by name: <c>Kind: member:shape member?:shape</c>; <c>?</c> may be absent.</summary>
    private static List<string> Describe()
    {
        var kinds = typeof(DomainEvent).Assembly.GetTypes().Where(t => t is { IsAbstract: false } && t.IsAssignableTo(typeof(DomainEvent))).ToList();
        var within = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        var lines = kinds.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => $"{t.Name}: {Members(t, within)}".TrimEnd()).ToList();
        var told = new HashSet<string>(StringComparer.Ordinal);
        while (within.Values.FirstOrDefault(t => !told.Contains(t.Name)) is { } next)
        {
            told.Add(next.Name);
            lines.Add(next.IsEnum ? $"~{next.Name} = {Words(next)}" : $"~{next.Name}: {Members(next, within)}");
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static string Members(Type type, SortedDictionary<string, Type> within) => string.Join(' ', Stored.GetTypeInfo(type).Properties
        .OrderBy(p => p.Name, StringComparer.Ordinal)
        .Where(p => p.Get is not null && (p.Set is not null || p.AssociatedParameter is not null))
        .Select(p => $"{p.Name}{(p.IsRequired || p.AssociatedParameter is not null ? "" : "?")}:{Shape(p.PropertyType, within)}"));

    private static string Shape(Type type, SortedDictionary<string, Type> within)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Shape(inner, within);
        if (type == typeof(string)) return "string";
        if (type == typeof(bool)) return "bool";
        if (type == typeof(DateTimeOffset)) return "instant";
        if (type == typeof(TimeSpan)) return "span";
        if (type.IsPrimitive) return "number";
        var info = Stored.GetTypeInfo(type);
        if (info.Kind == JsonTypeInfoKind.Enumerable) return $"[{Shape(info.ElementType!, within)}]";
        if (info.Kind == JsonTypeInfoKind.Dictionary) return $"{{{Shape(info.ElementType!, within)}}}";
        within[type.Name] = type;
        return type.Name;
    }

    /// <summary>As they are written, not as the code names them.</summary>
    private static string Words(Type type) => string.Join('|', Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.Serialize(value, type, Stored).Trim('"')));
}
