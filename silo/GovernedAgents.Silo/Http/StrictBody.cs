using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using Microsoft.Net.Http.Headers;

namespace GovernedAgents.Silo.Http;

/// <summary>
/// Reads a request body: at most 1 MiB, JSON, in canonical form from here on (duplicate keys, lone surrogates, inexact numbers and deep nesting are refused there), then checked
/// against the request's record with every fault told at once.
/// </summary>
public static class StrictBody
{
    public const int MaxBytes = 1024 * 1024;

    /// <param name="optional">An empty body counts as <c>{}</c>.</param>
    public static async Task<Bound<T>> ReadAsync<T>(HttpContext http, bool optional = false) where T : class
    {
        var read = await ReadBytesAsync(http.Request);
        if (read.Problem is { } tooLarge) return Bound.Refused<T>(tooLarge);
        var bytes = read.Value!;
        if (bytes.Length == 0 && optional) bytes = "{}"u8.ToArray();
        else if (!IsJson(http.Request)) return Bound.Refused<T>(Problems.Of("unsupported-media-type", $"Content-Type '{http.Request.ContentType}' is not application/json."));
        if (bytes.Length == 0) return Bound.Refused<T>(Problems.BadRequest("The body is empty: send a JSON object."));

        byte[] canonical;
        try { canonical = CanonicalJson.Canonicalize(bytes); }
        catch (CanonicalJsonException fault)
        {
            return Bound.Refused<T>(Problems.Of(new Refusal { Slug = fault.Slug, Detail = fault.Message, Errors = fault.Pointer is { } at ? [new FieldError(at, fault.Message)] : null }));
        }
        using var document = JsonDocument.Parse(canonical, new JsonDocumentOptions { MaxDepth = 128 });
        var errors = BodyShape.Check(document.RootElement, typeof(T));
        if (errors.Count > 0) return Bound.Refused<T>(Problems.BadRequest(errors.Count == 1 ? $"{Where(errors[0])}: {errors[0].Detail}" : $"The body has {errors.Count} faults.", errors));
        return document.RootElement.Deserialize<T>(ApiJson.Options)!;
    }

    private static string Where(FieldError error) => error.Pointer.Length == 0 ? "The body" : error.Pointer;

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase) && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    // Counts what arrives: a chunked body announces no length, and an announced one proves nothing.
    public static async Task<Bound<byte[]>> ReadBytesAsync(HttpRequest request)
    {
        var tooLarge = Bound.Refused<byte[]>(Problems.Of("too-large", "The body is larger than 1 MiB (1,048,576 bytes)."));
        if (request.ContentLength > MaxBytes) return tooLarge;
        using var gathered = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (gathered.Length + read > MaxBytes) return tooLarge;
            gathered.Write(buffer, 0, read);
        }
        return gathered.ToArray();
    }
}
