using System.Reflection;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Orleans;

namespace GovernedAgents.Architecture.Tests;

/// <summary>What silos of two versions say to one another is named by hand: renaming a class must not change it.</summary>
public sealed class WireNameTests
{
    private static readonly Assembly[] Wire = [typeof(Decision).Assembly, typeof(Refusal).Assembly];
    private static readonly Type[] Interfaces = [.. Wire.SelectMany(a => a.GetTypes()).Where(t => t.IsInterface && t.IsAssignableTo(typeof(IAddressable)))];
    private static readonly Type[] Serialized = [.. Wire.SelectMany(a => a.GetTypes()).Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null)];

    [Fact]
    public void Search_FindsWhatItJudges()
    {
        Assert.Contains(typeof(IEnvironmentGrain), Interfaces);
        Assert.Contains(typeof(CallSnapshot), Serialized);
        Assert.Contains(typeof(Decision), Serialized);
    }

    [Fact]
    public void GrainInterfaces_AndTheirMethods_HaveAliases()
    {
        var missing = Interfaces.Where(t => AliasOf(t) is null).Select(t => t.Name)
            .Concat(from type in Interfaces from method in type.GetMethods() where AliasOf(method) is null select $"{type.Name}.{method.Name}");
        Assert.Empty(missing);
    }

    [Fact]
    public void GrainInterfaces_UseEachMethodAliasOnce() =>
        Assert.Empty(from type in Interfaces from same in type.GetMethods().GroupBy(AliasOf) where same.Count() > 1 select $"{type.Name}: {same.Key}");

    [Fact]
    public void SerializedTypes_HaveAliases() =>
        Assert.Empty(Serialized.Where(type => AliasOf(type) is null).Select(type => type.Name));

    [Fact]
    public void Aliases_NameOneTypeEach() =>
        Assert.Empty(Interfaces.Concat(Serialized).GroupBy(AliasOf).Where(same => same.Count() > 1).Select(same => same.Key));

    [Fact]
    public void SerializedMembers_HaveEachItsOwnId()
    {
        var doubled = from type in Serialized
                      from same in MembersOf(type).Select(member => member.GetCustomAttribute<IdAttribute>()).OfType<IdAttribute>().GroupBy(id => id.Id)
                      where same.Count() > 1
                      select $"{type.Name}: Id({same.Key})";
        Assert.Empty(doubled);
    }

    /// <summary>A member without an Id is silently not sent: only what is computed may go without.</summary>
    [Fact]
    public void SerializedMembers_ThatHoldAValue_HaveIds()
    {
        var missing = from type in Serialized
                      where !type.IsEnum
                      from property in MembersOf(type).OfType<PropertyInfo>()
                      where property.GetCustomAttribute<IdAttribute>() is null && IsStored(type, property)
                      select $"{type.Name}.{property.Name}";
        Assert.Empty(missing);
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type) =>
        type.GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(member => member is PropertyInfo or FieldInfo);

    private static bool IsStored(Type type, PropertyInfo property) =>
        type.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    private static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias;
}
