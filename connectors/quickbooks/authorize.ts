import { companyId, HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { Authorizer, Grant, TokenSet } from '../../src/domain/index.ts';
import type { ConnectorDeps } from '../kit/deps.ts';
import { replyError } from '../kit/errors.ts';
import { exchange } from '../kit/exchange.ts';
import { Http } from '../kit/http.ts';
import { Limiter } from '../kit/limiter.ts';
import { OAuth } from '../kit/oauth.ts';
import type { QuickBooksConfig } from './config.ts';
import { quickbooksLimits, readFault } from './faults.ts';
import { Company, fieldOf } from './query.ts';

/** Rolling life of a refresh token when the reply does not say: 100 days. */
const REFRESH_LIFE_MS = 100 * 86_400_000;

/** The OAuth side of QuickBooks: one consent is one company, whose realm id comes in the callback. */
export function createQuickBooksAuthorizer(config: QuickBooksConfig, deps: ConnectorDeps): Authorizer {
  const oauth = new OAuth(
    {
      issuer: new URL(config.tokenUrl).origin,
      authorizeUrl: config.authorizeUrl,
      tokenUrl: config.tokenUrl,
      revokeUrl: null,
      clientId: config.clientId,
      clientSecret: config.clientSecret,
      scope: 'com.intuit.quickbooks.accounting',
      refreshLifeMs: REFRESH_LIFE_MS,
      // Without it Intuit does not say when the consent ends for good (five years).
      tokenHeaders: { 'x-include-refresh-token-hard-expires-in': 'true' },
    },
    deps,
  );
  return {
    begin: (redirectUri) => oauth.begin(redirectUri),
    refresh: (tokens) => oauth.refresh(tokens),
    async complete(pending, callbackUrl): Promise<Grant> {
      const query = new URL(callbackUrl).searchParams;
      const realm = query.get('realmId') ?? '';
      if (query.has('code') && !/^\d{1,30}$/.test(realm)) throw noRealm();
      const tokens = await oauth.complete(pending, callbackUrl);
      const name = await companyName(config, tokens, realm, deps);
      return { tokens, companies: [{ companyId: companyId(realm), name }] };
    },
    async clientCredentials(): Promise<Grant> {
      return Promise.reject(
        new HoldfastError('NOT_SUPPORTED', 'QuickBooks has no connections without a user’s consent.'),
      );
    },
    async revoke(tokens, _company, lastCompany): Promise<void> {
      if (lastCompany && tokens.refreshToken !== null) await revoke(config, tokens.refreshToken, deps);
    },
  };
}

/** Reads CompanyInfo with the new tokens: a realm id that was changed in the address is refused here (403). */
async function companyName(
  config: QuickBooksConfig,
  tokens: TokenSet,
  realm: string,
  deps: ConnectorDeps,
): Promise<string> {
  const http = new Http({
    apiUrl: config.apiUrl,
    ...deps,
    limiter: new Limiter(quickbooksLimits(config)),
    accessToken: async () => Promise.resolve(tokens.accessToken),
    readFault,
    headers: {},
    secrets: [realm],
  });
  const reply = await new Company(http, realm).get(`companyinfo/${encodeURIComponent(realm)}`);
  const name = fieldOf(reply.json, 'CompanyInfo', 'CompanyName');
  return typeof name === 'string' ? name : '';
}

/** Intuit's revocation takes JSON, unlike RFC 7009; revoking the refresh token ends the connection. */
async function revoke(config: QuickBooksConfig, token: string, deps: ConnectorDeps): Promise<void> {
  const credentials = [config.clientId, config.clientSecret].map(encodeURIComponent).join(':');
  const reply = await exchange(
    {
      method: 'POST',
      url: config.revokeUrl,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      },
      body: JSON.stringify({ token }),
    },
    'The revocation',
    { deadlineMs: 30_000, maxBytes: 1024 * 1024 },
    deps,
  );
  // A token that is no longer known (400) is gone, which is what was wanted.
  if (reply.status >= 300 && reply.status !== 400) {
    throw replyError('The revocation', reply, null, deps.clock.nowMs());
  }
}

function noRealm(): PlatformError {
  return new PlatformError('PLATFORM_REFUSED', 'The callback names no company (realmId).', {
    sent: 'no',
    kind: 'auth',
    hint: 'Start connecting again.',
  });
}
