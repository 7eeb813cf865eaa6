using System.Globalization;
using System.Net;

namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>Where a process listens, as the kernel says.</summary>
internal static class ListeningPorts
{
    private const string Listening = "0A";

    public static IReadOnlyList<IPEndPoint> Of(int process)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(one => new FileInfo(one).LinkTarget).OfType<string>()
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target["socket:[".Length..^1]).ToHashSet();
        return [.. new[] { "tcp", "tcp6" }.SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field[3] == Listening && sockets.Contains(field[9])).Select(field => EndPointOf(field[1])).OrderBy(one => one.Port)];
    }

    /// <summary>Hexadecimal address in words of the machine's byte order, and port.</summary>
    private static IPEndPoint EndPointOf(string text)
    {
        var (address, port) = (Convert.FromHexString(text.Split(':')[0]), text.Split(':')[1]);
        for (var word = 0; word < address.Length; word += 4) Array.Reverse(address, word, 4);
        return new IPEndPoint(new IPAddress(address), int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
