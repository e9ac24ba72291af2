import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PlatformError, type Day, type QuarantinedRow } from '../../src/domain/index.ts';
import { createLog } from '../../src/lib/index.ts';
import { countryCode } from '../../connectors/kit/country.ts';
import { networkError, redact, retryAfterMs } from '../../connectors/kit/errors.ts';
import { Http } from '../../connectors/kit/http.ts';
import { CallCounts, type LimiterRules } from '../../connectors/kit/call-counts.ts';
import { Limiter } from '../../connectors/kit/limiter.ts';
import { checked, readRows, splitEmails, utcDay } from '../../connectors/kit/rows.ts';
import {
  findHoldLine,
  holdLine,
  withHoldLine,
  withoutHoldLine,
} from '../../connectors/quickbooks/hold-line.ts';
import { companyZone } from '../../connectors/quickbooks/time-zone.ts';
import { quickbooksConfig, quickbooksEnvironment } from '../../connectors/quickbooks/config.ts';
import { forbiddenCall } from '../../connectors/xero/client.ts';
import { xeroConfig, xeroEnvironment } from '../../connectors/xero/config.ts';
import { SkippingClock } from '../support/connected-platform.ts';
import { startRawServer } from '../support/raw-server.ts';

const XERO: LimiterRules = { perSecond: null, perMinute: 60, perDay: 100, concurrent: 5 };

describe('the limiter', () => {
  it('never lets more calls into any minute than the rule says, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 300 }), (gaps) => {
        const limiter = new CallCounts({ ...XERO, perDay: null });
        const starts: number[] = [];
        let nowMs = 1_000_000;
        for (const gap of gaps) {
          nowMs += gap;
          nowMs += limiter.waitMs(nowMs);
          limiter.count(nowMs);
          starts.push(nowMs);
        }
        return starts.every((start, at) => {
          const sixtyOn = starts[at + 60];
          return sixtyOn === undefined || sixtyOn - start >= 60_000;
        });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps to calls at once, and hands a free place on', async () => {
    const limiter = new Limiter(XERO);
    const clock = new SkippingClock(() => 0);
    const places = await Promise.all(Array.from({ length: 5 }, () => limiter.acquire(clock)));
    let sixth = false;
    const waiting = limiter.acquire(clock).then((release) => {
      sixth = true;
      return release;
    });
    await Promise.resolve();
    expect(sixth).toBe(false);
    await places[0]!();
    await waiting;
    expect(sixth).toBe(true);
  });

  it('gives the place back when waiting fails', async () => {
    const limiter = new Limiter({ ...XERO, concurrent: 1, perDay: 0 });
    const clock = new SkippingClock(() => 0);
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(limiter.acquire(clock)).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT', sent: 'no' });
    }
  });

  it('counts what other processes used, as the headers tell', () => {
    const limiter = new CallCounts(XERO);
    limiter.count(1_000);
    limiter.seed({ minute: 0, day: null }, 1_000);
    expect(limiter.waitMs(1_000)).toBeGreaterThan(50_000);
    limiter.seed({ minute: 40, day: null }, 1_500);
    expect(limiter.waitMs(1_500)).toBe(0);
  });

  it('fails fast when the day is used up, keeping a reserve for settling effects', () => {
    const limiter = new CallCounts(XERO);
    limiter.seed({ minute: null, day: 50 }, 0);
    expect(() => limiter.waitMs(0, 50)).toThrow(/kept for settling/);
    expect(limiter.waitMs(0, 0)).toBe(0);
    limiter.seed({ minute: null, day: 0 }, 0);
    expect(() => limiter.waitMs(0, 0)).toThrow(/used up/);
    expect(limiter.waitMs(86_400_000, 0)).toBe(0);
  });

  it('counts days by itself where no header tells', () => {
    const limiter = new CallCounts({ ...XERO, perMinute: 10_000 });
    for (let calls = 0; calls < 100; calls += 1) limiter.count(1_000);
    expect(() => limiter.waitMs(2_000)).toThrow();
    expect(limiter.waitMs(86_400_001)).toBe(0);
  });

  it('goes on from a saved state', () => {
    const before = new CallCounts(XERO);
    for (let calls = 0; calls < 60; calls += 1) before.count(1_000 + calls);
    const after = new CallCounts(XERO, before.save());
    expect(after.waitMs(2_000)).toBe(before.waitMs(2_000));
    expect(after.waitMs(2_000)).toBeGreaterThan(50_000);
  });

  it('does not stand still when the wall clock is set back', () => {
    const limiter = new CallCounts(XERO);
    for (let calls = 0; calls < 60; calls += 1) limiter.count(10_000_000_000);
    expect(limiter.waitMs(1_000)).toBe(0);
  });
});

