using System.Runtime.CompilerServices;

namespace GovernedAgents.Policy.Canonical;

/// <summary>A growing byte array that is used again.</summary>
internal struct ByteBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; set; }
    public readonly int Capacity => _bytes.Length;
    public readonly ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(byte value)
    {
        if (Length == _bytes.Length) Grow(1);
        _bytes[Length++] = value;
    }

    public void Add(ReadOnlySpan<byte> values)
    {
        if (values.Length > _bytes.Length - Length) Grow(values.Length);
        values.CopyTo(_bytes.AsSpan(Length));
        Length += values.Length;
    }

    /// <summary>The value between double quotes, and a colon behind a key: one reservation, because nearly every token comes here.</summary>
    public void AddQuoted(ReadOnlySpan<byte> raw, bool colon)
    {
        var size = raw.Length + (colon ? 3 : 2);
        if (size > _bytes.Length - Length) Grow(size);
        var target = _bytes.AsSpan(Length, size);
        target[0] = (byte)'"';
        raw.CopyTo(target[1..]);
        target[raw.Length + 1] = (byte)'"';
        if (colon) target[raw.Length + 2] = (byte)':';
        Length += size;
    }

    private void Grow(int needed) => Array.Resize(ref _bytes, Math.Max(checked(Length + needed), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
}
