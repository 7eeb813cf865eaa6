using System.Security.Cryptography;
using GovernedAgents.Policy.Audit;
using Xunit;

namespace GovernedAgents.Journal.Tests;

public sealed class MerkleTreeTests
{
    private static string[] Hashes(int count) => [.. Enumerable.Range(0, count).Select(i => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(i))))];

    /// <summary>RFC 6962, section 2.1, as it is written there.</summary>
    private static byte[] Definition(ReadOnlySpan<string> hashes)
    {
        if (hashes.Length == 0) return SHA256.HashData([]);
        if (hashes.Length == 1) return SHA256.HashData([0, .. Convert.FromHexString(hashes[0])]);
        var k = 1;
        while (k * 2 < hashes.Length) k *= 2;
        return SHA256.HashData([1, .. Definition(hashes[..k]), .. Definition(hashes[k..])]);
    }

    [Fact]
    public void Root_IsTheOneOfTheDefinition_ForEverySize()
    {
        for (var size = 0; size <= 70; size++)
            Assert.Equal(Convert.ToHexStringLower(Definition(Hashes(size))), MerkleTree.Root(Hashes(size)));
    }

    [Fact]
    public void InclusionProof_VerifiesForItsLeafAlone()
    {
        for (var size = 1; size <= 40; size++)
        {
            var hashes = Hashes(size);
            var root = MerkleTree.Root(hashes);
            for (var index = 0; index < size; index++)
            {
                var proof = MerkleTree.InclusionProof(hashes, index);
                Assert.True(MerkleTree.VerifyInclusion(hashes[index], index, size, proof, root), $"{index} of {size}");
                Assert.False(MerkleTree.VerifyInclusion(hashes[index], index + 1, size, proof, root));
                Assert.False(MerkleTree.VerifyInclusion(root, index, size, proof, root));
                if (proof.Count > 0) Assert.False(MerkleTree.VerifyInclusion(hashes[index], index, size, [.. proof.Skip(1)], root));
                Assert.False(MerkleTree.VerifyInclusion(hashes[index], index, size, [.. proof, root], root));
            }
        }
    }
}
