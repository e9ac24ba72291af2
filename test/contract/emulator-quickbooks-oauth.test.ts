import { afterEach, describe, expect, it } from 'vitest';
import {
  authorize,
  basic,
  bookOf,
  customer,
  requestToken,
  startQuickBooks,
  testCompany,
} from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks, TokenReply } from '../support/quickbooks-emulator.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';

const day = 86_400_000;

describe('the QuickBooks authorization server', () => {
  let qbo: EmulatedQuickBooks;
  afterEach(() => qbo.close());

  const start = async (options: Partial<QuickBooksOptions> = {}) => {
    qbo = await startQuickBooks(bookOf([customer('1')]), options);
    return qbo;
  };
  const later = (ms: number) => qbo.world.clock.set(qbo.world.clock.nowMs() + ms);
  const refresh = async (token: string) => {
    const response = await requestToken(qbo.url, { grant_type: 'refresh_token', refresh_token: token });
    return { status: response.status, body: (await response.json()) as TokenReply & { error?: string } };
  };
  const companyInfo = (token: string, realm = qbo.realm) =>
    fetch(`${qbo.url}/v3/company/${realm}/companyinfo/${realm}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    });

  it('sends the browser back with code, state and realmId', async () => {
    await start();
    const back = await authorize(qbo.url);
    expect(back.origin + back.pathname).toBe('http://127.0.0.1:9/callback');
    expect(back.searchParams.get('state')).toBe('a-state');
    expect(back.searchParams.get('realmId')).toBe(testCompany.id);
    expect(back.searchParams.get('code')).toMatch(/^\S{20,}$/);
  });

  it('shows a page on which a company is chosen, when consent is not automatic', async () => {
    await start({ consent: { autoApprove: false } });
    const query = new URLSearchParams({
      client_id: 'holdfast-emulator',
      response_type: 'code',
      scope: 'com.intuit.quickbooks.accounting',
      redirect_uri: 'http://127.0.0.1:9/callback',
      state: 's',
    });
    const page = await fetch(`${qbo.url}/connect/oauth2?${query.toString()}`);
    expect(await page.text()).toContain(testCompany.name);
    const form = new URLSearchParams(query);
    form.set('company', testCompany.id);
    form.set('decision', 'approve');
    const decided = await fetch(`${qbo.url}/connect/oauth2`, {
      method: 'POST',
      body: form,
      redirect: 'manual',
    });
    expect(new URL(decided.headers.get('location') ?? '').searchParams.get('realmId')).toBe(testCompany.id);
  });

  it('says access_denied when the person refuses', async () => {
    await start({ consent: { autoApprove: true, deny: true } });
    const back = await authorize(qbo.url);
    expect(back.searchParams.get('error')).toBe('access_denied');
  });

  it('exchanges a code once, for an hour of access and a hundred days of refresh', async () => {
    await start();
    const back = await authorize(qbo.url);
    const form = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: 'http://127.0.0.1:9/callback',
    };
    const first = (await (await requestToken(qbo.url, form)).json()) as TokenReply;
    expect(first).toMatchObject({
      token_type: 'bearer',
      expires_in: 3600,
      x_refresh_token_expires_in: 8_640_000,
    });
    const second = await requestToken(qbo.url, form);
    expect(second.status).toBe(400);
    expect(await second.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('refuses an expired access token with 401 in the gateway’s own shape', async () => {
    await start();
    const { access_token } = await qbo.connect();
    expect((await companyInfo(access_token)).status).toBe(200);
    later(3_600_001);
    const refused = await companyInfo(access_token);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({
      fault: { type: 'AUTHENTICATION', error: [{ code: '3200' }] },
    });
  });

  it('refuses another company than the one consented to with 403', async () => {
    await start();
    const { access_token } = await qbo.connect();
    const refused = await companyInfo(access_token, '9341999999999999');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ fault: { error: [{ code: '3100' }] } });
  });

  it('keeps the refresh token for a day, then gives a new one and ends the old', async () => {
    await start();
    const { refresh_token } = await qbo.connect();
    expect((await refresh(refresh_token)).body.refresh_token).toBe(refresh_token);
    later(day + 1000);
    const rotated = await refresh(refresh_token);
    expect(rotated.body.refresh_token).not.toBe(refresh_token);
    const reused = await refresh(refresh_token);
    expect(reused.status).toBe(400);
    expect(reused.body.error).toBe('invalid_grant');
    expect((await companyInfo(rotated.body.access_token)).status).toBe(200);
  });

  it('rotates at every refresh when told so', async () => {
    await start({ refreshRotation: 'always' });
    const { refresh_token } = await qbo.connect();
    expect((await refresh(refresh_token)).body.refresh_token).not.toBe(refresh_token);
  });

  it('lets a refresh token die after a hundred days', async () => {
    await start();
    const { refresh_token } = await qbo.connect();
    later(101 * day);
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  });

  it('ends everything when the refresh token is revoked with a JSON body', async () => {
    await start();
    const { access_token, refresh_token } = await qbo.connect();
    const revoked = await fetch(`${qbo.url}/v2/oauth2/tokens/revoke`, {
      method: 'POST',
      headers: { authorization: basic(), 'content-type': 'application/json' },
      body: JSON.stringify({ token: refresh_token }),
    });
    expect(revoked.status).toBe(200);
    expect((await companyInfo(access_token)).status).toBe(401);
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  });

  it('refuses the wrong client secret', async () => {
    await start();
    const response = await fetch(`${qbo.url}/oauth2/v1/tokens/bearer`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('holdfast-emulator:wrong').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('describes itself in Intuit’s discovery document', async () => {
    await start();
    const response = await fetch(`${qbo.url}/.well-known/openid_configuration`);
    expect(await response.json()).toMatchObject({
      authorization_endpoint: `${qbo.url}/connect/oauth2`,
      token_endpoint: `${qbo.url}/oauth2/v1/tokens/bearer`,
      revocation_endpoint: `${qbo.url}/v2/oauth2/tokens/revoke`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    });
  });
});
