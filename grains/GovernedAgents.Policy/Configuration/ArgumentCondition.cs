namespace GovernedAgents.Policy.Configuration;

public enum ArgumentOperator
{
    ValueEquals,
    NotEquals,
    In,
    Like,
    Matches,
    LessThan,
    GreaterThan,
    Exists,
}

/// <summary>One condition on one argument. <paramref name="ValueJson"/> is canonical JSON: any value for equals and notEquals, an array for in, a string
/// for like (glob) and matches (regular expression), a number for lessThan and greaterThan, a boolean for exists.</summary>
public sealed record ArgumentCondition(ArgumentOperator Operator, string ValueJson)
{
    internal static readonly IReadOnlyList<string> Names = ["equals", "notEquals", "in", "like", "matches", "lessThan", "greaterThan", "exists"];

    internal static string NameOf(ArgumentOperator op) => Names[(int)op];
}
