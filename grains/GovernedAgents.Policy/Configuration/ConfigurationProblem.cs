namespace GovernedAgents.Policy.Configuration;

/// <summary>A file as the host read it.</summary>
/// <param name="Path">As it is to be named in problems.</param>
public sealed record ConfigurationFile(string Path, string Text);

/// <summary>What is wrong, where (line and column from 1), what was read and what is accepted.</summary>
public sealed record ConfigurationProblem(string File, int Line, int Column, string Message)
{
    /// <summary><c>file:line:column: message</c>, the form that editors and terminals recognise.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}
