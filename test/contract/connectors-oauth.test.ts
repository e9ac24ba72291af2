import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlatformName } from '../../src/domain/index.ts';
import { companyId } from '../../src/domain/index.ts';
import { createLog } from '../../src/lib/index.ts';
import { createConnectors } from '../../connectors/registry.ts';
import { xeroConfig, xeroEnvironment } from '../../connectors/xero/config.ts';
import {
  buildConnector,
  CALLBACK,
  callbackOf,
  connectPlatform,
  consent,
} from '../support/connected-platform.ts';
import type { ConnectedPlatform } from '../support/connected-platform.ts';
import { startRawServer } from '../support/raw-server.ts';

describe.each<PlatformName>(['xero', 'quickbooks'])('connecting to %s', (name) => {
  let platform: ConnectedPlatform;

  beforeAll(async () => {
    platform = await connectPlatform(name);
  });
  afterAll(() => platform.close());
  afterEach(() => {
    platform.emulator.faults.clear();
    platform.emulator.consent[name].deny = false;
  });

  const authorizer = () => platform.connector.authorizer;
  const consented = async () => {
    const pending = await authorizer().begin(CALLBACK);
    return { pending, callback: await callbackOf(pending.url) };
  };

  it('asks with PKCE, a fresh state and the exact redirect address', async () => {
    const [one, two] = [await authorizer().begin(CALLBACK), await authorizer().begin(CALLBACK)];
    const query = new URL(one.url).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('code_challenge')?.length).toBe(43);
    expect(query.get('redirect_uri')).toBe(CALLBACK);
    expect(query.get('state')).toBe(one.state);
    expect(one.state).not.toBe(two.state);
    expect(one.codeVerifier).not.toBe(two.codeVerifier);
    expect(one.url).not.toContain(one.codeVerifier);
  });

  it('gives tokens with expiries by the injected clock, and the companies of the consent', () => {
    const { tokens, companies } = platform.grant;
    const nowMs = platform.clock.nowMs();
    const minutes = (tokens.accessExpiresAtMs - nowMs) / 60_000;
    expect(minutes).toBeGreaterThan(name === 'xero' ? 25 : 55);
    expect(minutes).toBeLessThanOrEqual(name === 'xero' ? 30 : 60);
    expect(((tokens.refreshExpiresAtMs ?? 0) - nowMs) / 86_400_000).toBeGreaterThan(
      name === 'xero' ? 59 : 99,
    );
    expect(companies.map((company) => company.name)).toEqual(
      name === 'xero'
        ? ['Bramble & Flint Supplies Ltd', 'Corrin Quay Trading DAC']
        : ['Tallgrass Mill Outfitters Inc.'],
    );
  });

  it('refuses a callback whose state differs or is missing', async () => {
    const { pending, callback } = await consented();
    for (const change of [
      (url: URL) => url.searchParams.set('state', 'other'),
      (url: URL) => url.searchParams.delete('state'),
    ]) {
      const url = new URL(callback);
      change(url);
      await expect(authorizer().complete(pending, url.href)).rejects.toMatchObject({
        code: 'PLATFORM_REFUSED',
      });
    }
  });

  it('says so when consent was denied', async () => {
    platform.emulator.consent[name].deny = true;
    const { pending, callback } = await consented();
    await expect(authorizer().complete(pending, callback)).rejects.toMatchObject({
      code: 'PLATFORM_FORBIDDEN',
      vendorCode: 'access_denied',
    });
  });

  it('refuses a code that was used before', async () => {
    const { pending, callback } = await consented();
    await authorizer().complete(pending, callback);
    await expect(authorizer().complete(pending, callback)).rejects.toMatchObject({
      code: 'PLATFORM_RECONNECT',
    });
  });

  it('refuses a code that came for another verifier', async () => {
    const { pending, callback } = await consented();
    const stranger = { ...pending, codeVerifier: 'x'.repeat(43) };
    await expect(authorizer().complete(stranger, callback)).rejects.toMatchObject({ sent: 'refused' });
  });

  it('refreshes, and the new access token works', async () => {
    const { tokens } = await consent(platform.connector);
    const fresh = await authorizer().refresh(tokens);
    expect(fresh.accessToken).not.toBe(tokens.accessToken);
    expect((await platform.open(fresh).readOrganisation()).companyId).toBe(platform.company);
    const later = await authorizer().refresh(fresh);
    expect((await platform.open(later).readOrganisation()).companyId).toBe(platform.company);
  });

  it.each([
    ['no access token', { token_type: 'Bearer', expires_in: 1800, refresh_token: 'r' }],
    ['an expiry of 0', { access_token: 'a', token_type: 'Bearer', expires_in: 0, refresh_token: 'r' }],
    ['a negative expiry', { access_token: 'a', token_type: 'Bearer', expires_in: -5, refresh_token: 'r' }],
    [
      'an expiry as text',
      { access_token: 'a', token_type: 'Bearer', expires_in: '1800', refresh_token: 'r' },
    ],
    ['no expiry', { access_token: 'a', token_type: 'Bearer', refresh_token: 'r' }],
    [
      'a token with a line end',
      { access_token: 'a\r\nb', token_type: 'Bearer', expires_in: 9, refresh_token: 'r' },
    ],
    ['a page instead of JSON', '<html>Sign in</html>'],
    ['nothing', ''],
  ])(
    'takes no token reply with %s, and the old refresh token still works afterwards',
    async (_what, body) => {
      const { tokens } = await consent(platform.connector);
      platform.emulator.faults.add({ server: name, path: platform.paths.token, status: 200, body, times: 1 });
      await expect(authorizer().refresh(tokens)).rejects.toMatchObject({ code: 'PLATFORM_BAD_REPLY' });
      const fresh = await authorizer().refresh(tokens);
      expect((await platform.open(fresh).readOrganisation()).companyId).toBe(platform.company);
    },
  );

  it('keeps the old refresh token when the reply has none', async () => {
    const { tokens } = await consent(platform.connector);
    const body = { access_token: 'fresh', token_type: 'bearer', expires_in: 1800 };
    platform.emulator.faults.add({ server: name, path: platform.paths.token, status: 200, body, times: 1 });
    const fresh = await authorizer().refresh(tokens);
    expect(fresh).toMatchObject({
      accessToken: 'fresh',
      refreshToken: tokens.refreshToken,
      refreshExpiresAtMs: tokens.refreshExpiresAtMs,
    });
  });

  it('tells a lost consent from a server that is down', async () => {
    const { tokens } = await consent(platform.connector);
    platform.emulator.faults.add({
      server: name,
      path: platform.paths.token,
      status: 503,
      body: 'x',
      times: 1,
    });
    await expect(authorizer().refresh(tokens)).rejects.toMatchObject({
      code: 'PLATFORM_UNAVAILABLE',
      retryable: true,
    });
    const dead = { ...tokens, refreshToken: 'never-issued' };
    await expect(authorizer().refresh(dead)).rejects.toMatchObject({
      code: 'PLATFORM_RECONNECT',
      kind: 'auth',
    });
  });

  it('never puts a token or the secret into an error', async () => {
    const { tokens } = await consent(platform.connector);
    const secrets = [tokens.refreshToken!, platform.emulator.env()[`${name.toUpperCase()}_CLIENT_SECRET`]!];
    for (const fault of [
      { status: 500, body: secrets.join(' ') },
      { status: 400, body: { error: 'invalid_client', error_description: secrets.join(' ') } },
      { cutAtByte: 3 },
    ]) {
      platform.emulator.faults.add({ server: name, path: platform.paths.token, times: 1, ...fault });
      const error = await authorizer()
        .refresh(tokens)
        .catch((reason: unknown) => reason as Error);
      for (const secret of secrets) expect(inspect(error, { depth: 9 })).not.toContain(secret);
    }
  });

  it('ends the consent: the refresh token is dead afterwards', async () => {
    const { tokens, companies } = await consent(platform.connector);
    await authorizer().revoke(tokens, companies[0]!.companyId, true);
    await expect(authorizer().refresh(tokens)).rejects.toMatchObject({ code: 'PLATFORM_RECONNECT' });
  });

  it('sends tokens by plain http to this machine only', () => {
    const far = Object.fromEntries(
      Object.entries(platform.emulator.env()).map(([key, value]) => [
        key,
        value.replace('http://127.0.0.1', 'http://far.example'),
      ]),
    );
    expect(() => buildConnector(name, far, platform.clock)).toThrow(/must be https, except on this machine/);
  });
});

