namespace GovernedAgents.Silo.Demo;

/// <summary>Prints the story and counts its checks: a step that cannot be shown true is printed as such and fails the demo.</summary>
internal sealed class Story(TextWriter output)
{
    public int Passed { get; private set; }
    public int Failed { get; private set; }

    public void Title(string text) => output.WriteLine($"\n{text}\n{new string('─', Math.Min(text.Length, 100))}");

    public void Tell(string text) => output.WriteLine($"  {text}");

    public void Check(bool holds, string text)
    {
        if (holds) Passed++;
        else Failed++;
        output.WriteLine($"  {(holds ? "✓" : "✗ NOT TRUE:")} {text}");
    }

    public void Record(string text) => output.WriteLine($"      audit  {text}");

    public void Total()
    {
        Title("The end");
        Tell($"{Passed} statements checked and true, {Failed} not.");
    }
}
