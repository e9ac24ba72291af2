import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../emulator/core/faults.ts';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import { maintenancePage, quickBooksTooMany, xeroTooMany } from '../../emulator/ready-faults.ts';
import { noLimits } from '../../emulator/xero/limits.ts';
import * as quick from '../support/quickbooks-emulator.ts';
import { allScopes, bookOf, customer, invoice, worldNowMs } from '../support/xero-emulator.ts';

/*
 * The emulator over sockets and the emulator in this process must be the same thing: one scripted conversation with
 * both, one transcript.
 */

const running: RunningEmulator[] = [];
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.close();
});

async function start(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator({
    xero: [bookOf('one', [customer('ann'), customer('bob'), invoice('1', 'ann'), invoice('2', 'bob')])],
    quickbooks: [quick.bookOf([quick.customer('ann'), quick.invoice('1', 'ann')])],
    nowMs: worldNowMs,
    servers: ['xero', 'quickbooks'],
    quirks: { quickbooks: { limits: false } },
    limits: { ...noLimits, perMinute: 60, concurrent: 5, clock: 'world' },
    ...options,
  });
  emulator.clock.freeze(worldNowMs);
  running.push(emulator);
  return emulator;
}

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** One reply as it can be compared: without what is drawn by lot, and without the address it came from. */
interface Heard {
  status: number | string;
  headers?: Record<string, string>;
  body?: string;
}

const headersOfInterest = [
  'content-type',
  'content-length',
  'date',
  'location',
  'retry-after',
  'x-rate-limit-problem',
  'x-minlimit-remaining',
];
const tokenLike = /"(access_token|refresh_token|id_token)":"[^"]+"/g;

