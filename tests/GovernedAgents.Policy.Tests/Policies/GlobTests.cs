using System.Text.RegularExpressions;
using CsCheck;
using GovernedAgents.Policy.Policies;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class GlobTests
{
    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static readonly Gen<string> AnyPattern = OneOf("a", "b", ":", "/", "*", "**", "ab", ":/").Array[1, 9].Select(parts => string.Concat(parts)).Where(p => !p.Contains("***", StringComparison.Ordinal));
    private static readonly Gen<string> AnyValue = OneOf("a", "b", ":", "/").Array[0, 12].Select(parts => string.Concat(parts));

    /// <summary>The meaning of a glob, written a second time.</summary>
    private static bool Means(string pattern, string value) => Regex.IsMatch(
        value, $@"\A{Regex.Escape(pattern).Replace(@"\*\*", @"[\s\S]*", StringComparison.Ordinal).Replace(@"\*", "[^:/]*", StringComparison.Ordinal)}\z");

    [Fact]
    public void IsMatch_IsWhatTheGlobMeans() => Gen.Select(AnyPattern, AnyValue).Sample((pattern, value) => Glob.Parse(pattern).IsMatch(value) == Means(pattern, value), iter: 50_000);

    [Fact]
    public void IsMatch_OfAHostilePair_IsQuickAndRight()
    {
        var glob = Glob.Parse("**" + string.Concat(Enumerable.Repeat("a*", 400)) + "a**b");
        Assert.True(glob.IsMatch(new string('a', 60_000) + "b"));
        Assert.False(glob.IsMatch(new string('a', 300) + "b"));
        Assert.False(glob.IsMatch(new string('a', 60_000)));
    }
}
