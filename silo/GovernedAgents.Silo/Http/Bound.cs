namespace GovernedAgents.Silo.Http;

/// <summary>What was read from a request, or the problem that answers it.</summary>
public readonly record struct Bound<T>(T? Value, IResult? Problem)
{
    public static implicit operator Bound<T>(T value) => new(value, null);
}

public static class Bound
{
    public static Bound<T> Refused<T>(IResult problem) => new(default, problem);
}
