namespace GovernedAgents.Connectors.Mcp;

internal enum LineEnd
{
    Line,
    /// <summary>Longer than the cap; its rest is skipped by the next read.</summary>
    Over,
    EndOfStream,
}

/// <summary>Lines of a byte stream, never holding more than the cap (and one read) in memory. One reader at a time.</summary>
internal sealed class BoundedLines(Stream stream, int capBytes)
{
    private byte[] _buffer = new byte[Math.Min(capBytes + 1, 16 * 1024)];
    private int _start, _scanned, _end;
    private bool _skipping;

    /// <summary>The line without its line feed; valid until the next read. For <see cref="LineEnd.Over"/> its beginning.</summary>
    public async ValueTask<(LineEnd End, ReadOnlyMemory<byte> Line)> ReadAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            var feed = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var line = _buffer.AsMemory(_start, _scanned + feed - _start);
                _start = _scanned = _scanned + feed + 1;
                if (!_skipping) return (LineEnd.Line, line);
                _skipping = false;
                continue;
            }

            _scanned = _end;
            if (_skipping) _start = _scanned = _end = 0;
            else if (_end - _start > capBytes)
            {
                var head = _buffer.AsMemory(_start, capBytes);
                _start = _scanned = _end;
                _skipping = true;
                return (LineEnd.Over, head);
            }

            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            // A last line without a line feed is a cut message: nobody may take it for a whole one.
            if (read == 0) return (LineEnd.EndOfStream, default);
            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _scanned -= _start;
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, capBytes + 1L));
    }
}
