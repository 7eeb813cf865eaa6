using System.Collections;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Problems of one file, cut after many so that a broken file cannot bury the others.</summary>
internal sealed class ProblemList(string file) : IReadOnlyCollection<ConfigurationProblem>
{
    private const int Most = 200;
    private readonly List<ConfigurationProblem> _problems = [];

    private readonly List<ConfigurationProblem> _warnings = [];

    public int Count => _problems.Count;

    /// <summary>What is accepted though it is probably not meant.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings => _warnings;

    public void Warn(Position at, string message)
    {
        if (_warnings.Count < Most) _warnings.Add(new ConfigurationProblem(file, at.Line, at.Column, message));
    }

    public void Add(Position at, string message)
    {
        if (_problems.Count < Most) _problems.Add(new ConfigurationProblem(file, at.Line, at.Column, message));
        else if (_problems.Count == Most) _problems.Add(new ConfigurationProblem(file, at.Line, at.Column, "More problems follow in this file; repair these first."));
    }

    public IEnumerator<ConfigurationProblem> GetEnumerator() => _problems.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
