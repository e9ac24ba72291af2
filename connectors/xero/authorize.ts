import { companyId, HoldfastError } from '../../src/domain/index.ts';
import type { Authorizer, ConnectedCompany, Grant, TokenSet } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { badReply } from '../kit/errors.ts';
import { Http } from '../kit/http.ts';
import { Limiter } from '../kit/limiter.ts';
import { OAuth } from '../kit/oauth.ts';
import { checked } from '../kit/rows.ts';
import type { XeroConfig } from './config.ts';
import { readFault, xeroLimits } from './faults.ts';
import { wireConnections, wireOrganisation } from './wire.ts';

const DAY_MS = 86_400_000;
/** A refresh token that is not used ends after 60 days. */
const REFRESH_LIFE_MS = 60 * DAY_MS;
/** Scopes that make no sense without a user: custom connections are refused when they ask for them. */
const USER_SCOPES = /^(offline_access|openid|profile|email)$/;

/** The OAuth side of Xero: one consent may cover several organisations (GET /connections). */
export function createXeroAuthorizer(config: XeroConfig, deps: ConnectorDeps): Authorizer {
  const oauth = new OAuth(
    {
      issuer: config.identityUrl,
      authorizeUrl: `${config.loginUrl}/identity/connect/authorize`,
      tokenUrl: `${config.identityUrl}/connect/token`,
      revokeUrl: `${config.identityUrl}/connect/revocation`,
      clientId: config.clientId,
      clientSecret: config.clientSecret,
      scope: config.scopes,
      refreshLifeMs: REFRESH_LIFE_MS,
    },
    deps,
  );
  const http = (tokens: TokenSet): Http => consentHttp(config, tokens, deps);
  return {
    begin: (redirectUri) => oauth.begin(redirectUri),
    refresh: (tokens) => oauth.refresh(tokens),
    async complete(pending, callbackUrl): Promise<Grant> {
      const tokens = await oauth.complete(pending, callbackUrl);
      return { tokens, companies: await companiesOf(http(tokens), consentEvent(tokens.accessToken)) };
    },
    async clientCredentials(): Promise<Grant> {
      if (config.clientSecret === '') throw noSecret();
      const scopes = config.scopes.split(/\s+/).filter((scope) => !USER_SCOPES.test(scope));
      const tokens = await oauth.clientCredentials(scopes.join(' '));
      return { tokens, companies: await customConnection(http(tokens)) };
    },
    async revoke(tokens, company, lastCompany): Promise<void> {
      if (tokens.refreshToken !== null && lastCompany) await oauth.revoke(tokens.refreshToken);
      else if (tokens.grant === 'authorization-code') await disconnect(http(tokens), company);
    },
  };
}

function consentHttp(config: XeroConfig, tokens: TokenSet, deps: ConnectorDeps): Http {
  return new Http({
    apiUrl: config.apiUrl,
    ...deps,
    limiter: new Limiter(xeroLimits(config)),
    accessToken: async () => Promise.resolve(tokens.accessToken),
    readFault,
    headers: {},
    secrets: [],
    forbid: ({ method, path }) =>
      method === 'DELETE' && !/^\/connections\/[^/]+$/.test(path) ? `DELETE ${path} is never sent.` : null,
  });
}

async function connections(
  http: Http,
  authEventId?: string,
): Promise<ReturnType<typeof wireConnections.parse>> {
  const reply = await http.send({
    method: 'GET',
    path: '/connections',
    query: { authEventId },
    kind: 'read',
    expect: 'json',
  });
  const parsed = wireConnections.safeParse(reply.json);
  if (!parsed.success) throw badReply('GET /connections', 'it is no list of connections', reply.status);
  return parsed.data;
}

/** The organisations of this consent; practices are not companies. */
async function companiesOf(http: Http, authEventId?: string): Promise<ConnectedCompany[]> {
  const rows = await connections(http, authEventId);
  return rows
    .filter((row) => (row.tenantType ?? 'ORGANISATION').toUpperCase() === 'ORGANISATION')
    .map((row) => ({ companyId: companyId(row.tenantId), name: row.tenantName ?? '' }));
}

/** A custom connection has one organisation, which /connections may not list: then its own id is the company's. */
async function customConnection(http: Http): Promise<ConnectedCompany[]> {
  const listed = await companiesOf(http);
  if (listed.length > 0) return listed;
  const reply = await http.send({
    method: 'GET',
    path: '/api.xro/2.0/Organisation',
    kind: 'read',
    expect: 'json',
  });
  const rows: unknown = Reflect.get(Object(reply.json), 'Organisations');
  const wire = checked(wireOrganisation, Array.isArray(rows) ? rows[0] : undefined);
  return [{ companyId: companyId(wire.OrganisationID ?? ''), name: wire.Name }];
}

/** DELETE /connections/{id} for one organisation; the tokens live on for the others. */
async function disconnect(http: Http, company: string): Promise<void> {
  const row = (await connections(http)).find((one) => one.tenantId === company);
  if (row === undefined) return;
  await http.send({
    method: 'DELETE',
    path: `/connections/${encodeURIComponent(row.id)}`,
    kind: 'write',
    expect: 'none',
  });
}

/** The consent's id in the access token (a JWT): only the organisations chosen this time are wanted. */
function consentEvent(accessToken: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    const event: unknown = Reflect.get(Object(claims), 'authentication_event_id');
    return typeof event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

function noSecret(): HoldfastError {
  return new HoldfastError('CONFIG_INCOMPLETE', 'A custom connection needs XERO_CLIENT_SECRET.', {
    kind: 'config',
  });
}