describe('errors', () => {
  it('reads Retry-After in seconds and as a date, set against the server’s own clock', () => {
    const of = (value: string, date = 'Wed, 11 Mar 2026 10:00:00 GMT') =>
      retryAfterMs(new Headers({ 'retry-after': value, date }), 0);
    expect(of('7')).toBe(7_000);
    expect(of('0')).toBe(0);
    expect(of('0.5')).toBe(500);
    expect(of('Wed, 11 Mar 2026 10:00:30 GMT')).toBe(30_000);
    expect(of('Wed, 11 Mar 2026 09:00:00 GMT')).toBe(0);
    expect(of('soon')).toBeUndefined();
    expect(retryAfterMs(new Headers(), 0)).toBeUndefined();
  });

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s means that nothing was sent', (code) => {
    const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
    expect(networkError(cause, 'GET /x')).toMatchObject({ code: 'PLATFORM_UNREACHABLE', sent: 'no' });
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_HEADERS_TIMEOUT'])(
    '%s leaves it open',
    (code) => {
      const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
      expect(networkError(cause, 'GET /x')).toMatchObject({
        code: 'PLATFORM_CONNECTION_LOST',
        sent: 'maybe',
      });
    },
  );

  it('a port that fetch forbids means that nothing was sent', async () => {
    const cause: unknown = await fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
    expect(networkError(cause, 'GET /x')).toMatchObject({ code: 'PLATFORM_UNREACHABLE', sent: 'no' });
  });

  it('of several addresses tried, one that may have sent decides', () => {
    const [refused, reset] = ['ECONNREFUSED', 'ECONNRESET'].map((code) =>
      Object.assign(new Error('x'), { code }),
    );
    const of = (...errors: unknown[]) =>
      networkError(new TypeError('fetch failed', { cause: new AggregateError(errors) }), 'GET /x').sent;
    expect(of(refused, refused)).toBe('no');
    expect(of(refused, reset)).toBe('maybe');
  });

  it('hides secrets and bearer credentials in any text', () => {
    expect(redact('authorization: Bearer abc.DEF-_/+= and secret-1', ['secret-1'])).toBe(
      'authorization: Bearer [secret] and [secret]',
    );
  });
});

