namespace GovernedAgents.Silo.Demo;

/// <summary>The demo's own folder: made anew each time, never over anything that is not a demo's.</summary>
internal sealed record DemoFolder(string Root)
{
    private const string Marker = ".governedagents-demo";

    public string Data => Path.Combine(Root, "silo");
    public string Config => Path.Combine(Root, "config");
    /// <summary>The cloud that the ungoverned agent works on.</summary>
    public string OpenCloud => Path.Combine(Root, "cloud-ungoverned");
    /// <summary>The cloud behind the gate.</summary>
    public string GuardedCloud => Path.Combine(Root, "cloud-governed");
    public static string ToolServer => Path.Combine(AppContext.BaseDirectory, "samples", "CostExplorerTools", "CostExplorerTools.dll");

    /// <exception cref="IOException">The folder holds something else, or another demo is running in it.</exception>
    public static DemoFolder Prepare(string root)
    {
        if (Directory.Exists(root))
        {
            if (!File.Exists(Path.Combine(root, Marker)))
                throw new IOException($"'{root}' exists and was not made by the demo. Move it away, or start in another folder.");
            var lockFile = Path.Combine(root, "silo", "lock");
            if (File.Exists(lockFile)) new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            Directory.Delete(root, recursive: true);
        }

        var folder = new DemoFolder(root);
        Directory.CreateDirectory(folder.Config);
        File.WriteAllText(Path.Combine(root, Marker), "This folder is made anew each time the demo starts.\n");
        return folder;
    }

    /// <summary>Lays out the files that come with the program in this folder of <c>Demo</c>, places filled in.</summary>
    public void Configure(string name, params ReadOnlySpan<(string Mark, string Value)> places)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Demo", name), "*.yaml"))
        {
            var text = File.ReadAllText(file);
            foreach (var (mark, value) in places) text = text.Replace(mark, Quoted(value), StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(Config, Path.GetFileName(file)), text);
        }
    }

    private static string Quoted(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
