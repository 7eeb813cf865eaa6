using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using GovernedAgents.Connectors.Aws.Sending;

namespace GovernedAgents.Connectors.Aws.Answers;

/// <summary>An error as the service itself says it; a page of a proxy or a load balancer is none.</summary>
internal sealed record AwsFault(string Code, string Message)
{
    private static readonly string[] Throttled =
    [
        "BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
    ];

    public bool IsThrottling => Throttled.Contains(Code, StringComparer.Ordinal);

    /// <returns>Null when the body is no error of the service.</returns>
    public static AwsFault? Read(AwsAnswer answer)
    {
        var text = answer.Body.AsSpan().TrimStart(" \r\n\t"u8);
        if (text.Length == 0) return FromHeader(answer);
        return text[0] switch
        {
            (byte)'{' => FromJson(answer),
            (byte)'<' => FromXml(answer.Body),
            _ => null,
        };
    }

    private static AwsFault? FromHeader(AwsAnswer answer) =>
        answer.Headers.TryGetValue("x-amzn-errortype", out var type) && type.Length > 0 ? new AwsFault(Bare(type), "") : null;

    private static AwsFault? FromJson(AwsAnswer answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            var code = answer.Headers.GetValueOrDefault("x-amzn-errortype") ?? Text(root, "__type") ?? Text(root, "code") ?? Text(root, "Code");
            return code is { Length: > 0 } ? new AwsFault(Bare(code), Text(root, "message") ?? Text(root, "Message") ?? Text(root, "errorMessage") ?? "") : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AwsFault? FromXml(byte[] body)
    {
        if (XmlText.Parse(body) is not { } root) return null;
        var error = root.Name.LocalName is "Error" ? root : root.Name.LocalName is "ErrorResponse" or "Response" ? root.Descendants().FirstOrDefault(element => element.Name.LocalName == "Error") : null;
        var code = error?.Elements().FirstOrDefault(element => element.Name.LocalName == "Code")?.Value;
        return code is { Length: > 0 } ? new AwsFault(code, error!.Elements().FirstOrDefault(element => element.Name.LocalName == "Message")?.Value ?? "") : null;
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary><c>com.amazonaws.x#Code:http://…</c> → <c>Code</c>.</summary>
    private static string Bare(string code)
    {
        code = code.Split(':')[0];
        return code[(code.LastIndexOf('#') + 1)..];
    }
}

/// <summary>XML of the other side: no DTD, no entity, no file.</summary>
internal static class XmlText
{
    private static readonly XmlReaderSettings Safe = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    public static XElement? Parse(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), Safe);
            return XDocument.Load(reader).Root;
        }
        catch (Exception fault) when (fault is XmlException or DecoderFallbackException)
        {
            return null;
        }
    }
}
