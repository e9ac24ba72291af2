import { afterEach, describe, expect, it } from 'vitest';
import { noLimits, xeroLimits } from '../../emulator/xero/limits.ts';
import { bookOf, customer, invoice, rows, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero } from '../support/xero-emulator.ts';

let xero: EmulatedXero;
afterEach(() => xero.emulator.close());

const book = bookOf('one', [customer('ann'), invoice('1', 'ann')]);

describe('call limits of the emulated Xero', () => {
  it('are the real ones by default, and every reply says what is left', async () => {
    xero = await startXero([book], { limits: 'real' });
    const reply = await xero.call('GET', 'Organisation');
    expect(reply.headers.get('x-minlimit-remaining')).toBe('59');
    expect(reply.headers.get('x-daylimit-remaining')).toBe('4999');
    expect(reply.headers.get('x-appminlimit-remaining')).toBe('9999');
    expect(xeroLimits).toEqual({ perMinute: 60, perDay: 5000, appPerMinute: 10_000, concurrent: 5 });
  });

  it('stop the call after the last of a minute and say for how long', async () => {
    xero = await startXero([book], { limits: { ...noLimits, perMinute: 3 } });
    for (const left of ['2', '1', '0']) {
      expect((await xero.call('GET', 'Organisation')).headers.get('x-minlimit-remaining')).toBe(left);
    }
    const refused = await xero.call('GET', 'Organisation');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-rate-limit-problem')).toBe('minute');
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('name the day when that is what is used up', async () => {
    xero = await startXero([book], { limits: { ...noLimits, perDay: 1 } });
    await xero.call('GET', 'Organisation');
    const refused = await xero.call('GET', 'Organisation');
    expect(refused.headers.get('x-rate-limit-problem')).toBe('day');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
  });

  it('let five calls be under way at once and refuse the sixth without a Retry-After', async () => {
    xero = await startXero([book], { limits: { ...noLimits, concurrent: 5 } });
    xero.emulator.faults.add({ path: '/api.xro/**', delayMs: 300, times: 5 });
    const replies = await Promise.all(Array.from({ length: 6 }, () => xero.call('GET', 'Organisation')));
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = replies.find((reply) => reply.status === 429);
    expect(refused?.headers.get('x-rate-limit-problem')).toBe('concurrent');
    expect(refused?.headers.get('retry-after')).toBeNull();
    expect((await xero.call('GET', 'Organisation')).status).toBe(200);
  });
});

describe('faults of the emulator', () => {
  it('answer in place of the platform, after so many calls and so often', async () => {
    xero = await startXero([book]);
    xero.emulator.faults.add({
      method: 'GET',
      path: '/api.xro/2.0/Contacts',
      status: 503,
      headers: { 'Retry-After': '7' },
      body: '<html>maintenance</html>',
      after: 1,
      times: 2,
    });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await xero.call('GET', 'Contacts?page=1')).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await xero.call('GET', 'Organisation')).status).toBe(200);
  });

  it('cut a reply after some bytes of its body', async () => {
    xero = await startXero([book]);
    xero.emulator.faults.add({ path: '^/api.xro/2.0/contacts$', cutAtByte: 40, times: 1 });
    const reply = await xero.call('GET', 'Contacts?page=1');
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
    expect((await xero.call('GET', 'Contacts?page=1')).status).toBe(200);
  });

  it('lose the answer of a write that was carried out', async () => {
    xero = await startXero([book]);
    const id = xero.emulator.xero('one').invoice('INV-1').InvoiceID;
    xero.emulator.faults.add({ method: 'POST', path: '**/Email', cutAtByte: 0, times: 1 });
    const lost = async (): Promise<string> =>
      (await xero.call('POST', `Invoices/${id}/Email`, { body: {} })).text();
    await lost().catch(() => 'the socket died');
    expect(xero.emulator.effects.list('invoice-email')).toHaveLength(1);
    expect(rows(await xero.get(`Invoices/${id}/History`), 'HistoryRecords')).toHaveLength(1);
  });

  it('are declared, listed and cleared over HTTP, which no fault can hit', async () => {
    xero = await startXero([book]);
    const url = `${xero.emulator.xeroUrl}/_emulator/faults`;
    const body = JSON.stringify({ path: '**', status: 500, body: { broken: true } });
    const { id } = (await (await fetch(url, { method: 'POST', body })).json()) as { id: number };
    const failed = await xero.call('GET', 'Organisation');
    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({ broken: true });
    expect(await (await fetch(url)).json()).toMatchObject([{ id, struck: 1 }]);
    expect((await fetch(`${url}?id=${String(id)}`, { method: 'DELETE' })).status).toBe(204);
    expect((await xero.call('GET', 'Organisation')).status).toBe(200);
  });
});

describe('control of the emulator', () => {
  it('moves the clock, from which the Date header comes too', async () => {
    xero = await startXero([book]);
    const iso = '2026-03-12T08:30:00.000Z';
    const url = `${xero.emulator.xeroUrl}/_emulator/clock`;
    const moved = await fetch(url, { method: 'POST', body: JSON.stringify({ iso }) });
    expect(moved.headers.get('date')).toContain('12 Mar 2026 08:30');
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400);
    expect(Number(xero.emulator.env()['HOLDFAST_CLOCK_OFFSET_MS'])).toBeCloseTo(
      Date.parse(iso) - Date.now(),
      -4,
    );
  });

  it('gives the ledger of effects and the suggested limits as CSV', async () => {
    xero = await startXero([book]);
    await xero.call('PUT', 'ContactGroups', { body: { Name: 'Hold' }, headers: { 'idempotency-key': 'g' } });
    const ledger = await fetch(`${xero.emulator.xeroUrl}/_emulator/ledger`);
    expect(await ledger.json()).toMatchObject([
      { platform: 'xero', company: xero.tenant, kind: 'group-create', requestId: 'g', method: 'PUT' },
    ]);
    const limits = await fetch(`${xero.emulator.xeroUrl}/_emulator/limits?company=${xero.tenant}`);
    expect(await limits.text()).toBe('customer,limit,group,group_limit\n"Ann, ""A"" & Co",500,,\n');
  });
});