describe('a call', () => {
  const http = (apiUrl: string, limit?: number) =>
    new Http({
      apiUrl,
      clock: new SkippingClock(() => Date.parse('2026-03-11T10:00:00Z')),
      log: createLog('silent'),
      limiter: new Limiter({ ...XERO, perDay: limit ?? null }),
      accessToken: () => Promise.resolve('the-token'),
      readFault: () => null,
      headers: {},
      secrets: [],
      forbid: forbiddenCall,
    });
  const read = { method: 'GET', kind: 'read', expect: 'json' } as const;

  it('goes to the configured address only', async () => {
    const server = await startRawServer((_request, response) => response.end());
    for (const path of ['@elsewhere.example/x', '.elsewhere.example/', ':81/x']) {
      await expect(http(server.url).send({ ...read, path })).rejects.toThrow();
    }
    expect(server.seen).toEqual([]);
    await server.close();
  });

  it('does not carry the token to where a redirect points', async () => {
    const target = await startRawServer((_request, response) => response.end('{}'));
    const server = await startRawServer((_request, response) => {
      response.writeHead(307, { location: `${target.url}/stolen` }).end();
    });
    await expect(http(server.url).send({ ...read, path: '/x' })).rejects.toMatchObject({
      code: 'PLATFORM_BAD_REPLY',
    });
    expect(target.seen).toEqual([]);
    await Promise.all([server.close(), target.close()]);
  });

  it('reads gzip, and refuses what is broken, too large or no UTF-8', async () => {
    const bodies: Record<string, Buffer> = {
      '/good': gzipSync('{"ok":"é"}'),
      '/broken': gzipSync(`{"ok":"${'x'.repeat(5_000)}"}`).subarray(0, 40),
      '/bomb': gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x20)),
      '/latin': gzipSync(Buffer.from('{"ok":"é"}', 'latin1')),
    };
    const server = await startRawServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(bodies[request.url ?? '']);
    });
    expect((await http(server.url).send({ ...read, path: '/good' })).json).toEqual({ ok: 'é' });
    for (const path of ['/broken', '/bomb', '/latin']) {
      await expect(http(server.url).send({ ...read, path })).rejects.toMatchObject({
        code: 'PLATFORM_BAD_REPLY',
      });
    }
    await server.close();
  });

  it('makes half a character whole, and leaves whole ones as they are', async () => {
    const server = await startRawServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"half":"a\\ud83d","whole":"\\ud83d\\ude00","plain":"\u{1F600}"}');
    });
    const { json } = await http(server.url).send({ ...read, path: '/x' });
    expect(json).toEqual({ half: 'a\ufffd', whole: '\u{1F600}', plain: '\u{1F600}' });
    await server.close();
  });

  it('survives a value that is nested beyond all reason: its row is set aside with a reason', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const server = await startRawServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"Total":${deep}}`);
    });
    const { json } = await http(server.url).send({ ...read, path: '/x' });
    const quarantined: QuarantinedRow[] = [];
    const row = z.object({ Total: z.number() });
    const identify = () => ({ remoteId: '1', customerId: null });
    expect(readRows([json], 'invoice', (one) => checked(row, one), identify, quarantined)).toEqual([]);
    expect(quarantined[0]?.reason).toMatch(/^Total: found object/);
    await server.close();
  });

  it('says that nothing was sent when there was no token to send it with', async () => {
    const server = await startRawServer((_request, response) => response.end('{}'));
    const lost = new PlatformError('PLATFORM_UNAVAILABLE', 'The token server is down.', { sent: 'maybe' });
    const calling = new Http({
      apiUrl: server.url,
      clock: new SkippingClock(() => 0),
      log: createLog('silent'),
      limiter: new Limiter(XERO),
      accessToken: () => Promise.reject(lost),
      readFault: () => null,
      headers: {},
      secrets: [],
    }).send({ method: 'POST', path: '/x', kind: 'write', expect: 'none' });
    await expect(calling).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE', sent: 'no' });
    expect(server.seen).toEqual([]);
    await server.close();
  });

  it('passes every attempt through the limiter', async () => {
    const server = await startRawServer((_request, response) => response.writeHead(500).end());
    await expect(http(server.url, 2).send({ ...read, path: '/x' })).rejects.toMatchObject({
      code: 'PLATFORM_DAY_LIMIT',
    });
    expect(server.seen).toHaveLength(2);
    await server.close();
  });

  it('stops when it is told to', async () => {
    const server = await startRawServer(() => undefined);
    const stop = new AbortController();
    const calling = new Http({
      apiUrl: server.url,
      clock: new SkippingClock(() => 0),
      log: createLog('silent'),
      limiter: new Limiter(XERO),
      accessToken: () => Promise.resolve('t'),
      readFault: () => null,
      headers: {},
      secrets: [],
      signal: stop.signal,
    }).send({ ...read, path: '/x' });
    stop.abort();
    await expect(calling).rejects.toMatchObject({ code: 'CANCELLED' });
    await server.close();
  });

  it('can never be the one that empties a contact group', async () => {
    const server = await startRawServer((_request, response) => response.writeHead(204).end());
    const write = { method: 'DELETE', kind: 'write', expect: 'none' } as const;
    const group = '/api.xro/2.0/ContactGroups/17b44ed7-4389-4162-91cb-3dd5766e4e22';
    for (const path of [group, `${group}/Contacts`, `${group}/Contacts/`, '/api.xro/2.0/Contacts/1']) {
      await expect(http(server.url).send({ ...write, path })).rejects.toMatchObject({
        code: 'CALL_FORBIDDEN',
      });
    }
    expect(server.seen).toEqual([]);
    await http(server.url).send({ ...write, path: `${group}/Contacts/430fa14a-f945-44d3-9f97-5df5e28441b8` });
    expect(server.seen).toHaveLength(1);
    await server.close();
  });
});

describe('the hold line in the Notes', () => {
  const day = '2026-03-11' as Day;

  it('comes and goes without a trace in what people wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (notes, id, reason) => {
        const line = holdLine({ id: id === '' ? 'x' : id, reason, day });
        expect(findHoldLine(line)).toBe(line);
        if (findHoldLine(notes) !== null) return;
        expect(withoutHoldLine(withHoldLine(notes, line))).toBe(notes);
      }),
    );
  });

  it('is replaced, not doubled', () => {
    const one = holdLine({ id: '1', reason: 'first', day });
    const two = holdLine({ id: '2', reason: 'second', day });
    expect(withHoldLine(withHoldLine('text', one), two)).toBe(`${two}\ntext`);
  });

  it.each([
    ['LINE\ntheir text', 'their text'],
    ['their text\nLINE', 'their text'],
    ['their text\r\nLINE\r\nmore\r\n', 'their text\r\nmore\r\n'],
    ['LINE', ''],
    ['\n\nLINE\n\n', '\n\n\n'],
  ])('is found wherever a person moved it: %j', (notes, left) => {
    const line = holdLine({ id: 'h', reason: 'r', day });
    expect(withoutHoldLine(notes.replace('LINE', line))).toBe(left);
  });

  it('is left alone once a person has edited it', () => {
    const edited = `${holdLine({ id: 'h', reason: 'r', day })} lifted by Kim`;
    expect(withoutHoldLine(edited)).toBe(edited);
  });
});

describe('small readings', () => {
  it('splits addresses without repairing them', () => {
    expect(splitEmails(' a@example.com;b@example.com , ,c d')).toEqual([
      'a@example.com',
      'b@example.com',
      'c d',
    ]);
    expect(splitEmails(null)).toEqual([]);
  });

  it('knows countries by code and name', () => {
    expect(
      ['US', 'usa', 'United Kingdom', 'GBR', 'UK', 'New Zealand', 'Deutschland?', '', null].map(countryCode),
    ).toEqual(['US', 'US', 'GB', 'GB', 'GB', 'NZ', '', '', '']);
  });

  it('takes the UTC day of an instant, whatever zone this machine is in', () => {
    expect(utcDay(Date.parse('2026-03-29T00:00:00Z'), 'Date')).toBe('2026-03-29');
    expect(utcDay(Date.parse('2024-02-29T23:59:59Z'), 'Date')).toBe('2024-02-29');
    expect(() => utcDay(Number.NaN, 'Date')).toThrow(/Date: found/);
  });

  it('finds the zone of a QuickBooks company by what it says, its state or its country', () => {
    expect(companyZone('America/Denver', 'US', 'CA')).toBe('America/Denver');
    expect(companyZone('Moon/Base', 'US', 'CA')).toBe('America/Los_Angeles');
    expect(companyZone('', 'AU', 'QLD')).toBe('Australia/Brisbane');
    expect(companyZone('', 'US', '')).toBe('America/New_York');
    expect(companyZone('', 'QQ', '')).toBe('UTC');
  });

  it('leaves a platform out that has no client id, and points at the real services by default', () => {
    expect(xeroConfig(xeroEnvironment.parse({}))).toBeNull();
    expect(quickbooksConfig(quickbooksEnvironment.parse({}))).toBeNull();
    expect(xeroConfig(xeroEnvironment.parse({ XERO_CLIENT_ID: 'id' }))).toMatchObject({
      apiUrl: 'https://api.xero.com',
      holdGroup: 'Credit hold',
      currencyRate: 'foreign-per-base',
    });
    expect(xeroEnvironment.safeParse({ XERO_API_URL: 'not a url' }).success).toBe(false);
    expect(quickbooksEnvironment.safeParse({ QUICKBOOKS_API_URL: 'file:///etc' }).success).toBe(false);
  });
});
