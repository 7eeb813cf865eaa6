using System.Reflection;
using Orleans;

namespace GovernedAgents.Silo.Tests;

/// <summary>Stands in for an interface behind the edge: answers what the test says, else nothing (null, empty, completed).</summary>
public class Fake<T> : DispatchProxy where T : class
{
    private readonly Dictionary<string, Func<object?[], object?>> _answers = [];
    private readonly List<(string Method, object?[] Arguments)> _received = [];

    public T It => (T)(object)this;

    public Fake<T> On(string method, Func<object?[], object?> answer)
    {
        _answers[method] = answer;
        return this;
    }

    public object?[][] Received(string method)
    {
        lock (_received) return [.. _received.Where(r => r.Method == method).Select(r => r.Arguments)];
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        lock (_received) _received.Add((targetMethod!.Name, args ?? []));
        return _answers.TryGetValue(targetMethod.Name, out var answer) ? answer(args ?? []) : Nothing.Of(targetMethod.ReturnType);
    }
}

public static class Fake
{
    public static Fake<T> Of<T>() where T : class => (Fake<T>)(object)DispatchProxy.Create<T, Fake<T>>();
}

/// <summary>Grains by key; one that the test did not place answers nothing.</summary>
public class FakeGrains : DispatchProxy
{
    private readonly Dictionary<(Type, string), object> _placed = [];

    public static FakeGrains Make() => (FakeGrains)(object)Create<IGrainFactory, FakeGrains>();
    public IGrainFactory Factory => (IGrainFactory)(object)this;

    public Fake<T> Place<T>(string key) where T : class
    {
        var fake = Fake.Of<T>();
        lock (_placed) _placed[(typeof(T), key)] = fake;
        return fake;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod is not { Name: "GetGrain", IsGenericMethod: true }) throw new InvalidOperationException($"The edge asked for a grain by {targetMethod}.");
        var type = targetMethod.GetGenericArguments()[0];
        lock (_placed)
            return _placed.GetValueOrDefault((type, args![0]!.ToString()!)) ?? typeof(Fake).GetMethod(nameof(Fake.Of))!.MakeGenericMethod(type).Invoke(null, null);
    }
}

file static class Nothing
{
    public static object? Of(Type type)
    {
        if (type == typeof(void)) return null;
        if (type == typeof(Task)) return Task.CompletedTask;
        if (!type.IsGenericType) return type.IsValueType ? Activator.CreateInstance(type) : null;
        var (shape, arguments) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
        if (shape == typeof(Task<>)) return typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(arguments).Invoke(null, [Of(arguments[0])]);
        if (shape == typeof(IReadOnlyList<>)) return Array.CreateInstance(arguments[0], 0);
        if (shape == typeof(Contracts.Page<>)) return Activator.CreateInstance(type, Array.CreateInstance(arguments[0], 0), null);
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }
}
