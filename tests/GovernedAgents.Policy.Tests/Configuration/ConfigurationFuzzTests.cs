using System.Text;
using CsCheck;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;
using Xunit;

namespace GovernedAgents.Policy.Tests.Configuration;

/// <summary>Whatever stands in a file, reading it ends with definitions or with problems, never with an exception.</summary>
public sealed class ConfigurationFuzzTests
{
    private static readonly string[] Sources = [Documents.Policy, Documents.Environment, Documents.Directory, Documents.Agent];
    private static readonly string[] Pieces =
    [
        "", "\n", "  ", ":", "- ", "{", "}", "[", "]", "*", "&a ", "!!int ", "'", "\"", "|", ">", "#", "---\n", "? ", "null", "~", "0x1F", ".nan", "1e999", "-0", "9007199254740993", "\uD800", "\u0000", "\u202E",
        "366d", "367d", "0s", "1/1s", "* * * * *", "0 0 30 2 *", "61 * * * *", "((((", "(a{999}){999}", "[^", "aws:**", "***", "/~2", "/a~1b", "group:", "person:x", "true", "2026-02-30T00:00:00Z", "Asia/Shanghai",
    ];

    private static readonly Gen<string> AnyText = Gen.Select(Gen.Int[0, Sources.Length - 1], Gen.Select(Gen.Double[0, 1], Gen.Int[0, 25], Gen.Int[0, Pieces.Length - 1]).Array[1, 6], (source, edits) =>
    {
        var text = new StringBuilder(Sources[source]);
        foreach (var (where, length, piece) in edits)
        {
            var at = (int)(where * text.Length);
            text.Remove(at, Math.Min(length, text.Length - at)).Insert(at, Pieces[piece]);
        }

        return text.ToString();
    });

    /// <summary>Texts that once ended in an exception.</summary>
    [Theory]
    [InlineData("apiVersion: ", "? : ")]
    public void Read_OfATextThatBrokeTheParser_AnswersAProblemWithItsPlace(string piece, string instead)
    {
        var text = Documents.Policy.Replace(piece, instead, StringComparison.Ordinal);
        Assert.NotEmpty(ConfigurationReader.Read([new ConfigurationFile("f.yaml", text)]).Problems);
    }

    [Fact]
    public void Read_OfAnyText_AnswersDefinitionsThatCompileOrProblemsWithTheirPlaces() => AnyText.Sample(text =>
    {
        var result = ConfigurationReader.Read([new ConfigurationFile("f.yaml", text)]);
        if (result.Set is null) return result.Problems.Count > 0 && result.Problems.All(p => p is { Line: >= 1, Column: >= 1 });
        foreach (var policy in result.Set.Policies.Values)
        {
            var compiled = CompiledPolicy.Compile(policy);
            compiled.Evaluate(Policies.CompiledPolicyTests.Facts(EffectClass.Destroy));
            compiled.FreezesAt(DateTimeOffset.UnixEpoch);
            if (PolicyDefinition.FromCanonicalJson(policy.ToCanonicalJson()).Version != policy.Version) return false;
        }

        return result.Problems.Count == 0;
    }, iter: 2_000);
}
