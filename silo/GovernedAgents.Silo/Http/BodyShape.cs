using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Http;

/// <summary>
/// Compares JSON with the record that is to hold it and reports every fault, where the deserializer would stop at the first. Knows what requests are made of: strings, whole
/// numbers, booleans, named enum members, durations, string maps, lists, objects and free JSON.
/// </summary>
public static class BodyShape
{
    private const int MaxErrors = 64;
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Member>> Shapes = new();

    public static IReadOnlyList<FieldError> Check(JsonElement json, Type type)
    {
        var errors = new List<FieldError>();
        CheckObject(json, type, "", errors);
        return errors;
    }

    private static void CheckObject(JsonElement json, Type type, string at, List<FieldError> errors)
    {
        if (json.ValueKind != JsonValueKind.Object) { errors.Add(new(at, $"It must be an object, not {Name(json)}.")); return; }
        var members = Shapes.GetOrAdd(type, Members);
        foreach (var property in json.EnumerateObject())
        {
            if (errors.Count >= MaxErrors) return;
            var pointer = at + "/" + Escape(property.Name);
            if (!members.TryGetValue(property.Name, out var member)) errors.Add(new(pointer, $"It is not known here; known are {string.Join(", ", members.Keys)}."));
            else if (property.Value.ValueKind == JsonValueKind.Null && !member.Required) continue;
            else CheckValue(property.Value, member, pointer, errors);
        }
        foreach (var (name, member) in members)
            if (member.Required && !json.TryGetProperty(name, out _)) errors.Add(new(at + "/" + name, "It is required."));
    }

    private static void CheckValue(JsonElement json, Member member, string at, List<FieldError> errors)
    {
        var type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
        string? expected = null;
        if (type == typeof(string))
        {
            if (json.ValueKind != JsonValueKind.String) expected = "a string";
            else if (member.Length is { } length && Utf16Length(json) is var actual && (actual > length.Max || actual < length.Min))
                errors.Add(new(at, length.Min > 0 && actual < length.Min ? "It must not be empty." : $"It has {actual} characters; at most {length.Max} are allowed."));
        }
        else if (type == typeof(bool)) { if (json.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) expected = "true or false"; }
        else if (type == typeof(JsonElement)) { if (json.ValueKind != JsonValueKind.Object) expected = "an object"; }
        else if (type.IsEnum)
        {
            var names = EnumNames(type);
            if (json.ValueKind != JsonValueKind.String || !names.Contains(json.GetString()!)) expected = "one of " + string.Join(", ", names);
        }
        else if (type == typeof(TimeSpan)) { if (json.ValueKind != JsonValueKind.String || !IsDuration(json.GetString()!)) expected = "a positive ISO 8601 duration such as PT8H"; }
        else if (type == typeof(IReadOnlyDictionary<string, string>)) CheckMap(json, at, errors);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            if (json.ValueKind != JsonValueKind.Array) expected = "an array";
            else
            {
                var index = 0;
                foreach (var item in json.EnumerateArray()) CheckValue(item, new Member(type.GetGenericArguments()[0], true, null), $"{at}/{index++}", errors);
            }
        }
        else CheckObject(json, type, at, errors);
        if (expected is not null) errors.Add(new(at, $"It must be {expected}, not {Name(json)}."));
    }

    private static void CheckMap(JsonElement json, string at, List<FieldError> errors)
    {
        if (json.ValueKind != JsonValueKind.Object) { errors.Add(new(at, $"It must be an object of strings, not {Name(json)}.")); return; }
        var count = 0;
        foreach (var entry in json.EnumerateObject())
        {
            if (++count > 32) { errors.Add(new(at, "It has more than 32 members.")); return; }
            var pointer = at + "/" + Escape(entry.Name);
            if (entry.Name.Length is 0 or > 63) errors.Add(new(pointer, "Its name must have 1 to 63 characters."));
            if (entry.Value.ValueKind != JsonValueKind.String) errors.Add(new(pointer, $"It must be a string, not {Name(entry.Value)}."));
            else if (Utf16Length(entry.Value) > 256) errors.Add(new(pointer, "It has more than 256 characters."));
        }
    }

    private static IReadOnlyDictionary<string, Member> Members(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name),
            p => new Member(p.PropertyType, p.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)), p.GetCustomAttribute<LengthAttribute>()), StringComparer.Ordinal);

    public static IReadOnlyList<string> EnumNames(Type type) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? f.Name)];

    private static bool IsDuration(string text)
    {
        try { return XmlConvert.ToTimeSpan(text) > TimeSpan.Zero; }
        catch (Exception fault) when (fault is FormatException or OverflowException) { return false; }
    }

    private static int Utf16Length(JsonElement text) => text.GetString()!.Length;
    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Name(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => json.GetString() is { Length: <= 40 } text ? $"\"{text}\"" : "a long string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => json.GetRawText(),
    };

    private sealed record Member(Type Type, bool Required, LengthAttribute? Length);
}

/// <summary>Bounds of a string of a request, in UTF-16 units.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int min, int max) : Attribute
{
    public int Min { get; } = min;
    public int Max { get; } = max;
}
