using System.Security.Cryptography;
using GovernedAgents.Silo.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Identity;

/// <summary>Two schemes, people and sessions, chosen by the token's still unverified <c>iss</c>; each verifies with its own keys, issuer and audience.</summary>
public static class IdentitySetup
{
    private const string Choose = "bearer", Person = "person", Session = "session";
    public const string LocalIssuer = "governedagents-local";

    /// <summary>How soon a provider that could not be reached, or that did not have a token's key, may be asked again.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);

    public static void AddGovernanceIdentity(this IServiceCollection services, GovernanceOptions options)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s => new SessionTokens(Path.Combine(options.KeysPath, "session-token.pem"), s.GetRequiredService<TimeProvider>()));
        services.AddAuthentication(Choose)
            .AddPolicyScheme(Choose, null, o => o.ForwardDefaultSelector = http => IssuerOf(http) == SessionTokens.Issuer ? Session : Person)
            .AddJwtBearer(Person, _ => { })
            .AddJwtBearer(Session, _ => { });

        services.AddOptions<JwtBearerOptions>(Person).Configure<TimeProvider, ILogger<JwksFile>>((bearer, time, logger) =>
        {
            var keys = Common(bearer, time, options.Identity.ClockSkew, context => Callers.FromPersonToken((JsonWebToken)context.SecurityToken));
            keys.ValidAudience = options.Identity.Audience;
            if (options.Identity.Authority is { } authority)
            {
                bearer.Authority = authority;
                bearer.RequireHttpsMetadata = new Uri(authority).Scheme == Uri.UriSchemeHttps;
                bearer.RefreshOnIssuerKeyNotFound = true;
                bearer.RefreshInterval = AskAgainAfter;
                bearer.Events.OnAuthenticationFailed = NoteUnavailableAsync;
                if (options.Identity.Issuer is { } issuer) keys.ValidIssuer = issuer;
            }
            else if (options.Identity.JwksPath is { } path)
            {
                var jwks = new JwksFile(path, logger);
                if (jwks.Keys.Count == 0) throw new SettingsException([$"Governance:Identity:JwksPath '{path}' cannot be read or holds no usable key: nobody could sign in."]);
                keys.ValidIssuer = options.Identity.Issuer;
                keys.IssuerSigningKeyResolver = (_, _, kid, _) => Matching(jwks.Keys, kid);
            }
            else
            {
                var local = new JsonWebKeySetOfOne(KeyFile.LoadOrCreate(Path.Combine(options.KeysPath, "local-identity.pem")));
                keys.ValidIssuer = LocalIssuer;
                keys.IssuerSigningKeyResolver = (_, _, kid, _) => Matching(local.Keys, kid);
            }
        });
        // By default keys that the provider has withdrawn would be tried for an hour more.
        services.PostConfigure<JwtBearerOptions>(Person, bearer =>
        {
            if (bearer.ConfigurationManager is BaseConfigurationManager provider) provider.UseLastKnownGoodConfiguration = false;
        });
        services.AddOptions<JwtBearerOptions>(Session).Configure<TimeProvider, SessionTokens>((bearer, time, tokens) =>
        {
            // No skew: the silo both issues and judges it.
            var keys = Common(bearer, time, TimeSpan.Zero, context => Callers.FromSessionToken((JsonWebToken)context.SecurityToken));
            (keys.ValidIssuer, keys.ValidAudience, keys.IssuerSigningKey) = (SessionTokens.Issuer, SessionTokens.Audience, tokens.VerificationKey);
            keys.ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256];
        });

        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessProblems>();
        services.AddSingleton<IAuthorizationHandler, AccessRequirement>();
        var policy = new AuthorizationPolicyBuilder(Choose).AddRequirements(new AccessRequirement()).Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(policy).SetFallbackPolicy(policy);
    }

    /// <summary>Reads keys now, so that a host nobody could sign in to does not start.</summary>
    /// <exception cref="SettingsException">The JWKS file cannot be used.</exception>
    public static void VerifyIdentity(this IServiceProvider services)
    {
        var schemes = services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>();
        _ = (schemes.Get(Person), schemes.Get(Session));
    }

    private static TokenValidationParameters Common(JwtBearerOptions bearer, TimeProvider time, TimeSpan skew, Func<TokenValidatedContext, Caller?> callerOf)
    {
        bearer.MapInboundClaims = false;
        bearer.SaveToken = false;
        bearer.IncludeErrorDetails = false;
        bearer.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                if (callerOf(context) is { } caller) context.HttpContext.Features.Set(caller);
                else context.Fail("The token names no subject.");
                return Task.CompletedTask;
            },
        };
        return bearer.TokenValidationParameters = new TokenValidationParameters
        {
            // Named, never "whatever the header says": no `none`, and no HS* that a public key could be mistaken for.
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuer = true,
            ValidateAudience = true,
            ValidateIssuerSigningKey = true,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (notBefore, expires, _, _) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                return expires is { } until && now < until + skew && (notBefore is not { } from || now >= from - skew);
            },
        };
    }

    /// <summary>Nobody can say whose token it is before the provider has once been reached: that is no fault of the token.</summary>
    private static async Task NoteUnavailableAsync(AuthenticationFailedContext context)
    {
        try
        {
            if (context.Options.ConfigurationManager is { } provider) await provider.GetConfigurationAsync(context.HttpContext.RequestAborted);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            context.HttpContext.Features.Set(new IdentityUnavailable());
            context.Fail(fault);
        }
    }

    /// <summary>A token that names a key is judged by that key only; one that names none, by those there are.</summary>
    private static IEnumerable<SecurityKey> Matching(IReadOnlyList<SecurityKey> keys, string? kid) =>
        string.IsNullOrEmpty(kid) ? keys : keys.Where(k => k.KeyId == kid);

    private static string? IssuerOf(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return null;
        try { return new JsonWebToken(header[scheme.Length..].Trim()).Issuer; }
        catch (ArgumentException) { return null; }
    }

    private sealed class JsonWebKeySetOfOne
    {
        public JsonWebKeySetOfOne(ECDsa key)
        {
            var security = new ECDsaSecurityKey(key);
            security.KeyId = Base64UrlEncoder.Encode(security.ComputeJwkThumbprint());
            Keys = [security];
        }

        public IReadOnlyList<SecurityKey> Keys { get; }
    }
}
