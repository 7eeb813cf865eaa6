using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Answers;

/// <summary>What of an answer an agent never sees: values that the model marks sensitive, and credentials that it does not mark.</summary>
internal static class Blot
{
    public const string Mark = "[sensitive: not shown]";
    private static readonly string[] Credentials = ["SecretAccessKey", "SessionToken", "Password", "PasswordData", "KeyMaterial", "PrivateKey", "Plaintext", "PrivateKeyPlaintext", "AuthorizationToken"];

    public static bool Hides(Shape shape, string name) => shape.Sensitive || (shape.Type is "string" or "blob" && Credentials.Contains(name));
}
