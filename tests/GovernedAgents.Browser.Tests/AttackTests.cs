using System.Net;
using GovernedAgents.Browser.Tests.Kit;
using Microsoft.Playwright;

namespace GovernedAgents.Browser.Tests;

/// <summary>What was shown is what runs, and nobody votes who may not, whatever an agent writes or a browser sends.</summary>
public sealed class AttackTests(Stage stage)
{
    [Theory]
    [InlineData("rm \u202Efdp.exe", "\\u{202E}", "\u202E")]
    [InlineData("safe\u001B[2K\u001B[1Gevil", "\\u{001B}", "\u001B")]
    [InlineData("p\u0430ypal", "\\u{0430}", "\u0430")]
    [InlineData("pro\u200Bduction", "\\u{200B}", "\u200B")]
    public async Task HiddenCharacters_InArgumentsAndReason_AreShown(string text, string shown, string hidden)
    {
        var (approval, _) = await stage.HoldAsync(text, reason: text);
        var page = await stage.SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".arguments dd mark.escape").First).ToHaveTextAsync(shown);
        await Assertions.Expect(page.Locator(".untrusted mark.escape").First).ToHaveTextAsync(shown);
        Assert.DoesNotContain(hidden, await page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markup_InArgumentsReasonAndResource_IsTextAndRunsNothing()
    {
        const string markup = "<img src=x onerror=alert(1)><script>alert(2)</script><a href=javascript:alert(3)>x</a>{{7*7}}</code></dd>";
        var (approval, _) = await stage.HoldAsync(markup, "papers.shred", reason: markup);
        var page = await stage.SignedInAsync("alice");
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
        var (approval, _) = await stage.HoldAsync(text);
        var page = await stage.SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".long > code")).ToBeHiddenAsync();
        await page.Locator(".long > summary").ClickAsync();
        await Assertions.Expect(page.Locator(".long > code")).ToBeVisibleAsync();
        Assert.Equal($"\"{text}\"", await page.Locator(".long > code").TextContentAsync());
    }

    [Fact]
    public async Task Starter_IsToldThatAnotherPersonReviews_AndAForgedVoteIsRefused()
    {
        var (approval, call) = await stage.HoldAsync("My own");
        var page = await SignInAsAsync("dana", "reviewer", "sre");
        await page.GotoAsync($"/console/approvals/{approval}");
        await Assertions.Expect(page.Locator(".vote")).ToContainTextAsync("Another person has to review");
        Assert.Equal(0, await page.Locator(".vote form").CountAsync());

        // What a page would have sent for somebody else, with a token of dana's own.
        var shown = await stage.SendAsync("GET", $"/v1/approvals/{approval}", stage.Token("alice", ["reviewer"], ["sre"]));
        var token = await page.Locator("input[name=form]").First.InputValueAsync();
        var answer = await page.APIRequest.PostAsync($"{stage.Address}/console/approvals/{approval}/vote", new()
        {
            Form = Form(page, [("form", token), ("decision", "approve"), ("callHash", (string?)shown["callHash"]), ("renderHash", (string?)shown["renderHash"]), ("policyVersion", (string?)shown["policyVersion"])]),
            MaxRedirects = 0,
        });
        Assert.Equal(403, answer.Status);
        Assert.Contains("your vote did not count", await answer.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("pending_review", (string?)(await stage.CallAsync(call))["state"]);
    }

    [Theory]
    [InlineData("renderHash", "The card")]
    [InlineData("callHash", "The call")]
    [InlineData("policyVersion", "The policy")]
    public async Task Vote_OverAnotherCard_IsRefused_AndThePageSaysWhatDiffers(string field, string said)
    {
        var (approval, call) = await stage.HoldAsync("Stale");
        var page = await stage.SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await page.Locator($"input[name={field}]").EvaluateAsync("input => input.value = 'sha256:' + '0'.repeat(64)");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("your vote did not count");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert).Locator("li")).ToContainTextAsync(said);
        Assert.Equal("pending_review", (string?)(await stage.CallAsync(call))["state"]);
    }

    [Fact]
    public async Task Vote_AfterAnotherPersonDecided_IsRefused_AndThePageSaysWhoAndWhy()
    {
        var (approval, _) = await stage.HoldAsync("Raced");
        var page = await stage.SignedInAsync("alice");
        await page.GotoAsync($"/console/approvals/{approval}");
        await stage.VoteAsync(approval, "bob", "deny");
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Denied by bob: By the API");
        await Assertions.Expect(page.Locator(".vote form")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Form_WithoutItsToken_OrOfAnotherPerson_IsRefused()
    {
        var (approval, call) = await stage.HoldAsync("Forged");
        var alice = await stage.SignedInAsync("alice");
        var bob = await stage.SignedInAsync("bob");
        await alice.GotoAsync($"/console/approvals/{approval}");
        await bob.GotoAsync($"/console/approvals/{approval}");
        (string, string?)[] vote = [("decision", "approve"), ("callHash", await Hidden(alice, "callHash")), ("renderHash", await Hidden(alice, "renderHash")), ("policyVersion", await Hidden(alice, "policyVersion"))];
        foreach (var token in new[] { null, "forged", await Hidden(bob, "form") })
        {
            var answer = await alice.APIRequest.PostAsync($"{stage.Address}/console/approvals/{approval}/vote", new() { Form = Form(alice, [.. vote, ("form", token)]), MaxRedirects = 0 });
            Assert.Equal(400, answer.Status);
        }

        Assert.Equal("pending_review", (string?)(await stage.CallAsync(call))["state"]);
    }

    [Fact]
    public async Task Cookie_IsNothingToTheApi_AndABearerTokenNothingToTheConsole()
    {
        var page = await stage.SignedInAsync("olga");
        Assert.Equal(401, (await page.APIRequest.GetAsync($"{stage.Address}/v1/environments")).Status);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(stage.Address) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console");
        request.Headers.Authorization = new("Bearer", stage.Token("olga", ["operator"], []));
        var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Redirect, true), (answer.StatusCode, answer.Headers.Location!.OriginalString.StartsWith("/console/sign-in", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ContentSecurityPolicy_AllowsNothingInline_AndNoPageNeedsIt()
    {
        var (approval, _) = await stage.HoldAsync("Policy");
        var page = await stage.SignedInAsync("alice");
        var complaints = new List<string>();
        page.Console += (_, message) => { if (message.Type == "error") complaints.Add(message.Text); };
        foreach (var path in new[] { "/console", $"/console/approvals/{approval}", "/console/preferences" })
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
        var page = await stage.NewPageAsync();
        await page.GotoAsync($"/console/sign-in?return={Uri.EscapeDataString(wanted)}");
        await page.Locator("button.person", new() { HasText = "alice" }).ClickAsync();
        Assert.StartsWith($"{stage.Address}/", page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", new Uri(page.Url).Host, StringComparison.Ordinal);
    }

    private async Task<IPage> SignInAsAsync(string name, string role, string group)
    {
        var page = await stage.NewPageAsync();
        await page.GotoAsync("/console/sign-in");
        await page.GetByText("Somebody else").ClickAsync();
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel(role, new() { Exact = true }).CheckAsync();
        await page.GetByLabel(group, new() { Exact = true }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator(".whoami b")).ToHaveTextAsync(name);
        return page;
    }

    private static Task<string> Hidden(IPage page, string name) => page.Locator($".vote input[name={name}]").InputValueAsync();

    private static IFormData Form(IPage page, IEnumerable<(string Name, string? Value)> fields)
    {
        var form = page.APIRequest.CreateFormData();
        foreach (var (name, value) in fields) if (value is not null) form.Set(name, value);
        return form;
    }
}
