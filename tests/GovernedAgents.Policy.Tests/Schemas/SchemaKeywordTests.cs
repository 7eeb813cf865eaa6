using Xunit;
using static GovernedAgents.Policy.Tests.Schemas.SchemaCases;

namespace GovernedAgents.Policy.Tests.Schemas;

public sealed class SchemaKeywordTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":"integer"}""", "10e-1")]
    [InlineData("""{"type":["string","null"]}""", "null")]
    [InlineData("""{"enum":[{"a":1,"b":[2]}]}""", """{"b":[2.0],"a":1e0}""")]
    [InlineData("""{"const":100}""", "1e2")]
    [InlineData("""{"multipleOf":0.01}""", "19.99")]
    [InlineData("""{"multipleOf":7}""", "7e400")]
    [InlineData("""{"minimum":9007199254740993}""", "9007199254740993")]
    [InlineData("""{"exclusiveMaximum":0}""", "-0.1")]
    [InlineData("""{"maxLength":2}""", "\"\U0001F600\U0001F600\"")]
    [InlineData("""{"pattern":"b+"}""", "\"abbc\"")]
    [InlineData("""{"maxItems":2.0}""", "[1,2]")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",true,[1],{"a":1},null]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""", """["a",1,2]""")]
    [InlineData("""{"contains":{"const":1},"minContains":0,"maxContains":1}""", "[]")]
    [InlineData("""{"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false}""", """{"xa":1}""")]
    [InlineData("""{"propertyNames":{"maxLength":3}}""", """{"abc":1}""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"b":1}""")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":"null"}}""", "null")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$anchor":"A","items":{"$ref":"#A"}}}}""", "[[[]]]")]
    [InlineData("""{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":true}}""", "1")]
    [InlineData("""{"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}},"$schema":"http://json-schema.org/draft-07/schema#"}""", "\"x\"")]
    [InlineData("""{"x-order":[1],"title":"t","format":"email","default":3,"examples":[1],"$id":"https://example.org/s"}""", "\"no address\"")]
    public void Validate_WhenTheValueFits_FindsNoFault(string schema, string instance) => Accepts(schema, instance);

    [Theory]
    [InlineData("""{"type":"integer"}""", "1.5", "", "read 1.5, a number; accepted: integer")]
    [InlineData("""{"type":["string","null"]}""", "[1,2]", "", "read an array of 2 items; accepted: string or null")]
    [InlineData("""{"enum":["a","b"]}""", "\"c\"", "", "read \"c\"; accepted: one of \"a\", \"b\"")]
    [InlineData("""{"const":false}""", "0", "", "read 0; accepted: false")]
    [InlineData("""{"multipleOf":0.01}""", "19.999", "", "accepted: multiples of 0.01")]
    [InlineData("""{"maximum":9007199254740992}""", "9007199254740993", "", "accepted: at most 9007199254740992")]
    [InlineData("""{"minimum":0.1}""", "0.09999999999999999999999", "", "accepted: at least 0.1")]
    [InlineData("""{"exclusiveMinimum":-1e400}""", "-1e400", "", "accepted: more than -1e400")]
    [InlineData("""{"exclusiveMaximum":5}""", "5.00", "", "read 5.00; accepted: less than 5")]
    [InlineData("""{"minLength":2}""", "\"\U0001F600\"", "", "1 characters; accepted: at least 2")]
    [InlineData("""{"maxLength":1}""", "\"ab\"", "", "2 characters; accepted: at most 1")]
    [InlineData("""{"pattern":"^a$"}""", "\"a\\n\"", "", "accepted: text that matches the pattern \"^a$\"")]
    [InlineData("""{"minItems":1}""", "[]", "", "read 0 items; accepted: at least 1")]
    [InlineData("""{"maxItems":1}""", "[1,2]", "", "read 2 items; accepted: at most 1")]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},3,{"b":2.0,"a":1}]""", "/2", "equal to the item at index 0")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a",1]""", "/1", "read 1; accepted: nothing")]
    [InlineData("""{"contains":{"const":1}}""", "[2]", "", "read 0 items that fit #/contains; accepted: at least 1")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", "[1,1]", "", "accepted: at most 1")]
    [InlineData("""{"properties":{"a/b":{"properties":{"~":{"type":"string"}}}}}""", """{"a/b":{"~":1}}""", "/a~1b/~0", "read 1, a number; accepted: string")]
    [InlineData("""{"properties":{"a":true,"b":true},"additionalProperties":false}""", """{"c":1}""", "/c", "\"c\" is not known; accepted: \"a\", \"b\"")]
    [InlineData("""{"patternProperties":{"^x":{"type":"integer"}}}""", """{"xa":""}""", "/xa", "accepted: integer")]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", """{"b":"x"}""", "/b", "accepted: integer")]
    [InlineData("""{"propertyNames":{"maxLength":3}}""", """{"abcd":1}""", "/abcd", "the member's name does not fit")]
    [InlineData("""{"required":["a","b"]}""", """{"a":1}""", "", "the member \"b\" is missing")]
    [InlineData("""{"minProperties":1}""", "{}", "", "read 0 members; accepted: at least 1")]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":1}""", "", "read 2 members; accepted: at most 1")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", "", "the member \"b\" is missing; accepted with \"a\"")]
    [InlineData("""{"dependentSchemas":{"a":{"maxProperties":1}}}""", """{"a":1,"b":1}""", "", "accepted: at most 1")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", "4", "", "accepted: at most 3")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":3}]}""", "2", "", "anyOf/1: read 2; accepted: at least 3")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":2}]}""", "2", "", "which fits oneOf/0 and oneOf/1")]
    [InlineData("""{"not":{"type":"string"}}""", "\"a\"", "", "accepted: a value that does not fit #/not")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":"null"}}""", "\"\"", "", "accepted: at least 1")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":"null"}}""", "1", "", "accepted: null")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"next":{"v":1,"next":{}}}""", "/next/next", "the member \"v\" is missing")]
    [InlineData("false", "1", "", "the schema allows no value here")]
    public void Validate_WhenTheValueDoesNotFit_SaysWhereAndWhatIsAccepted(string schema, string instance, string pointer, string words) =>
        Rejects(schema, instance, pointer, words);

    [Fact]
    public void Validate_WhenManyThingsAreWrong_ReportsEachOfThem()
    {
        var faults = Validate(
            """{"type":"object","required":["a","b"],"properties":{"c":{"type":"string","minLength":1},"d":{"items":{"maximum":1}}},"additionalProperties":false}""",
            """{"a":1,"c":"","d":[1,2,3]}""");
        Assert.Equal(["", "/a", "/c", "/d/1", "/d/2"], faults.Select(fault => fault.Pointer).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Validate_WhenTheValueIsLong_QuotesEightyCharacters()
    {
        var fault = Assert.Single(Validate("""{"maxLength":3}""", "\"" + new string('x', 500) + "\""));
        Assert.Contains("\"" + new string('x', 80) + "…\"", fault.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 81), fault.Detail, StringComparison.Ordinal);
    }
}
