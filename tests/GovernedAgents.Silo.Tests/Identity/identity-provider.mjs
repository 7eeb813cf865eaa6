// An OpenID provider that nobody here wrote (npm oidc-provider): people sign in with its forms, programs by client credentials. Access tokens are JWTs for the audience that is asked for.
// Arguments: port, file of its private keys (JWKS; the first one signs).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(`${process.env.NPM_MODULES}/oidc-provider/lib/index.js`));
const [port, keys] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;
const audiences = { 'https://governed.example/': 'governedagents', 'https://other.example/': 'another-service' };
// Who signs in is who they say; the part behind '-' is one of their accounts, of a person or a developer.
const claimsOf = sub => sub.startsWith('dana')
  ? { name: sub, roles: ['developer'], groups: ['developers'] }
  : sub === 'operations' ? { name: sub, roles: ['operator', 'auditor'], groups: ['ops'] } : { name: sub, roles: ['reviewer'], groups: ['sre'] };

const provider = new Provider(issuer, {
  jwks: JSON.parse(readFileSync(keys, 'utf8')),
  clients: [
    { client_id: 'console', client_secret: 'console-secret', redirect_uris: ['http://127.0.0.1:1/callback'], grant_types: ['authorization_code'], response_types: ['code'] },
    { client_id: 'operations', client_secret: 'operations-secret', redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
  ],
  cookies: { keys: ['only a test'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, ClientCredentials: 600, Session: 600, Grant: 600, Interaction: 600, IdToken: 600 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claimsOf(id) }) }),
  extraTokenClaims: (ctx, token) => ({ ...claimsOf(token.accountId ?? token.clientId), ...(ctx.oidc.entities.AuthorizationCode?.authTime && { auth_time: ctx.oidc.entities.AuthorizationCode.authTime }) }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({ scope: 'openid', audience: audiences[resource], accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
    },
  },
});
createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log(`listening on ${issuer}`));
