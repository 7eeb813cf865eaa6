using System.Text;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Files to definitions: pure, total, and complete in what it reports.</summary>
public static class ConfigurationReader
{
    public const int LargestFileBytes = 1024 * 1024;

    /// <summary>Reads every document of every file. A set is answered only without any problem: a part of a configuration never runs.</summary>
    /// <param name="connectors">The kinds of connectors that there are; null where that is not known, and any name will do.</param>
    public static ConfigurationResult Read(IReadOnlyList<ConfigurationFile> files, IReadOnlyCollection<string>? connectors = null)
    {
        var gathered = new Gathered(connectors);
        foreach (var file in files)
        {
            var problems = gathered.ProblemsOf(file.Path);
            if (Encoding.UTF8.GetByteCount(file.Text) > LargestFileBytes)
            {
                problems.Add(new Position(1, 1), $"The file has {Encoding.UTF8.GetByteCount(file.Text)} bytes; at most {LargestFileBytes} are accepted. Split it.");
                continue;
            }

            foreach (var (root, text) in YamlSource.Read(file.Text, problems)) gathered.Take(root, text, file.Path, problems);
        }

        gathered.CheckReferences();
        gathered.CheckHosted();
        gathered.CheckQuorums();
        var all = gathered.AllProblems();
        var warnings = gathered.AllWarnings();
        return all.Count > 0 ? new ConfigurationResult { Problems = all, Warnings = warnings } : new ConfigurationResult { Set = gathered.ToSet(), Warnings = warnings };
    }

    private sealed class Gathered(IReadOnlyCollection<string>? connectors)
    {
        private readonly List<ProblemList> _problems = [];
        private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
        private readonly Dictionary<string, AgentDefinition> _agents = new(StringComparer.Ordinal);
        private readonly Dictionary<string, DirectoryDefinition> _directories = new(StringComparer.Ordinal);
        private readonly Dictionary<string, EnvironmentDefinition> _environments = new(StringComparer.Ordinal);
        private readonly Dictionary<string, PolicyDefinition> _policies = new(StringComparer.Ordinal);
        private readonly Dictionary<string, PolicyTestDefinition> _tests = new(StringComparer.Ordinal);
        private readonly List<(string Policy, Position At, ProblemList Problems)> _references = [];
        private readonly List<(AgentDefinition Agent, Position At, ProblemList Problems)> _hosted = [];
        private readonly List<(PolicyDefinition Policy, DocumentHeader Header, ProblemList Problems)> _quorums = [];
        private string? _directoryPlace;

        public ProblemList ProblemsOf(string file)
        {
            var list = new ProblemList(file);
            _problems.Add(list);
            return list;
        }

        public void Take(ConfigNode root, string text, string file, ProblemList problems)
        {
            if (root is ScalarNode { Kind: ScalarKind.Null }) return; // an empty document, as after a trailing '---'
            if (DocumentHeader.Read(root, problems) is not { } header) return;
            var key = $"{header.Kind}/{header.Name}";
            var place = $"{file}:{root.At.Line}";
            if (header.Name.Length > 0 && !_places.TryAdd(key, place))
                problems.Add(header.NameAt, $"{header.Kind} '{header.Name}' is defined twice; the first is at {_places[key]}. Keep one.");
            _sources[key] = text;
            switch (header.Kind)
            {
                case "Agent" when AgentReader.Read(header, problems) is { } agent:
                    _agents[header.Name] = agent;
                    _hosted.Add((agent, new Fields(header.Spec, "spec", problems).PlaceOf("hosted"), problems));
                    break;
                case "Directory":
                    if (_directoryPlace is not null) problems.Add(header.NameAt, $"A Directory is already defined at {_directoryPlace}. Put all persons into one.");
                    _directoryPlace ??= place;
                    if (DirectoryReader.Read(header, problems) is { } directory) _directories[header.Name] = directory;
                    break;
                case "Environment" when EnvironmentReader.Read(header, connectors, problems) is { } environment:
                    _environments[header.Name] = environment;
                    _references.Add((environment.Policy, new Fields(header.Spec, "spec", problems).PlaceOf("policy"), problems));
                    break;
                case "PolicyTest" when PolicyTestReader.Read(header, file, problems) is { } test:
                    _tests[header.Name] = test;
                    break;
                case "Policy" when PolicyReader.Read(header, problems) is { } policy:
                    _policies[header.Name] = policy;
                    _quorums.Add((policy, header, problems));
                    break;
            }
        }

        public void CheckReferences()
        {
            var known = string.Join(", ", _places.Keys.Where(k => k.StartsWith("Policy/", StringComparison.Ordinal)).Select(k => k[7..]).Order(StringComparer.Ordinal));
            foreach (var (policy, at, problems) in _references.Where(r => !_places.ContainsKey($"Policy/{r.Policy}")))
                problems.Add(at, $"spec.policy is '{policy}', but there is no Policy of that name. {(known.Length == 0 ? "No Policy was read." : $"Known: {known}.")}");
        }

        public void CheckHosted()
        {
            foreach (var (agent, at, problems) in _hosted.Where(h => h.Agent.Hosted is not null))
            {
                if (agent.Hosted!.Environment is { } environment && !_places.ContainsKey($"Environment/{environment}"))
                    problems.Add(at, $"spec.hosted.environment is '{environment}', but there is no Environment of that name.");
                foreach (var name in agent.Hosted.DelegatesTo.Where(name => _agents.GetValueOrDefault(name)?.Hosted is null))
                    problems.Add(at, $"spec.hosted.delegatesTo names '{name}', but there is no Agent of that name with spec.hosted.");
            }
        }

        /// <summary>With a directory it is known who there is: a quorum that its people cannot make holds every call until it expires.</summary>
        public void CheckQuorums()
        {
            if (_directories.Values.FirstOrDefault() is not { } directory) return;
            foreach (var (policy, header, problems) in _quorums)
                foreach (var (place, missing) in QuorumReach.Missing(policy, directory))
                    problems.Warn(new Fields(header.Spec, "spec", problems).PlaceOf(place), missing);
        }

        public List<ConfigurationProblem> AllProblems() => [.. _problems.SelectMany(p => p.OrderBy(x => x.Line).ThenBy(x => x.Column))];

        public List<ConfigurationProblem> AllWarnings() => [.. _problems.SelectMany(p => p.Warnings)];

        public ConfigurationSet ToSet() => new()
        {
            Agents = _agents,
            Directories = _directories,
            Environments = _environments,
            Policies = _policies,
            PolicyTests = _tests,
            Sources = _sources,
        };
    }
}
