import { afterEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import type { EmulatorOptions, RunningEmulator } from '../../emulator/index.ts';
import {
  maintenancePage,
  quickBooksFault,
  quickBooksTooMany,
  xeroTooMany,
} from '../../emulator/ready-faults.ts';
import type { FaultShape } from '../../emulator/ready-faults.ts';
import { createInvoice } from '../../emulator/quickbooks/edits.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';
import { noLimits } from '../../emulator/xero/limits.ts';
import type { XeroQuirks } from '../../emulator/xero/quirks.ts';
import * as quick from '../support/quickbooks-emulator.ts';
import { bookOf, connect, customer, invoice, refresh, rows, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero, TokenReply } from '../support/xero-emulator.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;
const startMs = quick.worldNowMs;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function xeroWith(quirks: Partial<XeroQuirks> = {}, more: EmulatorOptions = {}): Promise<EmulatedXero> {
  const books = [bookOf('one', [customer('ann'), customer('bob'), invoice('1', 'ann')]), bookOf('two', [])];
  const xero = await startXero(books, { quirks: { xero: quirks }, ...more });
  closers.push(() => xero.emulator.close());
  return xero;
}

async function quickWith(
  options: Partial<QuickBooksOptions> = {},
  invoices = 1,
): Promise<quick.EmulatedQuickBooks> {
  const documents = Array.from({ length: invoices }, (_one, index) =>
    quick.invoice(String(index + 1), 'ann'),
  );
  const emulated = await quick.startQuickBooks(quick.bookOf([quick.customer('ann'), ...documents]), options);
  closers.push(() => emulated.close());
  return emulated;
}

describe('times that are too coarse', () => {
  it('tie in Xero: edits within one grain have one UpdatedDateUTC, and are found from it on', async () => {
    const xero = await xeroWith({ updatedGrainMs: minuteMs, modifiedSinceGrainMs: 1 });
    const people = xero.emulator.xero('one');
    xero.emulator.clock.set(startMs + minuteMs + 10_000);
    people.updateContact('Customer ann', { FirstName: 'A' });
    xero.emulator.clock.set(startMs + minuteMs + 50_000);
    people.updateContact('Customer bob', { FirstName: 'B' });
    const stamp = `/Date(${String(startMs + minuteMs)}+0000)/`;
    const since = { 'if-modified-since': new Date(startMs + minuteMs).toISOString() };
    const found = rows(await xero.get('Contacts?page=1', since), 'Contacts');
    expect(found.map((one) => one['UpdatedDateUTC'])).toEqual([stamp, stamp]);
    const later = { 'if-modified-since': new Date(startMs + minuteMs + 1).toISOString() };
    expect(rows(await xero.get('Contacts?page=1', later), 'Contacts')).toEqual([]);
  });

  it('tie in QuickBooks too, to the second or coarser', async () => {
    const { books, world, query } = await quickWith({ updatedGrainMs: minuteMs, metaDataZone: 'company' });
    world.clock.set(startMs + minuteMs + 59_000);
    createInvoice(books, { customerId: '1', amountMinor: 100 });
    const found = await query(
      "select * from Invoice where MetaData.LastUpdatedTime >= '2026-03-11T10:01:00Z'",
    );
    const [one] = found['Invoice'] as { MetaData: { LastUpdatedTime: string } }[];
    expect(one!.MetaData.LastUpdatedTime).toBe('2026-03-11T10:01:00+00:00');
  });
});

describe('filters by update time that are silently ignored', () => {
  it('give everything in Xero', async () => {
    const xero = await xeroWith({ modifiedSinceIgnored: true });
    const future = { 'if-modified-since': '2030-01-01T00:00:00' };
    expect(rows(await xero.get('Contacts?page=1', future), 'Contacts')).toHaveLength(2);
  });

  it('give everything in QuickBooks, but for the other conditions', async () => {
    const { query } = await quickWith({ lastUpdatedTimeIgnored: true }, 3);
    const future = "MetaData.LastUpdatedTime > '2030-01-01T00:00:00Z'";
    expect((await query(`select * from Invoice where ${future}`))['Invoice']).toHaveLength(3);
    const two = await query(`select * from Invoice where ${future} and DocNumber = 'INV-2'`);
    expect(two['Invoice']).toHaveLength(1);
  });
});

describe('what QuickBooks says when something failed', () => {
  const shapes: [FaultShape, number, RegExp][] = [
    ['json', 500, /^\{"Fault":\{"Error":\[\{"Message":.*"code":"10000"/],
    ['gateway', 401, /^\{"warnings":null.*"fault":\{"error":\[\{"message".*"code":"3200"/],
    ['xml', 500, /<IntuitResponse .*<Error code="10000">/],
    ['http-200', 200, /^\{"Fault":\{"Error":/],
  ];
  it.each(shapes)('comes in the shape %s', async (shape, status, body) => {
    const { world, call } = await quickWith();
    world.faults.add({ path: '/v3/**', ...quickBooksFault(shape) });
    const reply = await call('GET', 'customer/1');
    expect(reply.status).toBe(status);
    expect(await reply.text()).toMatch(body);
  });

  it('comes with HTTP 200 from the platform itself for the codes that are named', async () => {
    const { call } = await quickWith({ okFaultCodes: ['610'] });
    const reply = await call('GET', 'customer/999');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ Fault: { Error: [{ code: '610' }] } });
  });
});

describe('replies that never arrive whole', () => {
  it('are an HTML page while the platform is being worked on', async () => {
    const xero = await xeroWith();
    xero.emulator.faults.add({ path: '/api.xro/**', ...maintenancePage(120) });
    const reply = await xero.call('GET', 'Organisation');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '120']);
    expect(reply.headers.get('content-type')).toContain('text/html');
    expect(await reply.text()).toMatch(/^<!DOCTYPE html>/);
  });

  it('are cut at any byte, first and last among them', async () => {
    const xero = await xeroWith();
    const whole = await (await xero.call('GET', 'Organisation')).text();
    for (const cutAtByte of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
      const id = xero.emulator.faults.add({ path: '/api.xro/**', cutAtByte });
      const reply = await xero.call('GET', 'Organisation');
      const got: Buffer[] = [];
      const read = async (): Promise<void> => {
        for await (const chunk of reply.body!) got.push(Buffer.from(chunk as Uint8Array));
      };
      await expect(read()).rejects.toThrow();
      expect(Buffer.concat(got)).toHaveLength(cutAtByte);
      xero.emulator.faults.clear(id);
    }
  });

  it('are missing altogether when the connection dies before the first byte, though the work was done', async () => {
    const xero = await xeroWith();
    xero.emulator.faults.add({ method: 'PUT', reset: true, times: 1 });
    const lost = xero.call('PUT', 'ContactGroups', { body: { Name: 'Hold' } });
    await expect(lost).rejects.toThrow('fetch failed');
    expect(xero.emulator.effects.list('group-create')).toHaveLength(1);
  });

  it('drip, byte by byte, and may be cut while they do', async () => {
    const xero = await xeroWith();
    xero.emulator.faults.add({ path: '**/Organisation', dripBytesPerSecond: 4_000, times: 1 });
    const reply = await xero.call('GET', 'Organisation');
    let pieces = 0;
    for await (const _chunk of reply.body!) pieces += 1;
    expect(pieces).toBeGreaterThan(2);
    xero.emulator.faults.add({ dripBytesPerSecond: 4_000, cutAtByte: 300, times: 1 });
    await expect((await xero.call('GET', 'Organisation')).text()).rejects.toThrow();
  });
});

describe('too many calls', () => {
  it.each(['minute', 'day', 'appminute', 'concurrent'])(
    'of Xero’s kind %s come with Retry-After and without',
    async (problem) => {
      const xero = await xeroWith();
      const { faults } = xero.emulator;
      faults.add({ ...xeroTooMany(problem), times: 1 });
      faults.add({ ...xeroTooMany(problem, 17), times: 1 });
      const without = await xero.call('GET', 'Organisation');
      const told = await xero.call('GET', 'Organisation');
      expect([without.status, told.status]).toEqual([429, 429]);
      expect(without.headers.get('x-rate-limit-problem')).toBe(problem);
      expect([without.headers.get('retry-after'), told.headers.get('retry-after')]).toEqual([null, '17']);
    },
  );

  it('are refused by Xero’s own counters with Retry-After or without, as is played', async () => {
    const xero = await xeroWith({ retryAfter: 'never' }, { limits: { ...noLimits, perMinute: 0 } });
    expect((await xero.call('GET', 'Organisation')).headers.get('retry-after')).toBeNull();
    xero.emulator.quirks.retryAfter = 'timed';
    expect((await xero.call('GET', 'Organisation')).headers.get('retry-after')).toBe('60');
  });

  it('of a whole app are counted over all its organisations', async () => {
    const xero = await xeroWith({}, { limits: { ...noLimits, appPerMinute: 1 } });
    expect((await xero.call('GET', 'Organisation')).status).toBe(200);
    const refused = await xero.call('GET', 'Organisation');
    expect(refused.headers.get('x-rate-limit-problem')).toBe('appminute');
  });

  it('of a day end with the day, where the limits run on the world’s clock', async () => {
    const xero = await xeroWith({}, { limits: { ...noLimits, perDay: 1, clock: 'world' } });
    expect((await xero.call('GET', 'Organisation')).status).toBe(200);
    const refused = await xero.call('GET', 'Organisation');
    expect(refused.headers.get('x-rate-limit-problem')).toBe('day');
    const waitMs = Number(refused.headers.get('retry-after')) * 1000;
    xero.emulator.clock.set(xero.emulator.clock.nowMs() + waitMs);
    const { access_token: token } = await connect(xero.emulator);
    expect((await xero.call('GET', 'Organisation', { token })).status).toBe(200);
  });

  it('of QuickBooks’ kind are XML, with Retry-After and without, and end with their minute', async () => {
    const { world, call } = await quickWith({ limits: true, limitClock: 'world', retryAfterSeconds: 60 });
    world.faults.add({ ...quickBooksTooMany(), times: 1 });
    expect((await call('GET', 'customer/1')).headers.get('retry-after')).toBeNull();
    const statuses: number[] = [];
    for (let turn = 0; turn < 11; turn += 1) statuses.push((await call('GET', 'customer/1')).status);
    expect(statuses).toContain(429);
    world.clock.set(world.clock.nowMs() + minuteMs);
    expect((await call('GET', 'customer/1')).status).toBe(200);
  });
});

describe('refresh tokens', () => {
  async function lose(xero: EmulatedXero): Promise<void> {
    xero.emulator.faults.add({ path: '/connect/token', reset: true, times: 1 });
    await expect(refresh(xero.emulator, xero.tokens.refresh_token)).rejects.toThrow();
  }

  it('of Xero whose reply was lost can be used again for half an hour, not longer', async () => {
    const xero = await xeroWith();
    await lose(xero);
    xero.emulator.clock.set(startMs + 29 * minuteMs);
    expect((await refresh(xero.emulator, xero.tokens.refresh_token)).status).toBe(200);
    xero.emulator.clock.set(startMs + 31 * minuteMs);
    const late = await refresh(xero.emulator, xero.tokens.refresh_token);
    expect([late.status, await late.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('of Xero without that grace end their consent when they are used again', async () => {
    const xero = await xeroWith({ refreshGrace: false });
    const fresh = (await (await refresh(xero.emulator, xero.tokens.refresh_token)).json()) as TokenReply;
    expect((await refresh(xero.emulator, xero.tokens.refresh_token)).status).toBe(400);
    expect((await refresh(xero.emulator, fresh.refresh_token)).status).toBe(400);
    expect((await xero.call('GET', 'Organisation', { token: fresh.access_token })).status).toBe(401);
  });

  it('of Intuit whose reply was lost are dead when the value had changed, and their reuse may end all', async () => {
    const { url, world, connect: connectQuick } = await quickWith({ refreshReuseRevokes: true });
    const { refresh_token } = await connectQuick();
    const again = (): Promise<Response> =>
      quick.requestToken(url, { grant_type: 'refresh_token', refresh_token });
    world.clock.set(startMs + dayMs + minuteMs);
    world.faults.add({ path: '**/tokens/bearer', cutAtByte: 0, times: 1 });
    await expect(again().then((reply) => reply.text())).rejects.toThrow();
    const refused = await again();
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('end when the user takes the consent back', async () => {
    const xero = await xeroWith();
    const { xeroUrl } = xero.emulator;
    const authorization = `Basic ${Buffer.from('holdfast-emulator:holdfast-emulator-secret').toString('base64')}`;
    const body = new URLSearchParams({ token: xero.tokens.refresh_token });
    await fetch(`${xeroUrl}/connect/revocation`, { method: 'POST', headers: { authorization }, body });
    expect((await refresh(xero.emulator, xero.tokens.refresh_token)).status).toBe(400);
    expect((await xero.call('GET', 'Organisation')).status).toBe(401);
  });
});

describe('consent', () => {
  it('may be given for another organisation than the one that was meant', async () => {
    const xero = await xeroWith();
    const emulator: RunningEmulator = xero.emulator;
    const { store } = emulator.xero('two');
    await fetchConnections(xero, 'DELETE');
    emulator.consent.xero.companies = [store.tenant];
    const { access_token: token } = await connect(emulator);
    expect((await xero.call('GET', 'Organisation', { token })).status).toBe(403);
    const headers = { 'xero-tenant-id': store.tenant };
    expect((await xero.call('GET', 'Organisation', { token, headers })).status).toBe(200);
  });

  async function fetchConnections(xero: EmulatedXero, method: 'DELETE'): Promise<void> {
    const headers = { authorization: `Bearer ${xero.tokens.access_token}` };
    const url = `${xero.emulator.xeroUrl}/connections`;
    const found = (await (await fetch(url, { headers })).json()) as { id: string }[];
    for (const { id } of found) await fetch(`${url}/${id}`, { method, headers });
  }
});

describe('change data capture', () => {
  async function changed(emulated: quick.EmulatedQuickBooks, sinceMs: number): Promise<Response> {
    const since = encodeURIComponent(new Date(sinceMs).toISOString());
    return emulated.call('GET', `cdc?entities=Invoice&changedSince=${since}`);
  }

  it('stops at 1,000 objects without a word', async () => {
    const emulated = await quickWith({}, 0);
    emulated.books.change(() => {
      for (let made = 0; made < 1_005; made += 1)
        createInvoice(emulated.books, { customerId: '1', amountMinor: 100 });
    });
    const reply = await changed(emulated, startMs - 1000);
    expect(reply.status).toBe(200);
    const body = (await reply.json()) as {
      CDCResponse: { QueryResponse: { Invoice: object[]; maxResults: number }[] }[];
    };
    expect(body.CDCResponse[0]!.QueryResponse[0]!.Invoice).toHaveLength(1_000);
    expect(body.CDCResponse[0]!.QueryResponse[0]!.maxResults).toBe(1_000);
  });

  it('is refused for more than 30 days', async () => {
    const emulated = await quickWith();
    expect((await changed(emulated, startMs - 30 * dayMs + minuteMs)).status).toBe(200);
    const refused = await changed(emulated, startMs - 30 * dayMs - minuteMs);
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { Fault: { Error: [{ code: '4001' }] } },
    ]);
  });
});

describe('the call that must not be made', () => {
  it('empties a whole contact group at once, and stands in the ledger of effects', async () => {
    const xero = await xeroWith();
    const body = { ContactGroups: [{ Name: 'Hold' }] };
    const made = (await (await xero.call('PUT', 'ContactGroups', { body })).json()) as Record<string, never>;
    const id = String(rows(made, 'ContactGroups')[0]!['ContactGroupID']);
    const people = xero.emulator.xero('one');
    people.addToGroup('Hold', 'Customer ann');
    people.addToGroup('Hold', 'Customer bob');
    expect((await xero.call('DELETE', `ContactGroups/${id}/Contacts`)).status).toBe(204);
    expect(people.groupMembers('Hold')).toEqual([]);
    expect(xero.emulator.effects.list('group-empty')).toHaveLength(1);
  });
});

describe('quirks of a running emulator', () => {
  it('are read and changed over HTTP on either server', async () => {
    const emulator = await startEmulator({ servers: ['xero', 'quickbooks'] });
    closers.push(() => emulator.close());
    const change = (url: string, body: object): Promise<Response> =>
      fetch(`${url}/_emulator/quirks`, { method: 'POST', body: JSON.stringify(body) });
    await change(emulator.xeroUrl, { updatedGrainMs: 1000 });
    await change(emulator.quickbooksUrl, { cdcCapObjects: 7 });
    expect(emulator.quirks.updatedGrainMs).toBe(1000);
    expect(emulator.quickbooksQuirks.cdcCapObjects).toBe(7);
  });
});
