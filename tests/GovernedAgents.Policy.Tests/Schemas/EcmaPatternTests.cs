using System.Text.Json;
using Xunit;
using static GovernedAgents.Policy.Tests.Schemas.SchemaCases;

namespace GovernedAgents.Policy.Tests.Schemas;

public sealed class EcmaPatternTests
{
    [Theory]
    [InlineData(@"^\d+$", "12", "\u0661")]
    [InlineData(@"^\w$", "_", "é")]
    [InlineData(@"^\W$", "é", "a")]
    [InlineData(@"^\s$", "\ufeff", "\u200b")]
    [InlineData("^.$", "\U0001F600", "\u2028")]
    [InlineData("^[^a]$", "\U0001F600", "a")]
    [InlineData("^\U0001F432*$", "\U0001F432\U0001F432", "\U0001F432\U0001F409")]
    [InlineData("^[\U0001F400-\U0001F432]$", "\U0001F409", "\U0001F433")]
    [InlineData("^[\U00010400-\U00020010]$", "\U00020010", "\U00020011")]
    [InlineData(@"^\u{1F600}\ud83d\ude00\x41\u0042\cA$", "\U0001F600\U0001F600AB\u0001", "A")]
    [InlineData(@"^\p{Lu}\P{L}$", "É1", "é1")]
    [InlineData(@"^\p{Letter}$", "\U00010400", "1")]
    [InlineData(@"^[\w.\-+]+@[a-z]{2,}\.(?:com|org)$", "a.b-c+d@ex.org", "a b@ex.org")]
    [InlineData("^(?<year>[0-9]{4})-x$", "2026-x", "226-x")]
    [InlineData("^a{2,3}?$", "aaa", "aaaa")]
    [InlineData("^a{,3}$", "a{,3}", "aa")]
    [InlineData("^[]$|^b$", "b", "")]
    [InlineData("^[^]$", "\n", "ab")]
    [InlineData("^[a-]$", "-", "b")]
    [InlineData(@"^[\]\\]$", "]", "[")]
    [InlineData("a|^$", "", "b")]
    [InlineData("^a$", "a", "a\n")]
    [InlineData("x y", "ax yb", "xy")]
    [InlineData("^/home/[^/]+$", "/home/a", "/home/a/b")]
    public void Pattern_MeansWhatItMeansInEcmaScript(string pattern, string fits, string fitsNot)
    {
        var schema = Compile(JsonSerializer.Serialize(new { pattern }));
        Assert.Empty(schema.Validate(JsonSerializer.SerializeToElement(fits)));
        Assert.Single(schema.Validate(JsonSerializer.SerializeToElement(fitsNot)));
    }

    [Theory]
    [InlineData(@"\a")]
    [InlineData(@"\Z")]
    [InlineData(@"(?i)a")]
    [InlineData(@"(?<=a)b")]
    [InlineData(@"(?<!a)b")]
    [InlineData(@"\k<a>")]
    [InlineData(@"\p{Script=Greek}")]
    [InlineData(@"\u{110000}")]
    [InlineData(@"\ud800")]
    [InlineData("[b-a]")]
    [InlineData(@"[\d-z]")]
    [InlineData("a**")]
    [InlineData("*a")]
    [InlineData("{2}")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData(@"a\")]
    [InlineData("a{3,2}")]
    [InlineData("(?<n")]
    public void Pattern_WhenItsMeaningIsNotCertain_IsRefused(string pattern) =>
        Assert.Contains("#/pattern", Refuses(JsonSerializer.Serialize(new { pattern })), StringComparison.Ordinal);
}
