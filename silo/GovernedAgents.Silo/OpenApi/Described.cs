using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.OpenApi;

/// <summary>The request's body for the description only. (ASP.NET Core's own metadata would answer 415 before anybody has signed in.)</summary>
public sealed record TakesBody(Type Type, bool Optional);

/// <summary>Query parameters of a list beside limit and cursor.</summary>
public sealed record TakesPage(IReadOnlyList<string> Filters, bool Paged);
