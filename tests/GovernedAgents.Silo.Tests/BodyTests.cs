using System.Text;
using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Tests;

public sealed class BodyTests : IClassFixture<EdgeHost>
{
    private readonly EdgeHost _host;
    private readonly string _id = "ses_" + Guid.NewGuid().ToString("N");
    private readonly Fake<IAgentSessionGrain> _session;

    public BodyTests(EdgeHost host)
    {
        _host = host;
        _session = host.Grains.Place<IAgentSessionGrain>(_id)
            .On("ReadAsync", _ => Task.FromResult<SessionSnapshot?>(EdgeHost.Active(_id)))
            .On("SubmitAsync", _ => Task.FromResult<Answer<CallSnapshot>>(new Refusal { Slug = "unknown-tool", Detail = "It got as far as the session." }));
    }

    private Task<Reply> SubmitAsync(HttpContent? content, string? key = "k-1", params (string, string)[] headers) =>
        _host.SendAsync("POST", "/v1/calls", _host.SessionToken(_id), content, key is null ? headers : [.. headers, ("Idempotency-Key", key)]);

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
    private static string Call(string arguments) => $$"""{"environment":"prod","tool":"files.read","arguments":{{arguments}}}""";

    private void NothingWasSubmitted() => Assert.Empty(_session.Received("SubmitAsync"));

    public static TheoryData<string, string, string> Unreadable => new()
    {
        { "bad-request", "{", "" },
        { "bad-request", "", "" },
        { "bad-request", "hello", "" },
        { "bad-request", """{"environment":"prod","tool":"t","arguments":{}} {}""", "" },
        { "duplicate-key", Call("""{"a":1,"a":2}"""), "/arguments/a" },
        { "duplicate-key", Call("""{"a":1,"\u0061":2}"""), "/arguments/a" },
        { "lone-surrogate", Call("""{"a":"\ud800"}"""), "/arguments/a" },
        { "number-not-representable", Call("""{"a":1e400}"""), "/arguments/a" },
        { "number-not-representable", Call("""{"a":9007199254740993}"""), "/arguments/a" },
        { "too-deep", Call($$"""{"a":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}"""), "" },
    };

    [Theory, MemberData(nameof(Unreadable))]
    public async Task Submit_WithJsonThatIsNotExact_Is400WithItsOwnSlug(string slug, string body, string pointer)
    {
        var reply = await SubmitAsync(Json(body));
        reply.IsProblem(400, slug);
        if (pointer.Length > 0) Assert.Equal(pointer, reply.Json!["errors"]![0]!["pointer"]!.GetValue<string>());
        NothingWasSubmitted();
    }

    [Fact]
    public async Task Submit_WithSeveralFaults_TellsThemAllAtOnce()
    {
        var tooLong = new string('x', 2001);
        var reply = await SubmitAsync(Json($$"""{"environment":7,"arguments":[],"dryRun":"yes","reasn":"x","reason":"{{tooLong}}"}"""));
        reply.IsProblem(400, "bad-request");
        var pointers = reply.Json!["errors"]!.AsArray().Select(e => e!["pointer"]!.GetValue<string>()).Order(StringComparer.Ordinal);
        Assert.Equal(["/arguments", "/dryRun", "/environment", "/reasn", "/reason", "/tool"], pointers);
        NothingWasSubmitted();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Submit_OfOneMebibyte_IsRead_AndOneByteMore_Is413(bool chunked)
    {
        var empty = Encoding.UTF8.GetByteCount(Call("""{"a":""}"""));
        var fits = Call($$"""{"a":"{{new string('x', 1024 * 1024 - empty)}}"}""");
        (await SubmitAsync(Content(fits))).IsProblem(404, "unknown-tool");
        Assert.Single(_session.Received("SubmitAsync"));
        (await SubmitAsync(Content(fits + " "))).IsProblem(413, "too-large");
        Assert.Single(_session.Received("SubmitAsync"));

        HttpContent Content(string text)
        {
            if (!chunked) return Json(text);
            var stream = new StreamContent(new Unmeasured(Encoding.UTF8.GetBytes(text)));
            stream.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            return stream;
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Submit_OfAnotherMediaType_Is415(string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Call("{}")));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        (await SubmitAsync(content)).IsProblem(415, "unsupported-media-type");
        NothingWasSubmitted();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("two words")]
    public async Task Submit_WithoutAUsableKey_Is400(string? key)
    {
        (await SubmitAsync(Json(Call("{}")), key)).IsProblem(400, "bad-request");
        NothingWasSubmitted();
    }

    [Fact]
    public async Task Submit_WithAKeyOf255_IsRead_AndOf256_IsNot()
    {
        (await SubmitAsync(Json(Call("{}")), new string('k', 255))).IsProblem(404, "unknown-tool");
        (await SubmitAsync(Json(Call("{}")), new string('k', 256))).IsProblem(400, "bad-request");
    }

    [Fact]
    public async Task Submit_QuotedOrNotAndHoweverTheJsonIsWritten_IsTheSameCall()
    {
        await SubmitAsync(Json("""{"environment":"prod","tool":"files.read","arguments":{"b":1.0,"a":"é"},"dryRun":false}"""), "\"k\"");
        await SubmitAsync(Json("""{ "arguments" : {"a":"\u00e9","b":1}, "tool":"files.read", "environment":"prod" }"""), "k");
        var commands = _session.Received("SubmitAsync").Select(a => (SubmitCall)a[0]!).ToArray();
        Assert.Equal(commands[0], commands[1]);
        Assert.Equal("""{"a":"é","b":1}""", commands[0].ArgumentsJson);
        Assert.Matches("^call_[a-z2-7]{32}$", commands[0].CallId);
    }

    [Theory]
    [InlineData("wait=0", 0)]
    [InlineData("respond-async, wait=60", 60)]
    [InlineData(null, 10)]
    public async Task Submit_PassesTheWaitOn(string? prefer, int seconds)
    {
        await SubmitAsync(Json(Call("{}")), "k", prefer is null ? [] : [("Prefer", prefer)]);
        Assert.Equal(TimeSpan.FromSeconds(seconds), ((SubmitCall)Assert.Single(_session.Received("SubmitAsync"))[0]!).Wait);
    }

    [Theory]
    [InlineData("wait=61")]
    [InlineData("wait=-1")]
    [InlineData("wait=soon")]
    public async Task Submit_WithAWaitOutOfRange_Is400(string prefer) => (await SubmitAsync(Json(Call("{}")), "k", ("Prefer", prefer))).IsProblem(400, "bad-request");

    [Fact]
    public async Task Submit_WhenTheSessionCannotBeReached_AnswersTheCallIfItIsRecorded_Else503()
    {
        _session.On("SubmitAsync", _ => throw new TimeoutException("lost"));
        var reply = await SubmitAsync(Json(Call("{}")));
        reply.IsProblem(503, "unavailable");
        Assert.True(reply.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task Freeze_WithAnUnknownEffectClass_NamesTheClasses()
    {
        var reply = await _host.SendAsync("POST", "/v1/environments/prod/freeze", _host.Forge.Person("operator"), """{"reason":"r","blocks":["mutate",1,"wipe"]}""");
        reply.IsProblem(400, "bad-request");
        Assert.Equal(["/blocks/1", "/blocks/2"], reply.Json!["errors"]!.AsArray().Select(e => e!["pointer"]!.GetValue<string>()));
        Assert.Contains("read, mutate, privilege, destroy", reply.Text);
    }

    /// <summary>A stream that does not tell its length, so that the client sends it in chunks.</summary>
    private sealed class Unmeasured(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