function failure(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function told(error: Error): string {
  return `${error.name}: ${error.message}`;
}

/** Speaks with one platform pair and writes down what it hears. */
class Conversation {
  readonly heard: Heard[] = [];
  readonly emulator: RunningEmulator;
  readonly #fetch: Fetch;

  constructor(emulator: RunningEmulator, fetch_: Fetch) {
    this.emulator = emulator;
    this.#fetch = fetch_;
  }

  async say(url: string, init: RequestInit = {}): Promise<string> {
    const reply = await this.#fetch(url, { redirect: 'manual', ...init }).catch(failure);
    if (reply instanceof Error) {
      this.heard.push({ status: told(reply) });
      return '';
    }
    const headers = Object.fromEntries(
      headersOfInterest
        .filter((name) => reply.headers.has(name))
        .map((name) => [name, this.#plain(reply.headers.get(name) ?? '')]),
    );
    const body = await reply.text().catch((error: unknown) => told(failure(error)));
    const plain = this.#plain(body);
    if (plain !== body) delete headers['content-length'];
    this.heard.push({ status: reply.status, headers, body: plain });
    return reply.headers.get('location') ?? body;
  }

  /** Says the same with a fault in force. */
  async under(fault: Fault, url: string, init: RequestInit = {}): Promise<void> {
    const id = this.emulator.faults.add(fault);
    await this.say(url, init);
    this.emulator.faults.clear(id);
  }

  #plain(text: string): string {
    const { xeroUrl, quickbooksUrl } = this.emulator;
    return text
      .replaceAll(xeroUrl, 'XERO')
      .replaceAll(quickbooksUrl, 'QUICKBOOKS')
      .replace(tokenLike, '"$1":"…"')
      .replace(/([?&]code=)[^&"]+/g, '$1…');
  }
}

async function speakWithXero(talk: Conversation): Promise<void> {
  const { emulator } = talk;
  const url = emulator.xeroUrl;
  const token = await xeroToken(talk);
  const tenant = emulator.xero('one').store.tenant;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'xero-tenant-id': tenant };
  const api = `${url}/api.xro/2.0`;
  const put = (body: object): RequestInit => ({ method: 'PUT', headers, body: JSON.stringify(body) });
  await talk.say(`${api}/Organisation`, { headers });
  await talk.say(`${api}/Organisation`, { headers: { ...headers, accept: '*/*' } });
  await talk.say(`${api}/Invoices?page=1&pageSize=1&where=${encodeURIComponent('Type=="ACCREC"')}`, {
    headers,
  });
  await talk.say(`${api}/Contacts?page=1`, {
    headers: { ...headers, 'if-modified-since': '2030-01-01T00:00:00' },
  });
  await talk.say(`${api}/Contacts?where=Nothing((`, { headers });
  const made = await emulatorGroup(talk, api, put);
  const contact = emulator.xero('one').contact('Customer ann').ContactID;
  await talk.say(`${api}/ContactGroups/${made}/Contacts`, put({ Contacts: [{ ContactID: contact }] }));
  await talk.say(`${api}/ContactGroups/${made}/Contacts/${contact}`, { method: 'DELETE', headers });
  await talk.say(`${api}/Contacts/${contact}/History`, put({ HistoryRecords: [{ Details: 'Grüße, 1 €' }] }));
  await talk.say(`${api}/Contacts/${contact}/History`, { headers });
  await talk.say(`${api}/Nowhere`, { headers });
  await talk.say(`${api}/Organisation`, { headers: { accept: 'application/json' } });
  const organisation = `${api}/Organisation`;
  await talk.under(xeroTooMany('minute', 9), organisation, { headers });
  await talk.under(maintenancePage(), organisation, { headers });
  await talk.under({ status: 500 }, organisation, { headers });
  await talk.under({ status: 200, body: 'plain' }, organisation, { headers });
  await talk.under({ cutAtByte: 0 }, organisation, { headers });
  await talk.under({ cutAtByte: 50 }, organisation, { headers });
  await talk.under({ dripBytesPerSecond: 20_000 }, organisation, { headers });
  await talk.under({ dripBytesPerSecond: 20_000, cutAtByte: 200 }, organisation, { headers });
  await talk.under({ delayMs: 30 }, organisation, { headers });
  await talk.under({ reset: true }, organisation, { headers });
  await talk.under({ cutAtByte: 0, method: 'DELETE' }, `${api}/ContactGroups/${made}/Contacts/${contact}`, {
    method: 'DELETE',
    headers,
  });
  for (let left = 60; left > 0; left -= 1) await talk.say(`${api}/Currencies`, { headers });
}

async function emulatorGroup(
  talk: Conversation,
  api: string,
  put: (body: object) => RequestInit,
): Promise<string> {
  const text = await talk.say(`${api}/ContactGroups`, put({ Name: 'Hold' }));
  await talk.say(`${api}/ContactGroups`, put({ Name: 'Hold' }));
  return /"ContactGroupID":"([^"]+)"/.exec(text)?.[1] ?? '';
}

const basic = `Basic ${Buffer.from('holdfast-emulator:holdfast-emulator-secret').toString('base64')}`;
const callback = 'http://127.0.0.1:9/callback';

async function xeroToken(talk: Conversation): Promise<string> {
  const url = talk.emulator.xeroUrl;
  const verifier = 'a'.repeat(50);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'holdfast-emulator',
    redirect_uri: callback,
    scope: allScopes,
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await talk.say(`${url}/.well-known/openid-configuration`);
  const back = new URL(await talk.say(`${url}/identity/connect/authorize?${query.toString()}`));
  const code = back.searchParams.get('code') ?? '';
  const fields = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
  return takeToken(talk, `${url}/connect/token`, fields);
}

async function takeToken(talk: Conversation, url: string, fields: Record<string, string>): Promise<string> {
  const headers = { authorization: basic };
  const text = await talk.say(url, { method: 'POST', headers, body: new URLSearchParams(fields) });
  await talk.say(url, { method: 'POST', headers, body: new URLSearchParams({ grant_type: 'none' }) });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

async function speakWithQuickBooks(talk: Conversation): Promise<void> {
  const url = talk.emulator.quickbooksUrl;
  const query = new URLSearchParams({
    client_id: 'holdfast-emulator',
    response_type: 'code',
    scope: 'com.intuit.quickbooks.accounting',
    redirect_uri: callback,
    state: 'a-state',
  });
  const back = new URL(await talk.say(`${url}/connect/oauth2?${query.toString()}`));
  const code = back.searchParams.get('code') ?? '';
  const fields = { grant_type: 'authorization_code', code, redirect_uri: callback };
  const token = await takeToken(talk, `${url}/oauth2/v1/tokens/bearer`, fields);
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const api = `${url}/v3/company/${quick.testCompany.id}`;
  const post = (body: object): RequestInit => ({ method: 'POST', headers, body: JSON.stringify(body) });
  await talk.say(`${api}/query?query=${encodeURIComponent('select * from Invoice')}`, { headers });
  await talk.say(`${api}/query`, { method: 'POST', headers, body: "select * from Customer where Id = '1'" });
  await talk.say(`${api}/cdc?entities=Invoice,Customer&changedSince=2026-03-01T00:00:00Z`, { headers });
  await talk.say(`${api}/customer/1`, { headers: { authorization: headers.authorization } });
  await talk.say(`${api}/customer`, post({ Id: '1', SyncToken: '0', sparse: true, Notes: 'Held' }));
  await talk.say(`${api}/customer`, post({ Id: '1', SyncToken: '7', sparse: true, Notes: 'Again' }));
  await talk.say(`${api}/invoice/1/send?sendTo=ann%2Bbills@example.com`, { method: 'POST', headers });
  await talk.say(`${api}/customer/1`);
  await talk.under(quickBooksTooMany(60), `${api}/customer/1`, { headers });
  await talk.under({ cutAtByte: 10 }, `${api}/customer/1`, { headers });
}

describe('the emulator in process', () => {
  it('says in one conversation with Xero what the emulator over HTTP says', async () => {
    const [http, inside] = [await start(), await start({ inProcess: true })];
    const [over, within] = [
      new Conversation(http, fetch),
      new Conversation(inside, (url, init) => inside.fetch(url, init)),
    ];
    await speakWithXero(over);
    await speakWithXero(within);
    expect(within.heard).toEqual(over.heard);
    const statuses = over.heard.map((one) => one.status);
    for (const status of [200, 204, 302, 400, 401, 404, 429, 500, 503, 'TypeError: fetch failed'])
      expect(statuses).toContain(status);
    expect(within.emulator.effects.list()).toEqual(over.emulator.effects.list());
  });

  it('says in one conversation with QuickBooks what the emulator over HTTP says', async () => {
    const [http, inside] = [await start(), await start({ inProcess: true })];
    const [over, within] = [
      new Conversation(http, fetch),
      new Conversation(inside, (url, init) => inside.fetch(url, init)),
    ];
    await speakWithQuickBooks(over);
    await speakWithQuickBooks(within);
    expect(within.heard).toEqual(over.heard);
    expect(over.heard.map((one) => one.status)).toEqual(expect.arrayContaining([200, 302, 400, 401, 429]));
    expect(within.emulator.effects.list()).toEqual(over.emulator.effects.list());
  });

  it('opens no port, has loopback addresses all the same, and answers nobody else’s', async () => {
    const emulator = await start({ inProcess: true });
    expect(emulator.env()).toMatchObject({ XERO_API_URL: 'http://127.0.0.1:1' });
    expect(emulator.env()).toMatchObject({ QUICKBOOKS_API_URL: 'http://127.0.0.1:2' });
    expect(emulator.smtpUrl).toBe('');
    await expect(fetch(emulator.xeroUrl)).rejects.toThrow('fetch failed');
    await expect(emulator.fetch('http://127.0.0.1:3/')).rejects.toThrow('fetch failed');
  });

  it('is reached by fetch beside its ports too', async () => {
    const emulator = await start();
    const reply = await emulator.fetch(`${emulator.xeroUrl}/.well-known/openid-configuration`);
    expect(await reply.json()).toMatchObject({ issuer: emulator.xeroUrl });
  });

  it('lets delays and slow replies pass as it is told, not by waiting', async () => {
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => void slept.push(ms);
    const emulator = await start({ inProcess: true, sleep });
    emulator.faults.add({ delayMs: 3_600_000, dripBytesPerSecond: 1, times: 1 });
    const reply = await emulator.fetch(`${emulator.xeroUrl}/nowhere`);
    expect(await reply.text()).toContain('cannot be found');
    expect(slept[0]).toBe(3_600_000);
    expect(slept.length).toBeGreaterThan(40);
  });

  it('goes on working when the caller gives up, as a server does', async () => {
    let release = (): void => undefined;
    const sleep = (): Promise<void> => new Promise((resolve) => (release = resolve));
    const emulator = await start({ inProcess: true, sleep });
    const talk = new Conversation(emulator, (url, init) => emulator.fetch(url, init));
    const authorization = `Bearer ${await xeroToken(talk)}`;
    emulator.faults.add({ delayMs: 1000, times: 1 });
    const gaveUp = new AbortController();
    const headers = { authorization, 'xero-tenant-id': emulator.xero('one').store.tenant };
    const call = emulator.fetch(`${emulator.xeroUrl}/api.xro/2.0/ContactGroups`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ Name: 'Hold' }),
      signal: gaveUp.signal,
    });
    await expect.poll(() => emulator.effects.list('group-create').length).toBe(1);
    gaveUp.abort();
    await expect(call).rejects.toThrow('aborted');
    release();
  });

  it('counts calls in flight until their bodies have gone', async () => {
    const waiting: (() => void)[] = [];
    const sleep = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
    const emulator = await start({ inProcess: true, sleep, limits: { ...noLimits, concurrent: 1 } });
    const talk = new Conversation(emulator, (url, init) => emulator.fetch(url, init));
    const authorization = `Bearer ${await xeroToken(talk)}`;
    const headers = { authorization, 'xero-tenant-id': emulator.xero('one').store.tenant };
    const ask = (): Promise<Response> =>
      emulator.fetch(`${emulator.xeroUrl}/api.xro/2.0/Organisation`, { headers });
    emulator.faults.add({ delayMs: 10, times: 1 });
    const slow = ask();
    await expect.poll(() => waiting.length).toBe(1);
    expect((await ask()).headers.get('x-rate-limit-problem')).toBe('concurrent');
    waiting[0]!();
    expect((await slow).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it('plays the user’s browser without a port', async () => {
    const emulator = await start({ inProcess: true });
    const visited = await emulator.visit(`${emulator.xeroUrl}/identity/connect/authorize?client_id=unknown`);
    expect(visited).toMatchObject({ status: 400, body: expect.stringContaining('Unknown client') as string });
  });
});
