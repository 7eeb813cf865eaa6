namespace GovernedAgents.Connectors;

/// <summary>
/// The last check stands here, under the request and inside the TLS session: the first byte of the request is written only when <paramref name="beforeSend"/> says yes. After an
/// error the gate tells whether anything of the request can have left.
/// </summary>
internal sealed class SendGate(Func<bool> beforeSend)
{
    public bool Refused { get; private set; }
    /// <summary>Bytes of the request may have left.</summary>
    public bool Opened { get; private set; }

    public Stream Guard(Stream connection) => new GuardedStream(connection, this);

    private void Pass()
    {
        if (Opened) return;
        if (Refused || !beforeSend())
        {
            Refused = true;
            throw new IOException("The permission to start has lapsed.");
        }
        Opened = true;
    }

    private sealed class GuardedStream(Stream inner, SendGate gate) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            gate.Pass();
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            gate.Pass();
            inner.Write(buffer, offset, count);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.ReadAsync(buffer, offset, count, cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override void Flush() => inner.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
