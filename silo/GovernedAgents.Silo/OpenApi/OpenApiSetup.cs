using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace GovernedAgents.Silo.OpenApi;

/// <summary>The description of the API, OpenAPI 3.1, and a page to browse it. Both say nothing that a token protects.</summary>
public static class OpenApiSetup
{
    private const string Scheme = "bearer";

    public static void AddGovernanceOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "GovernedAgents", Version = "1", Description = "The gate between AI agents and the cloud: every call gets a durable, explainable decision." };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "A person's token (RS256 or ES256), or a session's own token where the operation admits sessions.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeAsync);
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type == typeof(RawJson)) { schema.Type = null; schema.Properties?.Clear(); schema.Required?.Clear(); schema.Description = "Any JSON value."; }
            else if (type == typeof(TimeSpan)) { schema.Type = JsonSchemaType.String; schema.Format = "duration"; schema.Pattern = null; }
            else if (type == typeof(DateTimeOffset)) { schema.Type = JsonSchemaType.String; schema.Format = "date-time"; }
            return Task.CompletedTask;
        });
    });

    public static void MapDescription(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes.MapScalarApiReference("/docs", scalar =>
        {
            scalar.WithTitle("GovernedAgents API").WithOpenApiRoutePattern("/openapi/{documentName}.json").DisableDefaultFonts();
        }).AllowAnonymous();
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AccessRuleAttribute>().LastOrDefault() is { } rule)
        {
            operation.Description = $"Admits: {string.Join(", ", Enum.GetValues<Access>().Where(a => int.IsPow2((int)a) && rule.Admits.HasFlag(a)).Select(a => a.ToString().ToLowerInvariant()))}.";
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
        }
        operation.Parameters ??= [];
        if (metadata.OfType<TakesBody>().LastOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !body.Optional,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(body.Type, null, cancellation) } },
            };
        }
        foreach (var query in metadata.OfType<TakesPage>())
        {
            foreach (var filter in query.Filters) operation.Parameters.Add(Query(filter, JsonSchemaType.String));
            operation.Parameters.Add(Query("limit", JsonSchemaType.Integer));
            operation.Parameters.Add(Query("cursor", JsonSchemaType.String));
        }
        switch (context.Description.HttpMethod, "/" + context.Description.RelativePath)
        {
            case ("POST", "/v1/sessions"):
                operation.Parameters.Add(Header("Idempotency-Key", true, "1 to 255 visible ASCII characters; a repeat answers what the first made."));
                break;
            case ("POST", "/v1/calls"):
                operation.Parameters.Add(Header("Idempotency-Key", true, "1 to 255 visible ASCII characters; a repeat never has a second effect."));
                operation.Parameters.Add(Header("Prefer", false, "wait=N, 0 to 60 seconds, default 10: bounds how long the answer may take."));
                break;
            case ("GET", "/v1/calls/{id}"):
                operation.Parameters.Add(Header("If-None-Match", false, "The ETag of the call as it is known."));
                operation.Parameters.Add(Header("Prefer", false, "wait=N with If-None-Match: holds until the call changes."));
                break;
            case ("POST", "/v1/approvals/{id}/votes"):
                operation.Parameters.Add(Header("If-Match", true, "The ETag of the approval as it was shown: exactly one strong tag."));
                break;
        }
    }

    private static OpenApiParameter Query(string name, JsonSchemaType type) => new() { Name = name, In = ParameterLocation.Query, Schema = new OpenApiSchema { Type = type } };

    private static OpenApiParameter Header(string name, bool required, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Required = required, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
