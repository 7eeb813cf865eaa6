using System.Numerics;
using System.Security.Cryptography;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// Merkle trees of RFC 6962, section 2.1: leaf = SHA-256(0x00 ‖ record hash as 32 bytes), node = SHA-256(0x01 ‖ left ‖ right), the left
/// subtree being the largest power of two. Adding is O(log n) and keeps O(log n), so a tree over millions of records is streamed.
/// </summary>
public sealed class MerkleTree
{
    private readonly List<byte[]> _peaks = [];

    /// <summary>Leaves added.</summary>
    public long Count { get; private set; }

    /// <param name="hash">A record's hash, 64 hex digits.</param>
    public void Add(string hash) => Add(Convert.FromHexString(hash));

    public void Add(ReadOnlySpan<byte> hash)
    {
        var node = Leaf(hash);
        // One peak for each set bit of Count: a carry joins two peaks of the same size.
        for (var carries = BitOperations.TrailingZeroCount(~Count); carries > 0; carries--)
        {
            node = Node(_peaks[^1], node);
            _peaks.RemoveAt(_peaks.Count - 1);
        }

        _peaks.Add(node);
        Count++;
    }

    /// <summary>Lower-case hex. The tree without leaves has SHA-256 of nothing.</summary>
    public string Root()
    {
        if (_peaks.Count == 0) return Convert.ToHexStringLower(SHA256.HashData([]));
        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--) root = Node(_peaks[i], root);
        return Convert.ToHexStringLower(root);
    }

    public static string Root(IEnumerable<string> hashes)
    {
        var tree = new MerkleTree();
        foreach (var hash in hashes) tree.Add(hash);
        return tree.Root();
    }

    /// <summary>The siblings from leaf <paramref name="index"/> (from 0) up to the root, lower-case hex. O(n).</summary>
    public static IReadOnlyList<string> InclusionProof(IReadOnlyList<string> hashes, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, hashes.Count);
        var path = new List<string>();
        int from = 0, to = hashes.Count;
        while (to - from > 1)
        {
            var split = from + (1 << BitOperations.Log2((uint)(to - from - 1)));
            if (index < split)
            {
                path.Add(RangeRoot(hashes, split, to));
                to = split;
            }
            else
            {
                path.Add(RangeRoot(hashes, from, split));
                from = split;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>Whether <paramref name="proof"/> leads from the record's hash at <paramref name="index"/> of <paramref name="count"/> leaves to the root.</summary>
    public static bool VerifyInclusion(string hash, long index, long count, IReadOnlyList<string> proof, string root)
    {
        if (index < 0 || index >= count || !TryHash(hash, out var leaf)) return false;
        var node = Leaf(leaf);
        long position = index, last = count - 1;
        foreach (var step in proof)
        {
            if (last == 0 || !TryHash(step, out var sibling)) return false;
            if ((position & 1) == 1 || position == last)
            {
                node = Node(sibling, node);
                // A node without a right sibling moves up unchanged until it is itself a right child.
                while ((position & 1) == 0 && position != 0) (position, last) = (position >> 1, last >> 1);
            }
            else
            {
                node = Node(node, sibling);
            }

            (position, last) = (position >> 1, last >> 1);
        }

        return last == 0 && Convert.ToHexStringLower(node) == root;
    }

    private static string RangeRoot(IReadOnlyList<string> hashes, int from, int to)
    {
        var tree = new MerkleTree();
        for (var i = from; i < to; i++) tree.Add(hashes[i]);
        return tree.Root();
    }

    private static bool TryHash(string hex, out byte[] hash)
    {
        hash = new byte[32];
        return hex.Length == 64 && Convert.FromHexString(hex, hash, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private static byte[] Leaf(ReadOnlySpan<byte> hash)
    {
        Span<byte> input = stackalloc byte[33];
        input[0] = 0;
        hash.CopyTo(input[1..]);
        return SHA256.HashData(input);
    }

    private static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[65];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[33..]);
        return SHA256.HashData(input);
    }
}
