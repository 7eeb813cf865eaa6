using GovernedAgents.Policy.Schemas;
using Xunit;
using static GovernedAgents.Policy.Tests.Schemas.SchemaCases;

namespace GovernedAgents.Policy.Tests.Schemas;

public sealed class SchemaRefusalTests
{
    [Theory]
    [InlineData("""{"unevaluatedProperties":false}""", "#/unevaluatedProperties: the keyword \"unevaluatedProperties\" is not supported")]
    [InlineData("""{"properties":{"a/b":{"nullable":true}}}""", "#/properties/a~1b/nullable: the keyword \"nullable\"")]
    [InlineData("""{"$defs":{"unused":{"$dynamicRef":"#x"}}}""", "#/$defs/unused/$dynamicRef")]
    [InlineData("""{"$recursiveRef":"#"}""", "#/$recursiveRef")]
    [InlineData("""{"$vocabulary":{}}""", "#/$vocabulary")]
    [InlineData("""{"dependencies":{}}""", "#/dependencies")]
    [InlineData("""{"items":[{}]}""", "prefixItems")]
    [InlineData("""{"type":"text"}""", "#/type: type is \"text\"; accepted: array, boolean")]
    [InlineData("""{"minLength":-1}""", "#/minLength")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf: multipleOf is 0; accepted: a number above 0")]
    [InlineData("""{"properties":{"a":1}}""", "#/properties/a: read 1; accepted: a schema")]
    [InlineData("""{"anyOf":[]}""", "#/anyOf")]
    [InlineData("""{"type":"string","type":"null"}""", "the member \"type\" is there twice")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#"}""", "the dialect \"http://json-schema.org/draft-04/schema#\" is not supported")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[true]}""", "means nothing in draft-07")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#","minLength":1}}}""", "draft-07 ignores \"minLength\" beside $ref")]
    [InlineData("""{"properties":{"a":{"$id":"https://example.org/a"}}}""", "#/properties/a/$id")]
    [InlineData("""{"$ref":"https://example.org/other"}""", "leads to no schema of this document")]
    [InlineData("""{"$ref":"#/$defs/none","$defs":{}}""", "\"#/$defs/none\" leads to no schema")]
    [InlineData("""{"$ref":"#/const","const":{"type":"string"}}""", "leads to no schema")]
    [InlineData("""{"$ref":"#"}""", "leads back to itself on the same value")]
    [InlineData("""{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""", "leads back to itself")]
    [InlineData("""{"pattern":"(?=a)"}""", "#/pattern: the pattern \"(?=a)\" is not supported: lookaheads")]
    [InlineData("""{"pattern":"(a)\\1"}""", "backreferences")]
    [InlineData("""{"pattern":"\\bword"}""", "word boundaries")]
    [InlineData("""{"pattern":"a{5000}{3}"}""", "a quantifier repeats a quantifier")]
    [InlineData("""{"pattern":"((a{100}){100}){100}"}""", "unroll")]
    [InlineData("""{"pattern":"\\pL\\p{L}"}""", "general categories")]
    [InlineData("""{"pattern":"\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}\\p{L}"}""", "character classes hold more than")]
    [InlineData("""{"patternProperties":{"[":true}}""", "#/patternProperties/[")]
    public void TryCompile_WhenTheSchemaIsNotSupported_NamesTheKeywordAndItsPlace(string schema, string words) =>
        Assert.Contains(words, Refuses(schema), StringComparison.Ordinal);

    [Fact]
    public void TryCompile_WhenTwoKeywordsAreWrong_NamesBoth()
    {
        var problem = Refuses("""{"unevaluatedItems":false,"properties":{"a":{"minLength":"x"}}}""");
        Assert.Contains("unevaluatedItems", problem, StringComparison.Ordinal);
        Assert.Contains("#/properties/a/minLength", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryCompile_WhenReferencesFormALongChain_Refuses()
    {
        Assert.Contains("lead to each other on the same value", Refuses("{" + Chain(5_000, next => $$"""{"$ref":"{{next}}"}""") + "}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_WhenReferencesMakeTheWorkExponential_GivesUpWithOneFault()
    {
        Rejects("""{"$ref":"#/$defs/d0",""" + Chain(40, Twice) + "}", "1", "", "steps");
    }

    [Fact]
    public void Validate_WhenTheWorkIsSpentWithinNot_DoesNotAccept()
    {
        Rejects("""{"not":{"$ref":"#/$defs/d0"},""" + Chain(40, Twice) + "}", "1", "", "steps");
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "", "the member \"a\" is there twice")]
    [InlineData("""["\ud800"]""", "/0", "half of a surrogate pair")]
    [InlineData("""{"\udc00":1}""", "", "half of a surrogate pair")]
    [InlineData("""[1e99999999999]""", "/0", "with an exponent within")]
    public void Validate_WhenTheInstanceIsNotSound_RejectsItWhateverTheSchema(string instance, string pointer, string words) =>
        Rejects("true", instance, pointer, words);

    [Fact]
    public void Validate_WhenNestingIsDeeperThan64_RejectsIt() =>
        Rejects("true", new string('[', 65) + new string(']', 65), string.Concat(Enumerable.Repeat("/0", 64)), "nesting is deeper than 64");

    [Fact]
    public void Validate_WhenMoreThanAHundredThingsAreWrong_ReportsAHundred() =>
        Assert.Equal(100, Validate("""{"items":{"type":"string"}}""", "[" + string.Join(",", Enumerable.Repeat("1", 500)) + "]").Count);

    [Fact]
    public void Validate_WhenThePatternInvitesBacktracking_StaysLinear() =>
        Rejects("""{"pattern":"^(a+)+$"}""", "\"" + new string('a', 100_000) + "!\"", "", "matches the pattern");

    [Fact]
    public async Task Validate_WhenCalledFromManyThreads_AnswersEachAlike()
    {
        var schema = Compile("""{"properties":{"a":{"pattern":"^[a-z]+$"},"n":{"anyOf":[{"type":"null"},{"$ref":"#"}]}},"uniqueItems":true}""");
        var faults = await Task.WhenAll(Enumerable.Range(0, 64).Select(index => Task.Run(
            () => schema.Validate(Json(index % 2 == 0 ? """{"a":"abc","n":{"a":"x"}}""" : """{"a":"ABC"}""")).Count, TestContext.Current.CancellationToken)));
        Assert.Equal(Enumerable.Range(0, 64).Select(index => index % 2), faults);
    }

    /// <summary><c>$defs</c> of d0, d1 … where each is written from a reference to the next.</summary>
    private static string Chain(int length, Func<string, string> write) =>
        "\"$defs\":{" + string.Concat(Enumerable.Range(0, length).Select(index => $"\"d{index}\":{write($"#/$defs/d{index + 1}")},")) + $"\"d{length}\":true" + "}";

    private static string Twice(string next) => $$"""{"allOf":[{"$ref":"{{next}}"},{"$ref":"{{next}}"}]}""";
}
