import type { World } from '../core/control.ts';
import { json } from '../core/http.ts';
import type { EmulatorRequest, Reply, Route } from '../core/http.ts';
import { signJwt, jwks } from '../core/oauth-jwt.ts';
import type { ConnectionRow } from '../core/oauth-store.ts';
import { AuthorizationServer, authorizationRoutes, bearerOf } from '../core/oauth.ts';
import type { AccessGrant, ConsentSettings, OAuthClient } from '../core/oauth.ts';
import { refused } from './envelope.ts';
import { guid } from './ids.ts';
import type { Organisations } from './organisation.ts';
import type { XeroQuirks } from './quirks.ts';
import { allScopes, scopeFault } from './scopes.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Xero's authorization server: 30 minutes, 60 days, rotation at every refresh with half an hour of grace. */
export function xeroAuthorization(
  world: World,
  quirks: XeroQuirks,
  options: { clients: OAuthClient[]; consent: ConsentSettings },
): AuthorizationServer {
  return new AuthorizationServer({
    world,
    platform: 'xero',
    ...options,
    companiesPerConsent: 'many',
    accessMs: 30 * minuteMs,
    refreshMs: 60 * dayMs,
    rotate: 'always',
    graceMs: quirks.refreshGrace ? 30 * minuteMs : 0,
    reuseRevokes: !quirks.refreshGrace,
    refreshNeedsScope: true,
    clientCredentials: true,
    revokeDisconnects: true,
    scopeFault: (scope) => scopeFault(scope, quirks.broadScopes),
    accessToken: (grant, request) => accessToken(world, grant, request),
    extraRedirect: (_companies, scope) => ({ scope, session_state: guid('session', scope) }),
    extraToken: (grant) => ({ scope: grant.scope }),
  });
}

/** Login, identity and the list of connections, as routes. */
export function identityRoutes(
  world: World,
  oauth: AuthorizationServer,
  organisations: Organisations,
): Route[] {
  return [
    ...authorizationRoutes(oauth, {
      authorize: '/identity/connect/authorize',
      token: '/connect/token',
      revoke: '/connect/revocation',
    }),
    { method: 'GET', pattern: '/.well-known/openid-configuration', handler: discovery },
    {
      method: 'GET',
      pattern: '/.well-known/openid-configuration/jwks',
      handler: () => json(200, jwks(world.state)),
    },
    {
      method: 'GET',
      pattern: '/connections',
      handler: (request) => connections(oauth, organisations, request),
    },
    { method: 'DELETE', pattern: '/connections/:id', handler: (request) => disconnect(oauth, request) },
  ];
}

function discovery(request: EmulatorRequest): Reply {
  const { origin } = request;
  return json(200, {
    issuer: origin,
    authorization_endpoint: `${origin}/identity/connect/authorize`,
    token_endpoint: `${origin}/connect/token`,
    revocation_endpoint: `${origin}/connect/revocation`,
    jwks_uri: `${origin}/.well-known/openid-configuration/jwks`,
    scopes_supported: allScopes(),
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
  });
}

function connections(
  oauth: AuthorizationServer,
  organisations: Organisations,
  request: EmulatorRequest,
): Reply {
  const grant = oauth.check(bearerOf(request) ?? '');
  if (!grant) return refused(401, 'AuthenticationUnsuccessful');
  const event = request.query.get('authEventId');
  const rows = oauth.store.connections(grant.clientId, grant.subject);
  const wanted = rows.filter((row) => event === null || row.eventId === event.toLowerCase());
  return json(
    200,
    wanted.map((row) => connection(row, organisations.find(row.companyId)?.served.company.name ?? '')),
  );
}

function connection(row: ConnectionRow, name: string): Record<string, string> {
  return {
    id: row.id,
    authEventId: row.eventId,
    tenantId: row.companyId,
    tenantType: 'ORGANISATION',
    tenantName: name,
    createdDateUtc: sevenDigits(row.createdMs),
    updatedDateUtc: sevenDigits(row.updatedMs),
  };
}

function sevenDigits(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 23)}0000`;
}

function disconnect(oauth: AuthorizationServer, request: EmulatorRequest): Reply {
  const grant = oauth.check(bearerOf(request) ?? '');
  if (!grant) return refused(401, 'AuthenticationUnsuccessful');
  const gone = oauth.store.disconnect(
    grant.clientId,
    grant.subject,
    (request.params['id'] ?? '').toLowerCase(),
  );
  return gone ? { status: 204 } : { status: 404 };
}

function accessToken(world: World, grant: AccessGrant, request: EmulatorRequest): string {
  const seconds = Math.floor(world.clock.nowMs() / 1000);
  return signJwt(world.state, {
    nbf: seconds,
    exp: seconds + 1800,
    iss: request.origin,
    aud: `${request.origin}/resources`,
    client_id: grant.clientId,
    ...(grant.kind === 'user' ? { sub: grant.subject, xero_userid: grant.subject } : {}),
    jti: guid('token', grant.eventId, String(process.hrtime.bigint())),
    authentication_event_id: grant.eventId,
    scope: grant.scope.split(' '),
  });
}
