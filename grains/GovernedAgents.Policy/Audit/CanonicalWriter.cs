using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// Assembles canonical JSON (RFC 8785) in a pooled buffer from parts whose order the caller already knows. Strings get the shortest
/// escapes of section 3.2.2.2: everything but quote, backslash and the controls stays literal UTF-8.
/// </summary>
internal ref struct CanonicalWriter(int capacity)
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        _length += written;
    }

    public void Instant(DateTimeOffset at)
    {
        Raw("\""u8);
        AuditInstant.Format(at, Room(AuditInstant.Length));
        _length += AuditInstant.Length;
        Raw("\""u8);
    }

    /// <exception cref="ArgumentException">The text has a lone surrogate: it has no UTF-8 form.</exception>
    public void Text(scoped ReadOnlySpan<char> text)
    {
        Raw("\""u8);
        var special = text.IndexOfAny(Special);
        while (special >= 0)
        {
            Literal(text[..special]);
            Escape(text[special]);
            text = text[(special + 1)..];
            special = text.IndexOfAny(Special);
        }

        Literal(text);
        Raw("\""u8);
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private static readonly SearchValues<char> Special = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private void Literal(scoped ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty) _length += Strict.GetBytes(text, Room(text.Length * 3));
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"': Raw("\\\""u8); break;
            case '\\': Raw("\\\\"u8); break;
            case '\b': Raw("\\b"u8); break;
            case '\t': Raw("\\t"u8); break;
            case '\n': Raw("\\n"u8); break;
            case '\f': Raw("\\f"u8); break;
            case '\r': Raw("\\r"u8); break;
            default:
                Raw("\\u00"u8);
                Raw([Hex(c >> 4), Hex(c & 15)]);
                break;
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + bytes));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
