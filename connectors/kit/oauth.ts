import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { PendingAuthorization, TokenSet } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import type { ConnectorDeps } from './deps.ts';
import type { Configuration, CustomFetchOptions } from 'openid-client';
import { z } from 'zod';
import { isLoopback } from './address.ts';
import { badReply, redact, replyError, type RawReply } from './errors.ts';
import { exchange, type WireRequest } from './exchange.ts';

/** A platform's OAuth addresses and our registration there. */
export interface OAuthSettings {
  issuer: string;
  authorizeUrl: string;
  tokenUrl: string;
  /** RFC 7009; null when the platform's way is another. */
  revokeUrl: string | null;
  clientId: string;
  /** Empty for apps without a secret (PKCE only). */
  clientSecret: string;
  scope: string;
  /** Life of a refresh token when the reply does not say, ms. */
  refreshLifeMs: number;
  /** Sent with every request for tokens. */
  tokenHeaders?: Record<string, string>;
}

const LIMITS = { deadlineMs: 30_000, maxBytes: 1024 * 1024 };

/** RFC 6749 §5.1. Seconds must be a positive number: '1800', 0 and −1 are refused rather than guessed at. */
const tokenReply = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().max(31_536_000),
  refresh_token: z.string().min(1).optional(),
  /** Intuit's own: seconds that the refresh token lives. */
  x_refresh_token_expires_in: z.number().positive().optional(),
  /** Intuit's own, for those who ask: seconds until the consent ends, however often it is renewed. */
  x_refresh_token_hard_expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});
type TokenReply = z.output<typeof tokenReply>;

/**
 * OAuth 2 with PKCE (RFC 6749, 7636, 7009), by openid-client with the addresses given: no discovery. Plain http is
 * allowed to loopback only. ID tokens are dropped unread: who the user is does not matter here.
 */
export class OAuth {
  readonly #settings: OAuthSettings;
  readonly #clock: Clock;
  readonly #deps: Pick<ConnectorDeps, 'clock' | 'transport'>;

