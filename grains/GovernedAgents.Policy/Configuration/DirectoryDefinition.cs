using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Which accounts are one person, and that person's groups and standing.</summary>
public sealed record DirectoryDefinition
{
    public required string Name { get; init; }
    public required IReadOnlyList<PersonDefinition> Persons { get; init; }

    /// <summary><c>sha256:</c> + hex of the canonical form; computed at each read.</summary>
    public string Hash => DefinitionJson.HashOf(ToCanonicalJson());

    /// <summary>The person of this account, or null. O(accounts).</summary>
    public PersonDefinition? Find(string issuer, string subject) =>
        Persons.FirstOrDefault(p => p.Accounts.Any(a => a.Issuer == issuer && a.Subject == subject));

    /// <summary>RFC 8785 form of the document with every default written out.</summary>
    public string ToCanonicalJson() => DefinitionJson.Write("Directory", Name, null, new JsonObject
    {
        ["persons"] = new JsonArray([.. Persons.Select(p => new JsonObject
        {
            ["id"] = p.Id,
            ["accounts"] = new JsonArray([.. p.Accounts.Select(a => new JsonObject { ["iss"] = a.Issuer, ["sub"] = a.Subject })]),
            ["groups"] = DefinitionJson.List(p.Groups),
            ["disabled"] = p.Disabled,
        })]),
    });

    /// <exception cref="FormatException">Not a canonical Directory.</exception>
    public static DirectoryDefinition FromCanonicalJson(string json) => DefinitionJson.Read(json, "Directory", DirectoryReader.Read);
}

/// <summary>One human, by any of several accounts.</summary>
public sealed record PersonDefinition
{
    public required string Id { get; init; }
    public IReadOnlyList<PersonAccount> Accounts { get; init; } = [];
    /// <summary>Plain names: <c>sre</c>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
    public bool Disabled { get; init; }
}

public sealed record PersonAccount(string Issuer, string Subject);
