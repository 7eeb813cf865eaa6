using System.Text;
using System.Text.Json;
using GovernedAgents.Policy.Canonical;
using Xunit;

namespace GovernedAgents.Policy.Tests.Canonical;

public sealed class CanonicalJsonRefusalTests
{
    private static CanonicalJsonException Refused(byte[] json) => Assert.Throws<CanonicalJsonException>(() => CanonicalJson.Canonicalize(json));

    [Theory]
    [InlineData("{\"a\":1,\"a\":2}", "duplicate-key", "/a")]
    [InlineData("{\"b\":{\"x\":[0,{\"a\":1,\"c\":3,\"\\u0061\":2}]}}", "duplicate-key", "/b/x/1/a")]
    [InlineData("{\"a/b~\":\"\\ud800\"}", "lone-surrogate", "/a~1b~0")]
    [InlineData("[1,\"\\udc00\\ud800\"]", "lone-surrogate", "/1")]
    [InlineData("[\"\\ud800\\ud800\\udc00\"]", "lone-surrogate", "/0")]
    [InlineData("{\"\\ud800\":1}", "lone-surrogate", "")]
    [InlineData("{\"n\":9007199254740993}", "number-not-representable", "/n")]
    [InlineData("[9007199254740993.0]", "number-not-representable", "/0")]
    [InlineData("[9007199254740993e0]", "number-not-representable", "/0")]
    [InlineData("[-9007199254740993]", "number-not-representable", "/0")]
    [InlineData("[1e400]", "number-not-representable", "/0")]
    [InlineData("[-1e400]", "number-not-representable", "/0")]
    [InlineData("[1e-400]", "number-not-representable", "/0")]
    [InlineData("[1e-99999999999999999999]", "number-not-representable", "/0")]
    [InlineData("[1e99999999999999999999]", "number-not-representable", "/0")]
    [InlineData("[0.12345678901234567891]", "number-not-representable", "/0")]
    [InlineData("[1,]", "bad-request", "/1")]
    [InlineData("{\"a\":1,}", "bad-request", "/a")]
    [InlineData("[1] // no", "bad-request", "")]
    [InlineData("[1] [2]", "bad-request", "")]
    [InlineData("[NaN]", "bad-request", "/0")]
    [InlineData("[01]", "bad-request", "/0")]
    [InlineData("[\"\u0001\"]", "bad-request", "/0")]
    [InlineData("", "bad-request", "")]
    [InlineData("\ufeff[]", "bad-request", "")]
    public void Canonicalize_OfWhatWouldNotSurvive_NamesTheFaultAndThePlace(string json, string slug, string pointer)
    {
        var fault = Refused(Encoding.UTF8.GetBytes(json));
        Assert.Equal((slug, pointer), (fault.Slug, fault.Pointer));
    }

    [Fact]
    public void Canonicalize_OfInvalidUtf8_IsRefused()
    {
        Assert.Equal("bad-request", Refused([(byte)'"', 0xFF, (byte)'"']).Slug);
        // U+D800 encoded as if it were a character.
        Assert.Equal("bad-request", Refused([(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']).Slug);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Canonicalize_AtTheDepthLimit_AcceptsSixtyFourLevelsOnly(string open, string close)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
        Assert.Equal(Nested(64), CanonicalJsonVectorTests.Canonical(Nested(64)));
        Assert.Equal("too-deep", Refused(Encoding.UTF8.GetBytes(Nested(65))).Slug);
        Assert.Equal("too-deep", Refused(Encoding.UTF8.GetBytes(Nested(66))).Slug);
        Assert.Equal("too-deep", Refused(Encoding.UTF8.GetBytes(Nested(10_000))).Slug);
        Assert.Equal("too-deep", Refused(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, 10_000)))).Slug);
    }

    [Fact]
    public void Canonicalize_OfAnElement_IsTheCanonicalFormOfItsText()
    {
        using var document = JsonDocument.Parse("{\"x\": {\"b\": 1.0, \"a\": [ ]}}");
        Assert.Equal("{\"a\":[],\"b\":1}"u8.ToArray(), CanonicalJson.Canonicalize(document.RootElement.GetProperty("x")));
        Assert.Equal("bad-request", Assert.Throws<CanonicalJsonException>(() => CanonicalJson.Canonicalize(default(JsonElement))).Slug);
    }

    [Fact]
    public void Canonicalize_AfterARefusal_StartsAfresh()
    {
        Refused("{\"z\":{\"a\":1,\"a\":"u8.ToArray());
        Assert.Equal("{\"a\":1,\"b\":2}", CanonicalJsonVectorTests.Canonical("{\"b\":2,\"a\":1}"));
    }
}
