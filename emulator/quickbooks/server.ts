import { randomBytes } from 'node:crypto';
import type { World } from '../core/control.ts';
import { header, json } from '../core/http.ts';
import type { EmulatorRequest, Layer, PlatformServer, Reply, Route } from '../core/http.ts';
import { AuthorizationServer, authorizationRoutes, bearerOf } from '../core/oauth.ts';
import type { RefreshLeft } from '../core/oauth-options.ts';
import { jwks } from '../core/oauth-jwt.ts';
import { AccountingApi } from './api.ts';
import { defaultOptions } from './options.ts';
import type { QuickBooksOptions } from './options.ts';

const paths = {
  authorize: '/connect/oauth2',
  token: '/oauth2/v1/tokens/bearer',
  revoke: '/v2/oauth2/tokens/revoke',
};

const dayMs = 86_400_000;
const hardExpiryHeader = 'x-include-refresh-token-hard-expires-in';

const scopes = [
  'openid',
  'email',
  'profile',
  'address',
  'phone',
  'com.intuit.quickbooks.accounting',
  'com.intuit.quickbooks.payment',
];

/** QuickBooks as a server. `options` may be changed while it runs, but for those of authorization. */
export interface QuickBooksServer extends PlatformServer {
  options: QuickBooksOptions;
}

/**
 * The emulated QuickBooks Online: Intuit's authorize, token, revoke and discovery endpoints and the accounting API
 * at /v3/company/{realm}, all on one address. `options` says what differs from `defaultOptions`.
 */
export function createQuickBooksServer(
  world: World & { options?: Partial<QuickBooksOptions> },
): QuickBooksServer {
  // The consent settings are the caller's own object, so that a test can change its mind while the server runs.
  const options = { ...defaultOptions, ...world.options };
  const oauth = authorizationServer(world, options);
  const api = new AccountingApi(world, options, oauth);
  return {
    name: 'quickbooks',
    options,
    routes: [...authorizationRoutes(oauth, paths), ...identityRoutes(world, oauth), ...api.routes()],
    layers: [traced],
    notFound: () => json(404, { message: 'Not Found' }),
  };
}

function authorizationServer(world: World, options: QuickBooksOptions): AuthorizationServer {
  return new AuthorizationServer({
    world,
    platform: 'quickbooks',
    clients: options.clients,
    consent: options.consent,
    companiesPerConsent: 'one',
    accessMs: 3_600_000,
    refreshMs: 100 * dayMs,
    hardRefreshMs: 5 * 365 * dayMs,
    rotate: options.refreshRotation,
    graceMs: options.refreshGraceMs,
    reuseRevokes: options.refreshReuseRevokes,
    issuer,
    scopeFault: (scope) => {
      const unknown = scope.split(' ').filter((one) => !scopes.includes(one));
      return unknown.length === 0 ? undefined : `Invalid scope ${unknown.join(' ')}`;
    },
    extraRedirect: ([realmId = '']) => ({ realmId }),
    extraToken: (_grant, refresh, request) => ({
      token_type: 'bearer',
      ...(refresh === null ? {} : expiries(refresh, header(request, hardExpiryHeader) === 'true')),
    }),
  });
}

/** The absolute end is told only to clients that ask for it by a header. */
function expiries({ leftMs, hardLeftMs }: RefreshLeft, hard: boolean): Record<string, number> {
  return {
    x_refresh_token_expires_in: Math.round(leftMs / 1000),
    ...(hard && hardLeftMs !== null
      ? { x_refresh_token_hard_expires_in: Math.round(hardLeftMs / 1000) }
      : {}),
  };
}

function issuer(origin: string): string {
  return `${origin}/op/v1`;
}

function identityRoutes(world: World, oauth: AuthorizationServer): Route[] {
  const get = (pattern: string, handler: Route['handler']): Route => ({ method: 'GET', pattern, handler });
  return [
    get('/.well-known/openid_configuration', discovery),
    get('/.well-known/openid_sandbox_configuration', discovery),
    get('/op/v1/jwks', () => json(200, jwks(world.state))),
    get('/v1/openid_connect/userinfo', (request) => userInfo(request, oauth)),
  ];
}

function userInfo(request: EmulatorRequest, oauth: AuthorizationServer): Reply {
  const grant = oauth.check(bearerOf(request) ?? '');
  if (!grant) return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
  return json(200, { sub: grant.subject, email: 'owner@example.com', emailVerified: true });
}

/** Intuit's discovery document with this server's addresses. */
function discovery({ origin }: EmulatorRequest): Reply {
  return json(200, {
    issuer: issuer(origin),
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    userinfo_endpoint: `${origin}/v1/openid_connect/userinfo`,
    revocation_endpoint: origin + paths.revoke,
    jwks_uri: `${origin}/op/v1/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: scopes.slice(0, 5),
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: ['aud', 'exp', 'iat', 'iss', 'realmid', 'sub'],
  });
}

/** Every reply of Intuit carries a trace id for its support. */
const traced: Layer = async (_request, next) => {
  const reply = await next();
  const id = `1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')}`;
  return { ...reply, headers: { intuit_tid: id, 'cache-control': 'no-cache, no-store', ...reply.headers } };
};
