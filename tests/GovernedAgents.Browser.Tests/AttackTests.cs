using System.Net;
using System.Text.Json.Nodes;
using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>What was shown is what runs, and nobody votes who may not, whatever an agent writes or a browser sends.</summary>
public sealed class AttackTests(Stage stage) : ConsoleTest(stage)
{
    [Theory]
    [InlineData("rm \u202Efdp.exe", "\\u{202E}", "\u202E")]
    [InlineData("safe\u001B[2K\u001B[1Gevil", "\\u{001B}", "\u001B")]
    [InlineData("p\u0430ypal", "\\u{0430}", "\u0430")]
    [InlineData("pro\u200Bduction", "\\u{200B}", "\u200B")]
    public async Task HiddenCharacters_InArgumentsAndReason_AreShown(string text, string shown, string hidden)
    {
        var (approval, _) = await Stage.HoldAsync(text, reason: text);
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".arguments dd mark.escape").First).ToHaveTextAsync(shown);
        await Assertions.Expect(page.Locator(".untrusted mark.escape").First).ToHaveTextAsync(shown);
        Assert.DoesNotContain(hidden, await page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markup_InArgumentsReasonAndResource_IsTextAndRunsNothing()
    {
        const string markup = "<img src=x onerror=alert(1)><script>alert(2)</script><a href=javascript:alert(3)>x</a>{{7*7}}</code></dd>";
        var (approval, _) = await Stage.HoldAsync(markup, "papers.shred", reason: markup);
        var page = await SignedInAsync("alice");
        var dialogs = 0;
        page.Dialog += (_, dialog) => { dialogs++; _ = dialog.DismissAsync(); };
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".arguments dd")).ToHaveTextAsync($"\"{markup}\"");
        await Assertions.Expect(page.Locator(".untrusted blockquote")).ToHaveTextAsync(markup);
        Assert.Equal(0, await page.Locator("main img, main script, main a[href^=javascript]").CountAsync());
        Assert.Equal(0, dialogs);
    }

    [Fact]
    public async Task LongValue_IsFolded_AndCompleteInside()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i:D5} "));
        var (approval, _) = await Stage.HoldAsync(text);
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".long > code")).ToBeHiddenAsync();
        await page.Locator(".long > summary").ClickAsync();
        await Assertions.Expect(page.Locator(".long > code")).ToBeVisibleAsync();
        Assert.Equal($"\"{text}\"", await page.Locator(".long > code").TextContentAsync());
    }

    [Fact]
    public async Task TenThousandArguments_AreAllThere()
    {
        var (approval, _) = await Stage.HoldAsync(new JsonArray([.. Enumerable.Range(0, 10_000).Select(i => (JsonNode)$"v{i}")]));
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".arguments > div")).ToHaveCountAsync(10_000);
        await page.GetByText("9900 more arguments").ClickAsync();
        await Assertions.Expect(page.GetByText("\"v9999\"")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Starter_IsToldThatAnotherPersonReviews_AndAForgedVoteIsRefused()
    {
        var (approval, call) = await Stage.HoldAsync("My own");
        var page = await SignedInAsAsync("dana", "reviewer", "sre");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".vote")).ToContainTextAsync("Another person has to review");
        Assert.Equal(0, await page.Locator(".vote form").CountAsync());

        // What a page would have sent for somebody else, with a token of dana's own.
        var shown = await Stage.SendAsync("GET", $"/v1/approvals/{approval}", Stage.Token("alice", ["reviewer"], ["sre"]));
        var token = await page.Locator("input[name=form]").First.InputValueAsync();
        var answer = await page.APIRequest.PostAsync($"{Stage.Address}/console/approvals/{approval}/vote", new()
        {
            Form = Form(page, [("form", token), ("decision", "approve"), ("callHash", (string?)shown["callHash"]), ("renderHash", (string?)shown["renderHash"]), ("policyVersion", (string?)shown["policyVersion"])]),
            MaxRedirects = 0,
        });
        Assert.Equal(403, answer.Status);
        Assert.Contains("your vote did not count", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("pending_review", (string?)(await Stage.CallAsync(call))["state"]);
    }

    [Theory]
    [InlineData("renderHash", "The card")]
    [InlineData("callHash", "The call")]
    [InlineData("policyVersion", "The policy")]
    public async Task Vote_OverAnotherCard_IsRefused_AndThePageSaysWhatDiffers(string field, string said)
    {
        var (approval, call) = await Stage.HoldAsync("Stale");
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await page.Locator($"input[name={field}]").EvaluateAsync("input => input.value = 'sha256:' + '0'.repeat(64)");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("your vote did not count");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert).Locator("li")).ToContainTextAsync(said);
        Assert.Equal("pending_review", (string?)(await Stage.CallAsync(call))["state"]);
    }

    [Fact]
    public async Task Vote_AfterAnotherPersonDecided_IsRefused_AndThePageSaysWhoAndWhy()
    {
        var (approval, _) = await Stage.HoldAsync("Raced");
        var page = await SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Stage.VoteAsync(approval, "bob", "deny");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Denied by bob: By the API");
        await Assertions.Expect(page.Locator(".vote form")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Form_WithoutItsToken_OrOfAnotherPerson_IsRefused()
    {
        var (approval, call) = await Stage.HoldAsync("Forged");
        var alice = await SignedInAsync("alice");
        var bob = await SignedInAsync("bob");
        await alice.GotoAsync($"/console/approvals/{approval}");
        await bob.GotoAsync($"/console/approvals/{approval}");
        (string, string?)[] vote = [("decision", "approve"), ("callHash", await Hidden(alice, "callHash")), ("renderHash", await Hidden(alice, "renderHash")), ("policyVersion", await Hidden(alice, "policyVersion"))];
        foreach (var token in new[] { null, "forged", await Hidden(bob, "form") })
        {
            var answer = await alice.APIRequest.PostAsync($"{Stage.Address}/console/approvals/{approval}/vote", new() { Form = Form(alice, [.. vote, ("form", token)]), MaxRedirects = 0 });
            Assert.Equal(400, answer.Status);
        }

        Assert.Equal("pending_review", (string?)(await Stage.CallAsync(call))["state"]);
    }

    [Fact]
    public async Task Cookie_IsNothingToTheApi_AndABearerTokenNothingToTheConsole()
    {
        var page = await SignedInAsync("olga");
        Assert.Equal(401, (await page.APIRequest.GetAsync($"{Stage.Address}/v1/environments")).Status);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Stage.Address) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console");
        request.Headers.Authorization = new("Bearer", Stage.Token("olga", ["operator"], []));
        var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Redirect, true), (answer.StatusCode, answer.Headers.Location!.OriginalString.StartsWith("/console/sign-in", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ContentSecurityPolicy_AllowsNothingInline_AndNoPageNeedsIt()
    {
        var (approval, _) = await Stage.HoldAsync("Policy");
        var page = await SignedInAsync("alice");
        var complaints = new List<string>();
        page.Console += (_, message) => { if (message.Type == "error") complaints.Add(message.Text); };
        foreach (var path in new[] { "/console", $"/console/approvals/{approval}", "/console/preferences", "/console/calls", $"/console/environments/{Stage.Production}", "/console/policies/strict" })
        {
            var answer = (await page.GotoAsync(path))!;
            var policy = (await answer.AllHeadersAsync())["content-security-policy"];
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        }

        Assert.Empty(complaints);
    }

    [Theory]
    [InlineData("//evil.example/console")]
    [InlineData("/console/../../evil")]
    [InlineData("https://evil.example")]
    [InlineData("/console\\evil")]
    public async Task SignIn_LeadsBackIntoTheConsoleOnly(string wanted)
    {
        var page = await NewPageAsync();
        await page.GotoAsync($"/console/sign-in?return={Uri.EscapeDataString(wanted)}");
        await page.Locator("button.person", new() { HasText = "alice" }).ClickAsync();
        Assert.StartsWith($"{Stage.Address}/", page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", new Uri(page.Url).Host, StringComparison.Ordinal);
    }

    private static Task<string> Hidden(IPage page, string name) => page.Locator($".vote input[name={name}]").InputValueAsync();

    private static IFormData Form(IPage page, IEnumerable<(string Name, string? Value)> fields)
    {
        var form = page.APIRequest.CreateFormData();
        foreach (var (name, value) in fields) if (value is not null) form.Set(name, value);
        return form;
    }
}
