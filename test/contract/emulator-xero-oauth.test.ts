import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  authorize,
  authorizeUrl,
  bookOf,
  connect,
  customer,
  exchange,
  refresh,
  startXero,
  token,
} from '../support/xero-emulator.ts';
import type { EmulatedXero, Json, TokenReply } from '../support/xero-emulator.ts';

const minuteMs = 60_000;
const verifier = 'a-verifier-that-is-long-enough-for-the-standard-0123456789';
let xero: EmulatedXero;

beforeEach(async () => {
  xero = await startXero([bookOf('one', [customer('ann')]), bookOf('two', [customer('bob')])]);
});
afterEach(() => xero.emulator.close());

function later(ms: number): void {
  xero.emulator.clock.set(xero.emulator.clock.nowMs() + ms);
}

async function connections(accessToken: string, query = ''): Promise<Json[]> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${xero.emulator.xeroUrl}/connections${query}`, { headers });
  return (await response.json()) as Json[];
}

function claims(jwt: string): Json {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Json;
}

async function errorOf(response: Response): Promise<string> {
  return `${String(response.status)} ${((await response.json()) as { error: string }).error}`;
}

describe('the emulated Xero login', () => {
  it('sends the browser back with the state it was given and a code that buys tokens', async () => {
    const back = await authorize(xero.emulator, { verifier, state: 'my state' });
    expect(back.searchParams.get('state')).toBe('my state');
    const reply = await exchange(xero.emulator, back.searchParams.get('code') ?? '', verifier);
    expect(reply.status).toBe(200);
    const tokens = (await reply.json()) as TokenReply;
    expect(tokens.expires_in).toBe(1800);
    expect(claims(tokens.id_token)).toMatchObject({ aud: 'holdfast-emulator', iss: xero.emulator.xeroUrl });
  });

  it('refuses a code whose PKCE verifier is another', async () => {
    const back = await authorize(xero.emulator, { verifier });
    const reply = await exchange(xero.emulator, back.searchParams.get('code') ?? '', 'another-verifier');
    expect(await errorOf(reply)).toBe('400 invalid_grant');
  });

  it('refuses a code at another redirect address than the one that asked', async () => {
    const back = await authorize(xero.emulator, { verifier });
    const other = 'http://127.0.0.1:9/other';
    expect(
      await errorOf(await exchange(xero.emulator, back.searchParams.get('code') ?? '', verifier, other)),
    ).toBe('400 invalid_grant');
  });

  it('takes a code once, and ends its tokens when it comes again', async () => {
    const back = await authorize(xero.emulator, { verifier });
    const code = back.searchParams.get('code') ?? '';
    const tokens = (await (await exchange(xero.emulator, code, verifier)).json()) as TokenReply;
    expect((await xero.call('GET', 'Organisation', { token: tokens.access_token })).status).toBe(200);
    expect(await errorOf(await exchange(xero.emulator, code, verifier))).toBe('400 invalid_grant');
    expect((await xero.call('GET', 'Organisation', { token: tokens.access_token })).status).toBe(401);
  });

  it('refuses a wrong client secret and an unknown grant', async () => {
    expect(await errorOf(await token(xero.emulator, { grant_type: 'refresh_token' }, 'wrong'))).toBe(
      '401 invalid_client',
    );
    expect(await errorOf(await token(xero.emulator, { grant_type: 'password' }))).toBe(
      '400 unsupported_grant_type',
    );
  });

  it('refuses the broad scopes that new applications cannot have', async () => {
    const back = await authorize(xero.emulator, { scope: 'offline_access accounting.transactions' });
    expect(back.searchParams.get('error')).toBe('invalid_scope');
  });

  it('shows a consent page with every organisation, whose buttons approve some of them or deny', async () => {
    xero.emulator.consent.xero.autoApprove = false;
    const page = await xero.emulator.visit(authorizeUrl(xero.emulator, { verifier }));
    expect(page.body).toContain('Company one');
    expect(page.body).toContain('Company two');
    const asked = new URL(authorizeUrl(xero.emulator, { verifier })).searchParams;
    const press = async (decision: string): Promise<URL> => {
      const body = new URLSearchParams([...asked, ['decision', decision], ['company', xero.tenant]]);
      const url = `${xero.emulator.xeroUrl}/identity/connect/authorize`;
      const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      return new URL(reply.headers.get('location') ?? '');
    };
    expect((await press('approve')).searchParams.get('code')).toMatch(/^[\w-]{16,}$/);
    expect((await press('deny')).searchParams.get('error')).toBe('access_denied');
  });
});

describe('the emulated Xero tokens', () => {
  it('rotate the refresh token at each use and let the old one work for half an hour more', async () => {
    const first = xero.tokens.refresh_token;
    const second = (await (await refresh(xero.emulator, first)).json()) as TokenReply;
    expect(second.refresh_token).not.toBe(first);
    later(29 * minuteMs);
    expect((await refresh(xero.emulator, first)).status).toBe(200);
    later(2 * minuteMs);
    expect(await errorOf(await refresh(xero.emulator, first))).toBe('400 invalid_grant');
    expect((await refresh(xero.emulator, second.refresh_token)).status).toBe(200);
  });

  it('expire after 30 minutes by the world clock, and say so', async () => {
    later(31 * minuteMs);
    const reply = await xero.call('GET', 'Organisation');
    expect(reply.status).toBe(401);
    expect(((await reply.json()) as { Detail: string }).Detail).toMatch(/^TokenExpired/);
  });

  it('cannot be refreshed after 60 days', async () => {
    later(60 * 24 * 60 * minuteMs + 1000);
    expect(await errorOf(await refresh(xero.emulator, xero.tokens.refresh_token))).toBe('400 invalid_grant');
  });

  it('come without a refresh token unless offline_access was asked for', async () => {
    expect(await connect(xero.emulator, 'accounting.contacts')).not.toHaveProperty('refresh_token');
  });

  it('die when they are revoked, with the connections of their user', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from('holdfast-emulator:holdfast-emulator-secret').toString('base64')}`,
    };
    const body = new URLSearchParams({ token: xero.tokens.refresh_token });
    const reply = await fetch(`${xero.emulator.xeroUrl}/connect/revocation`, {
      method: 'POST',
      headers,
      body,
    });
    expect(reply.status).toBe(200);
    expect((await xero.call('GET', 'Organisation')).status).toBe(401);
    expect(await errorOf(await refresh(xero.emulator, xero.tokens.refresh_token))).toBe('400 invalid_grant');
  });

  it('reach only what their scopes name', async () => {
    const { access_token } = await connect(xero.emulator, 'accounting.contacts.read');
    expect((await xero.call('GET', 'Contacts?page=1', { token: access_token })).status).toBe(200);
    const invoices = await xero.call('GET', 'Invoices?page=1', { token: access_token });
    expect(invoices.status).toBe(401);
    expect(await invoices.json()).toMatchObject({ Detail: 'AuthorizationUnsuccessful' });
    const write = await xero.call('PUT', 'ContactGroups', { token: access_token, body: { Name: 'x' } });
    expect(write.status).toBe(401);
  });
});

