namespace GovernedAgents.Cli.Terminal;

/// <summary>How answers are written.</summary>
internal enum OutputFormat { Table, Json, Yaml, Jsonl }
