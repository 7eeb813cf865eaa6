using System.Collections.Frozen;
using System.Security.Cryptography;

namespace GovernedAgents.Silo.Console.Assets;

/// <summary>Style, script and fonts, from the assembly itself: they are there wherever the silo is started from. An address carries the content's hash, so a browser keeps it for good.</summary>
public sealed class ConsoleAssets
{
    private const string Folder = ConsoleHost.Root + "/assets/";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["console.css"] = "text/css; charset=utf-8", ["console.js"] = "text/javascript; charset=utf-8", ["icon.svg"] = "image/svg+xml",
        ["plex-sans.woff2"] = "font/woff2", ["plex-mono.woff2"] = "font/woff2", ["plex-mono-strong.woff2"] = "font/woff2",
    };

    private readonly FrozenDictionary<string, (byte[] Bytes, string Address)> _assets = Read();

    public string this[string name] => _assets[name].Address;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Folder + "{version}/{name}", (ConsoleAssets assets, HttpContext http, string name) =>
    {
        if (!assets._assets.TryGetValue(name, out var asset) || http.Request.Path != asset.Address) return Results.NotFound();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, Types[name]);
    }).AllowAnonymous().ExcludeFromDescription();

    private static FrozenDictionary<string, (byte[], string)> Read()
    {
        var raw = Types.Keys.ToDictionary(name => name, Load);
        var found = raw.ToDictionary(asset => asset.Key, asset => (asset.Value, Address(asset.Key, asset.Value)));
        // The style names the fonts; their addresses go in before its own hash is taken.
        var style = System.Text.Encoding.UTF8.GetString(raw["console.css"]);
        foreach (var (name, (_, address)) in found.Where(asset => asset.Key.EndsWith(".woff2", StringComparison.Ordinal))) style = style.Replace($"url({name})", $"url({address})", StringComparison.Ordinal);
        var bytes = System.Text.Encoding.UTF8.GetBytes(style);
        found["console.css"] = (bytes, Address("console.css", bytes));
        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string Address(string name, byte[] bytes) => $"{Folder}{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6))}/{name}";

    private static byte[] Load(string name)
    {
        using var stream = typeof(ConsoleAssets).Assembly.GetManifestResourceStream("console/" + name) ?? throw new InvalidOperationException($"'{name}' is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
