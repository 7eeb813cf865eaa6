namespace GovernedAgents.Policy.Schemas;

/// <summary>A place in a JSON document, kept as a chain so that a pointer is written only when a fault needs it.</summary>
internal sealed class JsonPlace
{
    public static readonly JsonPlace Root = new(null, "");
    private readonly JsonPlace? parent;
    private readonly object token;

    private JsonPlace(JsonPlace? parent, object token)
    {
        this.parent = parent;
        this.token = token;
    }

    public JsonPlace Member(string name) => new(this, name);

    public JsonPlace Item(int index) => new(this, index);

    public static string Escape(string token) =>
        token.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The RFC 6901 pointer of this place.</summary>
    public override string ToString()
    {
        var tokens = new List<string>();
        for (var place = this; place.parent is not null; place = place.parent)
            tokens.Add(place.token is string name ? Escape(name) : place.token.ToString()!);
        tokens.Reverse();
        return string.Concat(tokens.Select(token => "/" + token));
    }
}
