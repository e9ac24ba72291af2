import { randomBytes, randomUUID } from 'node:crypto';
import { listCompanies } from './companies.ts';
import { formBody, header, jsonBody, text } from './http.ts';
import type { EmulatorRequest, Reply, Route } from './http.ts';
import { consentPage, errorPage } from './oauth-consent.ts';
import type { AccessGrant, AuthorizationOptions, OAuthClient } from './oauth-options.ts';
import {
  back,
  basicCredentials,
  invalidGrant,
  oauthError,
  redirectAllowed,
  verifierMatches,
} from './oauth-wire.ts';
import { TokenIssuer } from './oauth-issuer.ts';
import { OAuthStore } from './oauth-store.ts';
import type { TokenRow } from './oauth-store.ts';

export type { AccessGrant, AuthorizationOptions, ConsentSettings, OAuthClient } from './oauth-options.ts';
export { emulatorClient } from './oauth-options.ts';
export { bearerOf } from './oauth-wire.ts';

const codeMs = 5 * 60_000;
const dayMs = 86_400_000;
const subject = '5d2c1a54-7b1e-4a0f-9a53-8b8f5c1f0e11';

/**
 * The OAuth 2 authorization server of one platform: authorization code with PKCE (RFC 7636), refresh with rotation,
 * client credentials, revocation (RFC 7009). Codes and tokens live in the world's state and age by its clock.
 */