describe('what only Xero has', () => {
  it('disconnects one organisation and leaves the other', async () => {
    const platform = await connectPlatform('xero');
    const [one, two] = platform.grant.companies.map((company) => company.companyId);
    await platform.connector.authorizer.revoke(platform.grant.tokens, one!, false);
    const open = (id: string) =>
      platform.connector.open({
        companyId: companyId(id),
        nowMs: () => platform.clock.nowMs(),
        accessToken: () => Promise.resolve(platform.grant.tokens.accessToken),
      });
    await expect(open(one!).readOrganisation()).rejects.toMatchObject({ code: 'PLATFORM_FORBIDDEN' });
    expect((await open(two!).readOrganisation()).name).toBe('Corrin Quay Trading DAC');
    await platform.close();
  });

  it('connects a custom connection without a user, and renews its token by asking again', async () => {
    const platform = await connectPlatform('xero');
    const { authorizer } = platform.connector;
    const { tokens, companies } = await authorizer.clientCredentials();
    expect(tokens).toMatchObject({
      grant: 'client-credentials',
      refreshToken: null,
      refreshExpiresAtMs: null,
    });
    expect(companies).toHaveLength(1);
    const fresh = await authorizer.refresh(tokens);
    const session = platform.connector.open({
      companyId: companies[0]!.companyId,
      nowMs: () => platform.clock.nowMs(),
      accessToken: () => Promise.resolve(fresh.accessToken),
    });
    expect((await session.readOrganisation()).name).toBe(companies[0]!.name);
    await platform.close();
  });

  it('takes the organisation itself when /connections does not list a custom connection', async () => {
    const platform = await connectPlatform('xero');
    platform.emulator.faults.add({ path: '/connections', status: 200, body: [] });
    const { companies } = await platform.connector.authorizer.clientCredentials();
    expect(companies).toEqual([{ companyId: platform.company, name: 'Bramble & Flint Supplies Ltd' }]);
    await platform.close();
  });

  it('works for an app without a secret', async () => {
    const server = await startRawServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ access_token: 'a', token_type: 'Bearer', expires_in: 1800, refresh_token: 'r2' }),
      );
    });
    const env = {
      XERO_LOGIN_URL: server.url,
      XERO_IDENTITY_URL: server.url,
      XERO_API_URL: server.url,
      XERO_CLIENT_ID: 'public',
    };
    const clock = {
      nowMs: () => 0,
      monotonicMs: () => 0,
      sleep: () => Promise.resolve(),
      deadline: (ms: number) => AbortSignal.timeout(ms),
      every: () => () => Promise.resolve(),
    };
    const { xero } = createConnectors(
      { xero: xeroConfig(xeroEnvironment.parse(env)), quickbooks: null, mail: null },
      { clock, log: createLog('silent') },
    );
    const old = {
      accessToken: 'x',
      accessExpiresAtMs: 0,
      refreshToken: 'r1',
      refreshExpiresAtMs: 0,
      grant: 'authorization-code',
      scope: '',
    } as const;
    expect(await xero!.authorizer.refresh(old)).toMatchObject({
      accessToken: 'a',
      refreshToken: 'r2',
      accessExpiresAtMs: 1_800_000,
    });
    expect(server.seen[0]!.headers.authorization).toBeUndefined();
    await expect(xero!.authorizer.clientCredentials()).rejects.toMatchObject({ code: 'CONFIG_INCOMPLETE' });
    await server.close();
  });
});

describe('what only QuickBooks has', () => {
  it('refuses a callback without a company, or with one that the token is not for', async () => {
    const platform = await connectPlatform('quickbooks');
    for (const realm of [null, 'abc', '1234567890']) {
      const pending = await platform.connector.authorizer.begin(CALLBACK);
      const url = new URL(await callbackOf(pending.url));
      if (realm === null) url.searchParams.delete('realmId');
      else url.searchParams.set('realmId', realm);
      await expect(platform.connector.authorizer.complete(pending, url.href)).rejects.toMatchObject({
        code: realm === '1234567890' ? 'PLATFORM_FORBIDDEN' : 'PLATFORM_REFUSED',
      });
    }
    await platform.close();
  });

  it('has no connection without a user', async () => {
    const platform = await connectPlatform('quickbooks');
    await expect(platform.connector.authorizer.clientCredentials()).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    await platform.close();
  });
});
