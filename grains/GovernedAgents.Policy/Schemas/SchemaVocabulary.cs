namespace GovernedAgents.Policy.Schemas;

/// <summary>The keywords that a tool's schema may use; names that begin with <c>x-</c> are annotations too.</summary>
public static class SchemaVocabulary
{
    public const string Draft202012 = "https://json-schema.org/draft/2020-12/schema";
    public const string Draft07 = "http://json-schema.org/draft-07/schema";

    /// <summary>Keywords that are checked, or that name and hold schemas.</summary>
    public static IReadOnlySet<string> Checked { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "type", "enum", "const",
        "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "minLength", "maxLength", "pattern",
        "minItems", "maxItems", "uniqueItems", "prefixItems", "items", "contains", "minContains", "maxContains",
        "minProperties", "maxProperties", "required", "properties", "patternProperties", "additionalProperties", "propertyNames",
        "dependentRequired", "dependentSchemas",
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "$schema", "$id", "$ref", "$anchor", "$defs", "definitions"
    };

    /// <summary>Keywords that say something to people and demand nothing; <c>format</c> is one, as the dialect has it by default.</summary>
    public static IReadOnlySet<string> Annotations { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "format", "deprecated", "readOnly", "writeOnly", "$comment",
        "contentEncoding", "contentMediaType", "contentSchema"
    };

    /// <summary>Keywords that draft-07 does not know: it would ignore them where 2020-12 checks them.</summary>
    internal static IReadOnlySet<string> UnknownToDraft07 { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "prefixItems", "minContains", "maxContains", "dependentRequired", "dependentSchemas", "$anchor"
    };

    internal static bool IsAnnotation(string keyword) => Annotations.Contains(keyword) || keyword.StartsWith("x-", StringComparison.Ordinal);
}