describe('the emulated Xero connections', () => {
  it('list both organisations of one consent, and by the consent that made them', async () => {
    const event = String(claims(xero.tokens.access_token)['authentication_event_id']);
    const names = (await connections(xero.tokens.access_token)).map((one) => one['tenantName']);
    expect(names).toEqual(['Company one', 'Company two']);
    expect(await connections(xero.tokens.access_token, `?authEventId=${event}`)).toHaveLength(2);
    const other = '00000000-0000-4000-8000-000000000000';
    expect(await connections(xero.tokens.access_token, `?authEventId=${other}`)).toEqual([]);
  });

  it('end one organisation when its connection is deleted: 403 there, the other goes on', async () => {
    const [first, second] = await connections(xero.tokens.access_token);
    const headers = { authorization: `Bearer ${xero.tokens.access_token}` };
    const url = `${xero.emulator.xeroUrl}/connections/${String(first?.['id'])}`;
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
    const gone = await xero.call('GET', 'Organisation');
    expect(gone.status).toBe(403);
    expect(await gone.json()).toMatchObject({ Detail: 'AuthenticationUnsuccessful' });
    const tenant = { 'xero-tenant-id': String(second?.['tenantId']) };
    expect((await xero.call('GET', 'Organisation', { headers: tenant })).status).toBe(200);
  });

  it('give a custom connection one organisation without naming a tenant and without a refresh token', async () => {
    const scope = 'accounting.contacts accounting.settings.read';
    const tokens = (await (
      await token(xero.emulator, { grant_type: 'client_credentials', scope })
    ).json()) as TokenReply;
    expect(tokens).not.toHaveProperty('refresh_token');
    const reply = await xero.call('GET', 'Organisation', {
      token: tokens.access_token,
      headers: { 'xero-tenant-id': '' },
    });
    expect(await reply.json()).toMatchObject({ Organisations: [{ Name: 'Company one' }] });
    expect(await connections(tokens.access_token)).toHaveLength(1);
  });

  it('demand the tenant of a user token', async () => {
    expect((await xero.call('GET', 'Organisation', { headers: { 'xero-tenant-id': '' } })).status).toBe(403);
  });
});
