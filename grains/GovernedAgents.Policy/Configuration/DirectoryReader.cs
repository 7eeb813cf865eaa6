namespace GovernedAgents.Policy.Configuration;

internal static class DirectoryReader
{
    public static DirectoryDefinition? Read(DocumentHeader header, ProblemList problems)
    {
        var spec = new Fields(header.Spec, "spec", problems);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var accounts = new Dictionary<PersonAccount, string>();
        var persons = spec.Many("persons", (n, _) => Person(n, ids, accounts, problems), required: true, mayBeEmpty: true, single: false);
        spec.Close();
        return persons is null ? null : new DirectoryDefinition { Name = header.Name, Persons = persons };
    }

    private static PersonDefinition? Person(ConfigNode node, HashSet<string> ids, Dictionary<PersonAccount, string> accounts, ProblemList problems)
    {
        var fields = new Fields(node, "person", problems);
        var id = Spellings.PersonId(fields.Node("id", required: true), "person.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The person id '{id}' stands twice. Keep one entry and put all its accounts there.");
        var own = fields.Many("accounts", (n, l) => Account(n, l, id ?? "", accounts, problems), required: true, single: false);
        var groups = fields.Many("groups", (n, l) => Spellings.GroupName(n, l, problems), mayBeEmpty: true);
        var disabled = fields.Truth("disabled") ?? false;
        fields.Close();
        return id is null ? null : new PersonDefinition { Id = id, Accounts = own ?? [], Groups = groups ?? [], Disabled = disabled };
    }

    private static PersonAccount? Account(ConfigNode node, string label, string person, Dictionary<PersonAccount, string> accounts, ProblemList problems)
    {
        var fields = new Fields(node, label, problems);
        var issuer = fields.Text("iss", required: true);
        var subject = fields.Text("sub", required: true);
        fields.Close();
        if (issuer is null || subject is null) return null;
        var account = new PersonAccount(issuer, subject);
        // INVARIANT (one person, one vote): an account never stands for two people.
        if (!accounts.TryAdd(account, person))
            problems.Add(node.At, $"The account {YamlSource.Quote(subject)} of {YamlSource.Quote(issuer)} already belongs to '{accounts[account]}'. An account is one person's.");
        return account;
    }
}