  constructor(settings: OAuthSettings, deps: Pick<ConnectorDeps, 'clock' | 'transport'>) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#deps = deps;
  }

  /** The address to send the user to, with a fresh state and PKCE verifier. */
  async begin(redirectUri: string): Promise<PendingAuthorization> {
    const client = await import('openid-client');
    const codeVerifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const url = client.buildAuthorizationUrl(await this.#configuration(new Failure()), {
      redirect_uri: redirectUri,
      scope: this.#settings.scope,
      code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
    });
    return { url: url.href, state, codeVerifier, redirectUri };
  }

  /** Exchanges the callback's code. PLATFORM_REFUSED when state differs, PLATFORM_FORBIDDEN when consent was denied. */
  async complete(pending: PendingAuthorization, callbackUrl: string): Promise<TokenSet> {
    const client = await import('openid-client');
    // The redirect URI must be the registered one to the letter, whatever proxy the callback came through.
    const url = new URL(pending.redirectUri);
    url.search = new URL(callbackUrl).search;
    const reply = await this.#grant('the exchange of the authorization code', (configuration) =>
      client.authorizationCodeGrant(configuration, url, {
        expectedState: pending.state,
        pkceCodeVerifier: pending.codeVerifier,
      }),
    );
    if (reply.refresh_token === undefined) {
      throw badReply('The exchange of the authorization code', 'it has no refresh token');
    }
    return this.#tokens(reply, 'authorization-code', null);
  }

  async clientCredentials(scope: string): Promise<TokenSet> {
    const client = await import('openid-client');
    const reply = await this.#grant('the request for client credentials', (configuration) =>
      client.clientCredentialsGrant(configuration, { scope }),
    );
    return this.#tokens(reply, 'client-credentials', null);
  }

  /** New tokens; the old refresh token stays when the reply has none. PLATFORM_RECONNECT on invalid_grant. */
  async refresh(tokens: TokenSet): Promise<TokenSet> {
    if (tokens.grant === 'client-credentials') return this.clientCredentials(tokens.scope);
    const old = tokens.refreshToken;
    if (old === null) throw reconnect('There is no refresh token.');
    const client = await import('openid-client');
    const reply = await this.#grant('the refresh of the access token', (configuration) =>
      client.refreshTokenGrant(configuration, old),
    );
    return this.#tokens(reply, 'authorization-code', tokens);
  }

  /** Ends a refresh token by RFC 7009. */
  async revoke(token: string): Promise<void> {
    const client = await import('openid-client');
    const failure = new Failure();
    const configuration = await this.#configuration(failure, 'the revocation');
    await failure.guard(client.tokenRevocation(configuration, token, { token_type_hint: 'refresh_token' }));
  }

  async #grant(what: string, call: (configuration: Configuration) => Promise<object>): Promise<TokenReply> {
    const failure = new Failure();
    const configuration = await this.#configuration(failure, what);
    const reply = tokenReply.safeParse(await failure.guard(call(configuration)));
    if (!reply.success) throw badReply(what, 'it is no token reply');
    return reply.data;
  }

  async #configuration(failure: Failure, what = 'the authorization'): Promise<Configuration> {
    const client = await import('openid-client');
    const { issuer, authorizeUrl, tokenUrl, revokeUrl, clientId, clientSecret } = this.#settings;
    const authentication = clientSecret === '' ? client.None() : client.ClientSecretBasic(clientSecret);
    const configuration = new client.Configuration(
      {
        issuer,
        authorization_endpoint: authorizeUrl,
        token_endpoint: tokenUrl,
        ...(revokeUrl === null ? {} : { revocation_endpoint: revokeUrl }),
      },
      clientId,
      {},
      authentication,
    );
    if ([authorizeUrl, tokenUrl, revokeUrl ?? tokenUrl].every(isLoopback)) {
      client.allowInsecureRequests(configuration);
    }
    configuration[client.customFetch] = (url, options) => failure.keep(this.#carry(url, options, what));
    return configuration;
  }

  /** openid-client's requests go out here: deadline, size limit, strict reading of the reply. */
  async #carry(url: string, options: CustomFetchOptions, what: string): Promise<Response> {
    const request: WireRequest = {
      method: 'POST',
      url,
      headers: {
        ...options.headers,
        ...this.#settings.tokenHeaders,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: options.body instanceof URLSearchParams ? options.body.toString() : '',
    };
    const reply = await exchange(request, capitalise(what), LIMITS, this.#deps);
    if (reply.status < 200 || reply.status >= 300) throw this.#refusal(reply, what, request);
    if (url === this.#settings.revokeUrl) return new Response(null, { status: 200 });
    return Response.json(readTokens(reply, capitalise(what)));
  }

  #refusal(reply: RawReply, what: string, request: WireRequest): PlatformError {
    const error = jsonOf(reply.text);
    const code = textOf(error, 'error');
    const sent = [...new URLSearchParams(request.body).values(), this.#settings.clientSecret];
    // What we sent may be quoted back: tokens, code, verifier.
    const secrets = sent.filter((value) => value.length >= 16);
    const said = redact(`${code} ${textOf(error, 'error_description')}`, secrets).trim();
    if (code === 'invalid_grant') return reconnect(`The platform refused ${what}: ${said}.`);
    if (code !== '' && reply.status < 500) {
      const hint = code.startsWith('invalid_client') ? 'Check the client id and secret.' : undefined;
      return forbidden(`The platform refused ${what}: ${said}.`, code, reply.status, hint);
    }
    return replyError(capitalise(what), reply, null, this.#clock.nowMs());
  }

  #tokens(reply: TokenReply, grant: TokenSet['grant'], old: TokenSet | null): TokenSet {
    const nowMs = this.#clock.nowMs();
    const withRefresh = grant === 'authorization-code';
    const hardLife = reply.x_refresh_token_hard_expires_in;
    const consentEndsAtMs = hardLife === undefined ? old?.consentEndsAtMs : nowMs + hardLife * 1000;
    return {
      accessToken: reply.access_token,
      accessExpiresAtMs: nowMs + reply.expires_in * 1000,
      refreshToken: withRefresh ? (reply.refresh_token ?? old?.refreshToken ?? null) : null,
      refreshExpiresAtMs: withRefresh ? this.#refreshEnd(reply, old, nowMs) : null,
      ...(consentEndsAtMs === undefined ? {} : { consentEndsAtMs }),
      grant,
      scope: reply.scope ?? old?.scope ?? this.#settings.scope,
    };
  }

  #refreshEnd(reply: TokenReply, old: TokenSet | null, nowMs: number): number | null {
    const life = reply.x_refresh_token_expires_in;
    if (reply.refresh_token === undefined && life === undefined) return old?.refreshExpiresAtMs ?? null;
    return nowMs + (life === undefined ? this.#settings.refreshLifeMs : life * 1000);
  }
}

/** Remembers the error as raised below openid-client, which would wrap it. */
class Failure {
  #error: Error | null = null;

  async keep<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Error) this.#error = error;
      throw error;
    }
  }

  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#error ?? (await readable(error));
    }
  }
}

/** openid-client's own refusals: the callback's error, a state that differs, an answer that breaks the protocol. */
async function readable(error: unknown): Promise<Error> {
  const client = await import('openid-client');
  if (error instanceof client.AuthorizationResponseError) {
    const hint = error.error === 'access_denied' ? 'Start again and allow the access.' : undefined;
    return forbidden(`The platform did not grant access: ${error.error}.`, error.error, undefined, hint);
  }
  if (error instanceof HoldfastError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return new PlatformError(
    'PLATFORM_REFUSED',
    `The callback does not belong to this authorization (${code}).`,
    {
      sent: 'no',
      kind: 'auth',
      hint: 'Start connecting again.',
    },
  );
}

function readTokens(reply: RawReply, what: string): TokenReply {
  const result = tokenReply.safeParse(jsonOf(reply.text));
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join('.') ?? '';
  throw badReply(
    what,
    field === '' ? 'it is no JSON object' : `its ${field} is missing or wrong`,
    reply.status,
  );
}

function reconnect(message: string): PlatformError {
  return new PlatformError('PLATFORM_RECONNECT', message, {
    sent: 'refused',
    kind: 'auth',
    vendorCode: 'invalid_grant',
    hint: 'Connect the company again.',
  });
}

function forbidden(message: string, vendorCode: string, status?: number, hint?: string): PlatformError {
  return new PlatformError('PLATFORM_FORBIDDEN', message, {
    sent: 'refused',
    kind: 'auth',
    vendorCode,
    status,
    ...(hint === undefined ? {} : { hint }),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function textOf(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : '';
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
