using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace GovernedAgents.Policy.Canonical;

/// <summary>
/// One pass: members are written in document order and remembered as ranges; an object that was not in order is put in order when it closes.
/// Buffers are kept per thread. No recursion, so nesting cannot overflow the stack.
/// </summary>
internal sealed class Canonicalizer
{
    private const int KeptBytes = 256 * 1024;
    [ThreadStatic] private static Canonicalizer? t_idle;

    private readonly Frame[] _frames = new Frame[CanonicalJson.MaxDepth];
    private ByteBuffer _output = new(4096);
    private ByteBuffer _keys = new(1024);
    private ByteBuffer _scratch = new(1024);
    private Member[] _members = new Member[64];
    private int _memberCount;
    private int _depth;

    private struct Frame
    {
        public bool IsObject;
        public bool InOrder;
        public int FirstMember;
        public int KeysStart;
        public int OutputStart;
        public int Index;
    }

    /// <summary>A member's unescaped key in <c>_keys</c> and its written form in <c>_output</c>.</summary>
    private struct Member
    {
        public int KeyStart, KeyLength, Start, End;
    }

    public static byte[] Run(ReadOnlySpan<byte> utf8)
    {
        var worker = t_idle ?? new Canonicalizer();
        t_idle = null;
        try
        {
            return worker.Write(utf8);
        }
        finally
        {
            if (worker._output.Capacity + worker._keys.Capacity + worker._scratch.Capacity <= KeptBytes && worker._members.Length <= 4096)
                t_idle = worker;
        }
    }

    private byte[] Write(ReadOnlySpan<byte> utf8)
    {
        _output.Length = _keys.Length = _memberCount = _depth = 0;
        if (!Utf8.IsValid(utf8)) throw Fault(CanonicalJsonException.BadRequest, "The text is not valid UTF-8.");

        // The reader's own limit is one higher, so that this class names the fault.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = CanonicalJson.MaxDepth + 1 });
        try
        {
            while (reader.Read()) Take(ref reader);
        }
        catch (JsonException fault)
        {
            if (_depth == CanonicalJson.MaxDepth && reader.CurrentDepth > CanonicalJson.MaxDepth) throw TooDeep();
            throw Fault(CanonicalJsonException.BadRequest,
                $"The text is not JSON (RFC 8259): line {fault.LineNumber + 1 ?? 0}, byte {fault.BytePositionInLine + 1 ?? 0}. No comments, no trailing commas, one value.");
        }

        return _output.Span.ToArray();
    }

