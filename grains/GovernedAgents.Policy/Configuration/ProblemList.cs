using System.Collections;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Problems of one file, cut after many so that a broken file cannot bury the others.</summary>
internal sealed class ProblemList(string file) : IReadOnlyCollection<ConfigurationProblem>
{
    private const int Most = 200;
    private readonly List<ConfigurationProblem> _problems = [];

    public int Count => _problems.Count;

    public void Add(Position at, string message)
    {
        if (_problems.Count < Most) _problems.Add(new ConfigurationProblem(file, at.Line, at.Column, message));
        else if (_problems.Count == Most) _problems.Add(new ConfigurationProblem(file, at.Line, at.Column, "More problems follow in this file; repair these first."));
    }

    public IEnumerator<ConfigurationProblem> GetEnumerator() => _problems.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