export class AuthorizationServer {
  readonly store: OAuthStore;
  readonly #options: AuthorizationOptions;
  readonly #issuer: TokenIssuer;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.store = new OAuthStore(options.world.state, options.platform);
    this.#issuer = new TokenIssuer(options, this.store);
  }

  /** GET shows the consent page (or answers at once); POST takes its buttons. */
  authorize(request: EmulatorRequest): Reply {
    const query = request.method === 'POST' ? formBody(request) : request.query;
    const client = this.#client(query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!client) return errorPage('unauthorized_client', 'Unknown client');
    if (!redirectAllowed(client, redirectUri))
      return errorPage('invalid_request', `Invalid redirect_uri ${redirectUri}`);
    const fault = this.#requestFault(query);
    if (fault) return back(query, fault);
    const { consent } = this.#options;
    if (consent.deny === true) return back(query, { error: 'access_denied' });
    if (request.method === 'POST') return this.#decided(query);
    if (consent.autoApprove) return this.#approve(query, this.#autoCompanies(client.id));
    return this.#page(query);
  }

  /** The token endpoint: authorization_code, refresh_token, client_credentials. */
  token(request: EmulatorRequest): Reply {
    const form = formBody(request);
    const client = this.#authenticate(request, form);
    if (!client) return oauthError(401, 'invalid_client', 'Client authentication failed');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#exchange(request, form, client);
      case 'refresh_token':
        return this.#refresh(request, form, client);
      case 'client_credentials':
        return this.#custom(request, form, client);
      default:
        return oauthError(400, 'unsupported_grant_type', 'Unsupported grant type');
    }
  }

  /** Revokes a token and all others of its consent; 200 also for unknown tokens, as RFC 7009 says. */
  revoke(request: EmulatorRequest): Reply {
    const form = formBody(request);
    const sent = jsonBody(request) as { token?: string } | undefined;
    const client = this.#authenticate(request, form);
    if (!client) return oauthError(401, 'invalid_client', 'Client authentication failed');
    const token = this.store.token(sent?.token ?? form.get('token') ?? '');
    if (!token || token.clientId !== client.id) return { status: 200 };
    this.store.revokeEvent(token.eventId);
    if (this.#options.revokeDisconnects === true) this.store.disconnectAll(client.id, token.subject);
    return { status: 200 };
  }

  /** The grant behind a live access token; undefined when it is unknown, expired or revoked. */
  check(bearer: string): AccessGrant | undefined {
    const token = this.store.token(bearer);
    if (!token || token.kind !== 'access' || token.revoked || token.expiresMs <= this.#now())
      return undefined;
    return this.#issuer.grant(token);
  }

  /** When an access token ran out (epoch ms); undefined when it has not or was never issued. */
  expiredAtMs(bearer: string): number | undefined {
    const token = this.store.token(bearer);
    return token && token.expiresMs <= this.#now() ? token.expiresMs : undefined;
  }

  #now(): number {
    return Math.floor(this.#options.world.clock.nowMs());
  }

  #client(id: string | null): OAuthClient | undefined {
    return this.#options.clients.find((client) => client.id === id);
  }

  #authenticate(request: EmulatorRequest, form: URLSearchParams): OAuthClient | undefined {
    const [id, secret] = basicCredentials(header(request, 'authorization')) ?? [
      form.get('client_id'),
      form.get('client_secret'),
    ];
    const client = this.#client(id ?? null);
    return client && client.secret === secret ? client : undefined;
  }

  #requestFault(query: URLSearchParams): { error: string; error_description?: string } | undefined {
    if (query.get('response_type') !== 'code') return { error: 'unsupported_response_type' };
    const method = query.get('code_challenge_method');
    if (query.has('code_challenge') && method !== 'S256')
      return { error: 'invalid_request', error_description: 'only S256 is supported' };
    const fault = this.#options.scopeFault?.(query.get('scope') ?? '');
    return fault === undefined ? undefined : { error: 'invalid_scope', error_description: fault };
  }

  #autoCompanies(clientId: string): string[] {
    const { consent, companiesPerConsent, platform, world } = this.#options;
    const all = listCompanies(world.state, platform).map((served) => served.remoteId);
    const wanted = consent.companies ?? all;
    if (companiesPerConsent === 'many') return wanted;
    if (consent.companies) return wanted.slice(0, 1);
    const connected = new Set(this.store.connections(clientId, subject).map((one) => one.companyId));
    return [all.find((id) => !connected.has(id)) ?? all[0] ?? ''];
  }

  #page(query: URLSearchParams): Reply {
    const { platform, world, companiesPerConsent } = this.#options;
    const companies = listCompanies(world.state, platform);
    return text(
      200,
      consentPage({ platform, companies, query, many: companiesPerConsent === 'many' }),
      'text/html',
    );
  }

  #decided(form: URLSearchParams): Reply {
    if (form.get('decision') !== 'approve') return back(form, { error: 'access_denied' });
    return this.#approve(form, form.getAll('company'));
  }

  #approve(query: URLSearchParams, companies: string[]): Reply {
    const eventId = randomUUID();
    const clientId = query.get('client_id') ?? '';
    const scope = query.get('scope') ?? '';
    for (const company of companies) {
      this.store.connect({ clientId, subject, companyId: company, eventId, nowMs: this.#now() });
    }
    const code = this.store.addCode({
      code: randomBytes(24).toString('base64url'),
      clientId,
      redirectUri: query.get('redirect_uri') ?? '',
      challenge: query.get('code_challenge'),
      nonce: query.get('nonce'),
      scope,
      subject,
      companies,
      eventId,
      expiresMs: this.#now() + codeMs,
      usedMs: null,
    });
    return back(query, { code, ...this.#options.extraRedirect?.(companies, scope) });
  }

  #exchange(request: EmulatorRequest, form: URLSearchParams, client: OAuthClient): Reply {
    const code = this.store.code(form.get('code') ?? '');
    if (!code || code.clientId !== client.id) return invalidGrant('Unknown authorization code');
    if (code.usedMs !== null) {
      this.store.revokeEvent(code.eventId);
      return invalidGrant('Authorization code was already used');
    }
    this.store.useCode(code.code, this.#now());
    if (code.expiresMs <= this.#now()) return invalidGrant('Authorization code expired');
    if (code.redirectUri !== form.get('redirect_uri')) return invalidGrant('redirect_uri does not match');
    if (!verifierMatches(code.challenge, form.get('code_verifier')))
      return invalidGrant('PKCE verification failed');
    const refresh = this.#wantsRefresh(code.scope) ? this.#issuer.refreshToken(code) : undefined;
    return this.#issuer.reply(request, this.#issuer.grant(code), refresh, code.nonce);
  }

  #refresh(request: EmulatorRequest, form: URLSearchParams, client: OAuthClient): Reply {
    const old = this.store.token(form.get('refresh_token') ?? '');
    if (!old || old.kind !== 'refresh' || old.clientId !== client.id)
      return invalidGrant('Incorrect or invalid refresh token');
    const nowMs = this.#now();
    const dead = old.replacedMs !== null && nowMs - old.replacedMs >= this.#options.graceMs;
    if (dead) return this.#reused(old);
    if (old.revoked || old.expiresMs <= nowMs) return invalidGrant('Refresh token expired or revoked');
    const keeps = this.#options.rotate === 'daily' && nowMs - old.issuedMs < dayMs;
    if (!keeps) this.store.replace(old.token, nowMs);
    return this.#issuer.reply(request, this.#issuer.grant(old), keeps ? old : this.#issuer.refreshToken(old));
  }

  #reused(old: TokenRow): Reply {
    if (this.#options.reuseRevokes === true) this.store.revokeEvent(old.eventId);
    return invalidGrant('Incorrect or invalid refresh token');
  }

  #custom(request: EmulatorRequest, form: URLSearchParams, client: OAuthClient): Reply {
    const { clientCredentials, platform, world } = this.#options;
    if (clientCredentials !== true) return oauthError(400, 'unauthorized_client', 'Grant type not allowed');
    const scope = form.get('scope') ?? '';
    const fault = this.#options.scopeFault?.(scope);
    if (fault !== undefined) return oauthError(400, 'invalid_scope', fault);
    const company = client.customCompany ?? listCompanies(world.state, platform)[0]?.remoteId ?? '';
    const grant: AccessGrant = {
      subject: `custom:${client.id}`,
      clientId: client.id,
      companies: [company],
      scope,
      eventId: randomUUID(),
      kind: 'custom',
    };
    const { subject: customSubject, clientId, eventId } = grant;
    this.store.connect({ clientId, subject: customSubject, companyId: company, eventId, nowMs: this.#now() });
    return this.#issuer.reply(request, grant, undefined);
  }

  #wantsRefresh(scope: string): boolean {
    return this.#options.refreshNeedsScope !== true || scope.split(' ').includes('offline_access');
  }
}

/** The three endpoints of an authorization server as routes. */
export function authorizationRoutes(
  server: AuthorizationServer,
  paths: { authorize: string; token: string; revoke: string },
): Route[] {
  return [
    { method: 'GET', pattern: paths.authorize, handler: (request) => server.authorize(request) },
    { method: 'POST', pattern: paths.authorize, handler: (request) => server.authorize(request) },
    { method: 'POST', pattern: paths.token, handler: (request) => server.token(request) },
    { method: 'POST', pattern: paths.revoke, handler: (request) => server.revoke(request) },
  ];
}
