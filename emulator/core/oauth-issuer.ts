import { randomBytes } from 'node:crypto';
import { json } from './http.ts';
import type { EmulatorRequest, Reply } from './http.ts';
import { signJwt } from './oauth-jwt.ts';
import type { AccessGrant, AuthorizationOptions, RefreshLeft } from './oauth-options.ts';
import type { CodeRow, OAuthStore, TokenRow } from './oauth-store.ts';

/** Makes the tokens of an authorization server and the replies that carry them. */
export class TokenIssuer {
  readonly #options: AuthorizationOptions;
  readonly #store: OAuthStore;

  constructor(options: AuthorizationOptions, store: OAuthStore) {
    this.#options = options;
    this.#store = store;
  }

  /** A new refresh token for the same consent. */
  refreshToken(from: CodeRow | TokenRow): TokenRow {
    const nowMs = Math.floor(this.#options.world.clock.nowMs());
    const consentMs = ('consentMs' in from ? from.consentMs : undefined) ?? nowMs;
    const hardMs = consentMs + (this.#options.hardRefreshMs ?? Infinity);
    return this.#store.addToken({
      token: randomBytes(32).toString('base64url'),
      kind: 'refresh',
      clientId: from.clientId,
      subject: from.subject,
      scope: from.scope,
      companies: from.companies,
      eventId: from.eventId,
      issuedMs: nowMs,
      expiresMs: Math.min(nowMs + this.#options.refreshMs, hardMs),
      replacedMs: null,
      revoked: false,
      consentMs,
    });
  }

  /** Whom a code or token stands for now. */
  grant(row: CodeRow | TokenRow): AccessGrant {
    const { clientId, scope, eventId } = row;
    const custom = row.subject.startsWith('custom:');
    const live = this.#store.connections(clientId, row.subject).map((one) => one.companyId);
    const one = this.#options.companiesPerConsent === 'one';
    const companies = one ? row.companies.filter((id) => live.includes(id)) : live;
    return { subject: row.subject, clientId, scope, eventId, companies, kind: custom ? 'custom' : 'user' };
  }

  /** The reply of the token endpoint, with a new access token. */
  reply(
    request: EmulatorRequest,
    grant: AccessGrant,
    refresh: TokenRow | undefined,
    nonce: string | null = null,
  ): Reply {
    const { accessMs, accessToken, extraToken } = this.#options;
    const nowMs = Math.floor(this.#options.world.clock.nowMs());
    const token = accessToken?.(grant, request) ?? randomBytes(32).toString('base64url');
    const { companies, subject: of, clientId, scope, eventId } = grant;
    const times = { issuedMs: nowMs, expiresMs: nowMs + accessMs, replacedMs: null, revoked: false };
    this.#store.addToken({
      token,
      kind: 'access',
      companies,
      subject: of,
      clientId,
      scope,
      eventId,
      ...times,
    });
    const body = {
      ...(scope.split(' ').includes('openid') ? { id_token: this.#idToken(request, grant, nonce) } : {}),
      access_token: token,
      expires_in: Math.floor(accessMs / 1000),
      token_type: 'Bearer',
      ...(refresh ? { refresh_token: refresh.token } : {}),
      ...extraToken?.(grant, refresh ? this.#left(refresh, nowMs) : null, request),
    };
    return json(200, body, { 'cache-control': 'no-store', pragma: 'no-cache' });
  }

  #left({ expiresMs, consentMs }: TokenRow, nowMs: number): RefreshLeft {
    const { hardRefreshMs } = this.#options;
    const dies = consentMs === undefined || hardRefreshMs === undefined ? null : consentMs + hardRefreshMs;
    return { leftMs: expiresMs - nowMs, hardLeftMs: dies === null ? null : dies - nowMs };
  }

  #idToken(request: EmulatorRequest, grant: AccessGrant, nonce: string | null): string {
    const { issuer, world, accessMs } = this.#options;
    const seconds = Math.floor(Math.floor(this.#options.world.clock.nowMs()) / 1000);
    return signJwt(world.state, {
      iss: issuer?.(request.origin) ?? request.origin,
      aud: grant.clientId,
      sub: grant.subject,
      iat: seconds,
      exp: seconds + Math.floor(accessMs / 1000),
      auth_time: seconds,
      ...(nonce === null ? {} : { nonce }),
      email: 'owner@example.com',
      name: 'Robin Owner',
    });
  }
}
