using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Client.Http;
using Spectre.Console;

namespace GovernedAgents.Cli.Terminal;

/// <summary>Writes answers in the asked format. Tables are for people; the others hold every member, escaped to plain ASCII.</summary>
internal sealed class Output(GovHost host, OutputFormat format)
{
    // The default encoder escapes all but basic Latin: nothing from the server reaches the terminal as a control sequence.
    private static readonly JsonSerializerOptions Indented = new(WireJson.Options) { WriteIndented = true };

    public bool IsTable => format == OutputFormat.Table;

    /// <summary>A list: an array in JSON and YAML, one object a line in JSON Lines.</summary>
    public void List<T>(IReadOnlyList<T> items, params ReadOnlySpan<(string Title, Func<T, string?> Cell)> columns)
    {
        switch (format)
        {
            case OutputFormat.Table: Table(items, columns); break;
            case OutputFormat.Jsonl: foreach (var item in items) host.Out.WriteLine(JsonSerializer.Serialize(item, WireJson.Options)); break;
            default: Write(JsonSerializer.SerializeToNode(items, WireJson.Options)); break;
        }
    }

    /// <summary>One thing: titled lines in a table, else its JSON.</summary>
    public void One<T>(T item, params ReadOnlySpan<(string Title, string? Cell)> lines)
    {
        if (format == OutputFormat.Table)
        {
            var width = 0;
            foreach (var (title, _) in lines) width = Math.Max(width, title.Length);
            foreach (var (title, cell) in lines)
                if (!string.IsNullOrEmpty(cell)) Line($"{title.PadRight(width)}  {cell}");
        }
        else if (format == OutputFormat.Jsonl) host.Out.WriteLine(JsonSerializer.Serialize(item, WireJson.Options));
        else Write(JsonSerializer.SerializeToNode(item, WireJson.Options));
    }

    /// <summary>Problems of files: <c>file:line:column: message</c>, the form that editors and terminals recognise, else as a list.</summary>
    public void Findings(IReadOnlyList<Commands.Finding> findings)
    {
        if (format != OutputFormat.Table) List(findings);
        else foreach (var one in findings) Line($"{one.File}:{one.Line}:{one.Column}: {(one.Severity == "warning" ? "warning: " : "")}{one.Message}");
    }

    /// <summary>One line, made harmless.</summary>
    public void Line(string text = "") => host.Out.WriteLine(SafeText.Visible(text));

    /// <summary>A remark that does not belong to the answer.</summary>
    public void Note(string text) => host.Error.WriteLine(SafeText.Visible(text));

    private void Write(JsonNode? node) => host.Out.WriteLine(format == OutputFormat.Yaml ? YamlText.Of(node) : node?.ToJsonString(Indented) ?? "null");

    private void Table<T>(IReadOnlyList<T> items, ReadOnlySpan<(string Title, Func<T, string?> Cell)> columns)
    {
        if (items.Count == 0)
        {
            host.Error.WriteLine("Nothing to show.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        foreach (var (title, _) in columns) table.AddColumn(new TableColumn(new Text(title)).NoWrap());
        foreach (var item in items)
        {
            var cells = new Text[columns.Length];
            for (var at = 0; at < cells.Length; at++) cells[at] = new Text(SafeText.Visible(columns[at].Cell(item)));
            table.AddRow(cells);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(host.Out),
        });
        // An id that is folded or cut cannot be copied; terminals wrap or scroll by themselves.
        console.Profile.Width = 400;
        console.Write(table);
    }
}