    private void Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                BeginMember(ref reader);
                return;
            case JsonTokenType.EndObject:
                EndObject();
                return;
            case JsonTokenType.EndArray:
                _output.Add((byte)']');
                _depth--;
                EndValue();
                return;
        }

        BeginValue();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Open(isObject: true);
                return;
            case JsonTokenType.StartArray:
                Open(isObject: false);
                return;
            case JsonTokenType.String:
                WriteString(reader.ValueSpan, reader.ValueIsEscaped);
                break;
            case JsonTokenType.Number:
                if (!CanonicalNumber.TryWrite(reader.ValueSpan, ref _output))
                    throw Fault(CanonicalJsonException.NumberNotRepresentable, "The number does not survive binary64. Send it as a string.");
                break;
            default:
                _output.Add(reader.ValueSpan);
                break;
        }

        EndValue();
    }

    private void BeginValue()
    {
        if (_depth == 0) return;
        ref var frame = ref _frames[_depth - 1];
        if (!frame.IsObject && frame.Index > 0) _output.Add((byte)',');
    }

    private void EndValue()
    {
        if (_depth == 0) return;
        ref var frame = ref _frames[_depth - 1];
        frame.Index++;
        if (frame.IsObject) _members[_memberCount - 1].End = _output.Length;
    }

    private void Open(bool isObject)
    {
        if (_depth == CanonicalJson.MaxDepth) throw TooDeep();
        _frames[_depth++] = new Frame
        {
            IsObject = isObject,
            InOrder = true,
            FirstMember = _memberCount,
            KeysStart = _keys.Length,
            OutputStart = _output.Length + 1,
        };
        _output.Add((byte)(isObject ? '{' : '['));
    }

    private void BeginMember(ref Utf8JsonReader reader)
    {
        ref var frame = ref _frames[_depth - 1];
        if (frame.Index > 0) _output.Add((byte)',');

        var keyStart = _keys.Length;
        if (!reader.ValueIsEscaped) _keys.Add(reader.ValueSpan);
        else if (!CanonicalString.TryUnescape(reader.ValueSpan, ref _keys)) throw LoneSurrogate();

        if (_memberCount == _members.Length) Array.Resize(ref _members, _members.Length * 2);
        var member = new Member { KeyStart = keyStart, KeyLength = _keys.Length - keyStart, Start = _output.Length };
        if (_memberCount > frame.FirstMember && frame.InOrder) frame.InOrder = Compare(_members[_memberCount - 1], member) < 0;
        _members[_memberCount++] = member;

        if (!reader.ValueIsEscaped)
        {
            _output.AddQuoted(reader.ValueSpan, colon: true);
            return;
        }

        _output.Add((byte)'"');
        CanonicalString.Escape(_keys.Span[keyStart..], ref _output);
        _output.Add("\":"u8);
    }

    private void EndObject()
    {
        var frame = _frames[_depth - 1];
        if (!frame.InOrder) PutInOrder(frame);
        _memberCount = frame.FirstMember;
        _keys.Length = frame.KeysStart;
        _output.Add((byte)'}');
        _depth--;
        EndValue();
    }

    private void PutInOrder(Frame frame)
    {
        var members = _members.AsSpan(frame.FirstMember, _memberCount - frame.FirstMember);
        members.Sort(Compare);
        _scratch.Length = 0;
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0 && Compare(members[i - 1], members[i]) == 0)
            {
                var key = Encoding.UTF8.GetString(KeyOf(members[i]));
                throw new CanonicalJsonException(CanonicalJsonException.DuplicateKey, Pointer(_depth - 1) + Step(key), "An object names the same member twice.");
            }

            if (i > 0) _scratch.Add((byte)',');
            _scratch.Add(_output.Span[members[i].Start..members[i].End]);
        }

        _output.Length = frame.OutputStart;
        _output.Add(_scratch.Span);
    }

    private void WriteString(ReadOnlySpan<byte> raw, bool escaped)
    {
        if (!escaped)
        {
            // The reader has refused control characters, so the raw bytes hold nothing that RFC 8785 escapes.
            _output.AddQuoted(raw, colon: false);
            return;
        }

        _output.Add((byte)'"');
        _scratch.Length = 0;
        if (!CanonicalString.TryUnescape(raw, ref _scratch)) throw LoneSurrogate();
        CanonicalString.Escape(_scratch.Span, ref _output);
        _output.Add((byte)'"');
    }

    private ReadOnlySpan<byte> KeyOf(in Member member) => _keys.Span.Slice(member.KeyStart, member.KeyLength);

    private int Compare(Member left, Member right) => CanonicalString.CompareUtf16(KeyOf(left), KeyOf(right));

    private CanonicalJsonException TooDeep() =>
        Fault(CanonicalJsonException.TooDeep, $"The value is nested deeper than {CanonicalJson.MaxDepth} levels.");

    private CanonicalJsonException LoneSurrogate() =>
        Fault(CanonicalJsonException.LoneSurrogate, "A string holds a surrogate (\\ud800 to \\udfff) without its partner.");

    private CanonicalJsonException Fault(string slug, string message) => new(slug, Pointer(_depth), message);

    /// <summary>Where the reader stands: the open containers down to <paramref name="depth"/>.</summary>
    private string Pointer(int depth)
    {
        var pointer = new StringBuilder();
        for (var i = 0; i < depth; i++)
        {
            var frame = _frames[i];
            if (!frame.IsObject)
            {
                pointer.Append('/').Append(frame.Index);
                continue;
            }

            var next = i + 1 < _depth ? _frames[i + 1].FirstMember : _memberCount;
            if (next > frame.FirstMember) pointer.Append(Step(Encoding.UTF8.GetString(KeyOf(_members[next - 1]))));
        }

        return pointer.ToString();
    }

    private static string Step(string key) => "/" + key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
