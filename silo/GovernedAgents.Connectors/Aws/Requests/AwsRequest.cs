using System.Globalization;
using System.Text;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>One request of a service before it is addressed and signed.</summary>
internal sealed record AwsRequest
{
    public required string Method { get; init; }
    /// <summary>Percent-encoded.</summary>
    public string Path { get; init; } = "/";
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];
    /// <summary>Without host, date and signature.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
    public string? ContentType { get; init; }
    public byte[] Body { get; init; } = [];

    /// <summary>RFC 3986, as the signature wants it.</summary>
    public static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || (keepSlash && octet == (byte)'/')) encoded.Append((char)octet);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }
        return encoded.ToString();
    }

    public string QueryText => string.Join('&', Query.Select(pair => $"{Encode(pair.Key)}={Encode(pair.Value)}"));
}
