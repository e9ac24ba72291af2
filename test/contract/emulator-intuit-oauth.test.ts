import OAuthClient from 'intuit-oauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emulatorClient } from '../../emulator/core/oauth.ts';
import {
  authorize,
  bookOf,
  customer,
  invoice,
  startQuickBooks,
  worldNowMs,
} from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

/* Intuit's own OAuth client, with nothing changed but its addresses, is the witness for the emulated Intuit. */

const callback = 'http://127.0.0.1:9/callback';
const hourMs = 3_600_000;

let emulated: EmulatedQuickBooks;
let client: OAuthClient;

beforeEach(async () => {
  emulated = await startQuickBooks(bookOf([customer('ann'), invoice('1', 'ann')]));
  client = newClient();
});
afterEach(() => emulated.close());

function newClient(secret = emulatorClient.secret, hardExpiry = false): OAuthClient {
  const made = new OAuthClient({
    clientId: emulatorClient.id,
    clientSecret: secret,
    environment: 'sandbox',
    redirectUri: callback,
    includeRefreshTokenHardExpiresIn: hardExpiry,
  });
  const { url } = emulated;
  made.setAuthorizeURLs({
    authorizeEndpoint: `${url}/connect/oauth2`,
    tokenEndpoint: `${url}/oauth2/v1/tokens/bearer`,
    revokeEndpoint: `${url}/v2/oauth2/tokens/revoke`,
    userInfoEndpoint: `${url}/v1/openid_connect/userinfo`,
  });
  return made;
}

/** Opens the client's own authorize address and gives it the callback that comes back. */
async function connect(by = client): Promise<ReturnType<OAuthClient['getToken']>> {
  const scope = [OAuthClient.scopes.Accounting ?? '', OAuthClient.scopes.OpenId ?? ''];
  const response = await fetch(by.authorizeUri({ scope, state: 'state-7' }), { redirect: 'manual' });
  const back = response.headers.get('location') ?? '';
  expect(new URL(back).searchParams.get('state')).toBe('state-7');
  await by.createToken(back);
  return by.getToken();
}

async function readCompany(by = client): Promise<number> {
  const url = `${emulated.url}/v3/company/${emulated.realm}/companyinfo/${emulated.realm}`;
  const reply = await by.makeApiCall({ url, headers: { Accept: 'application/json' } });
  return reply.status;
}

interface Refusal {
  code: string;
  error: string;
  error_description: string;
  intuit_tid: string;
}

async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  return call.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as Refusal,
  );
}

describe("intuit-oauth, Intuit's own client, against the emulated Intuit", () => {
  it('is sent to the consent, exchanges the code, learns the realm and reads the company', async () => {
    const token = await connect();
    expect(token.realmId).toBe(emulated.realm);
    expect(token.token_type).toBe('bearer');
    expect(token.expires_in).toBe(3600);
    expect(token.x_refresh_token_expires_in).toBe(8_640_000);
    expect(client.isAccessTokenValid()).toBe(true);
    expect(await readCompany()).toBe(200);
  });

  it('reads who the user is', async () => {
    await connect();
    const info = (await client.getUserInfo()).json as Record<string, unknown>;
    expect(info).toMatchObject({ email: 'owner@example.com', emailVerified: true });
  });

  it('refreshes: a new access token, and the same refresh token until a day has passed', async () => {
    const { access_token, refresh_token } = await connect();
    await client.refresh();
    expect(client.getToken().access_token).not.toBe(access_token);
    expect(client.getToken().refresh_token).toBe(refresh_token);
    emulated.world.clock.set(worldNowMs + 25 * hourMs);
    await client.refreshUsingToken(refresh_token);
    expect(client.getToken().refresh_token).not.toBe(refresh_token);
    expect(await readCompany()).toBe(200);
    const refusal = await refusalOf(client.refreshUsingToken(refresh_token));
    expect(refusal.error).toBe('invalid_grant');
  });

  it('is told how long the refresh token can live at all when it asks for that', async () => {
    const asking = newClient(emulatorClient.secret, true);
    expect((await connect(asking)).x_refresh_token_hard_expires_in).toBe(5 * 365 * 86_400);
    emulated.world.clock.set(worldNowMs + 30 * 24 * hourMs);
    await asking.refresh();
    expect(asking.getToken().x_refresh_token_hard_expires_in).toBe((5 * 365 - 30) * 86_400);
    expect((await connect()).x_refresh_token_hard_expires_in).toBeFalsy();
  });

  it('revokes the refresh token, after which nothing of that consent works', async () => {
    await connect();
    const token = structuredClone(client.getToken());
    const reply = await client.revoke({ refresh_token: token.refresh_token ?? '' });
    expect(reply.status()).toBe(200);
    client.setToken(token);
    expect((await refusalOf(readCompany())).code).toBe('401');
    expect((await refusalOf(client.refreshUsingToken(token.refresh_token ?? ''))).error).toBe(
      'invalid_grant',
    );
  });

  it('gets error, description and trace id of a refusal', async () => {
    const refusal = await refusalOf(client.createToken(`${callback}?code=unknown&state=a&realmId=1`));
    expect(refusal).toMatchObject({ error: 'invalid_grant' });
    expect(refusal.error_description).not.toBe('');
    expect(refusal.intuit_tid).toMatch(/^1-/);
  });

  it('may use a code once; the second use ends what the first gave', async () => {
    const location = await authorize(emulated.url, { redirect_uri: callback });
    await client.createToken(location.href);
    expect(await readCompany()).toBe(200);
    expect((await refusalOf(newClient().createToken(location.href))).error).toBe('invalid_grant');
    expect((await refusalOf(readCompany())).code).toBe('401');
  });

  it('is turned away with a wrong secret', async () => {
    const location = await authorize(emulated.url, { redirect_uri: callback });
    const refusal = await refusalOf(newClient('wrong').createToken(location.href));
    expect(refusal.error).toBe('invalid_client');
  });
});
