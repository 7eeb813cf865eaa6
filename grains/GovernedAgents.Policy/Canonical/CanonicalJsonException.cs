namespace GovernedAgents.Policy.Canonical;

/// <summary>The text has no canonical form. <see cref="Exception.Message"/> quotes no value, so it is safe to answer.</summary>
public sealed class CanonicalJsonException : Exception
{
    public CanonicalJsonException() : this(BadRequest, "", "The text is not JSON.") { }
    public CanonicalJsonException(string message) : this(BadRequest, "", message) { }
    public CanonicalJsonException(string message, Exception innerException) : base(message, innerException) => (Slug, Pointer) = (BadRequest, "");

    public CanonicalJsonException(string slug, string pointer, string message) : base(message) => (Slug, Pointer) = (slug, pointer);

    public const string BadRequest = "bad-request";
    public const string NumberNotRepresentable = "number-not-representable";
    public const string DuplicateKey = "duplicate-key";
    public const string LoneSurrogate = "lone-surrogate";
    public const string TooDeep = "too-deep";

    /// <summary>One of the constants of this class; the problem type of the HTTP API.</summary>
    public string Slug { get; }

    /// <summary>JSON pointer (RFC 6901) to the value at fault, as far as it was read; empty for the whole document.</summary>
    public string Pointer { get; }
}
