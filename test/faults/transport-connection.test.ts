import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRawServer } from '../support/raw-server.ts';
import { faultWorld, plainUrl, PLATFORMS, READS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { startSpoilingProxy } from './spoiling-proxy.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';
import { EXPIRED_CERTIFICATE } from './expired-certificate.ts';

const MINUTE_MS = 60_000;
const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b/ };
const SEND = {
  xero: { method: 'POST', path: '/api.xro/2.0/Invoices/*/Email' },
  quickbooks: { method: 'POST', path: '/v3/company/*/invoice/*/send' },
};
const isSend = (request: Request): boolean =>
  request.method === 'POST' && /\/Email$|\/send(\?|$)/.test(request.url);

const reminders = async (world: FaultWorld): Promise<string[]> =>
  (await world.intents()).filter(({ kind }) => kind === 'reminder').map(({ state }) => state);

/** Requests of one kind go elsewhere. */
function redirectWire(world: FaultWorld, matches: (request: Request) => boolean, origin: string): void {
  world.wire = async (request, next) => {
    if (!matches(request)) return next(request);
    const url = origin + request.url.slice(new URL(request.url).origin.length);
    const { method, headers, signal } = request;
    return fetch(url, { method, headers, signal, redirect: 'manual' });
  };
}

/** An address of this machine at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe.each(PLATFORMS)('a call to %s', (name) => {
  it('fault 14: that finds nobody leaves the e-mail to be sent later, once', async () => {
    const world = await faultWorld(name, { http: true });
    await world.night();
    redirectWire(world, isSend, await nobody());
    await world.dispatch();
    expect(await reminders(world)).toEqual(['ready', 'ready']);
    world.wire = null;
    world.pass(5 * MINUTE_MS);
    await world.dispatch();
    expect(await reminders(world)).toEqual(['done', 'done']);
    await expectInvariants(world);
  });

  it.each([
    ['after the bytes were sent', { reset: true }],
    ['while the body is read', { cutAtByte: 1 }],
  ])(
    'fault 14: that breaks %s leaves the e-mail in doubt until it is found: one was sent',
    async (_when, fault) => {
      const world = await faultWorld(name, { http: true });
      await world.night();
      world.emulator.faults.add({ ...SEND[name], ...fault });
      await world.dispatch();
      expect(await reminders(world)).toEqual(['unknown', 'unknown']);
      world.emulator.faults.clear();
      for (let looks = 0; looks < 3; looks += 1) {
        world.pass(6 * MINUTE_MS);
        await world.dispatch();
      }
      expect(await reminders(world)).toEqual(['done', 'done']);
      await expectInvariants(world);
    },
  );

  it('fault 14: that nobody answers ends at its deadline, and the e-mail is in doubt', async () => {
    const world = await faultWorld(name, { http: true });
    await world.night();
    const silent = await startRawServer(() => undefined);
    onTestFinished(() => silent.close());
    redirectWire(world, isSend, silent.url);
    world.clock.deadlineMs = 150;
    await world.dispatch();
    expect(await reminders(world)).toEqual(['unknown', 'unknown']);
    world.clock.deadlineMs = 20_000;
    world.wire = null;
    for (let looks = 0; looks < 6; looks += 1) {
      world.pass(6 * MINUTE_MS);
      await world.dispatch();
    }
    expect(await reminders(world), 'nothing was found: a person decides').toEqual(['person', 'person']);
    expect(silent.seen).toHaveLength(2);
    await expectInvariants(world);
  });

  it('fault 14: whose answer drips ends at the deadline of the whole call, not of each byte', async () => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    await world.sync();
    proxy.deliver(LIST[name], { framing: 'length', bytesPerSecond: 20 });
    world.clock.deadlineMs = 250;
    const before = await mirrorTotals(world.app.store.reader, world.id);
    expect(await world.failure(world.sync({ full: true }))).toMatchObject({
      code: 'PLATFORM_TIMEOUT',
      retryable: true,
    });
    expect(proxy.spoiled()).toBeLessThanOrEqual(5);
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(before);
    world.clock.deadlineMs = 20_000;
    await expectInvariants(world);
  });

  it('fault 18: is not followed to where a redirect points, and no token goes there', async () => {
    const world = await faultWorld(name, { http: true });
    await world.sync();
    const elsewhere = await startRawServer((_request, response) => response.end('{"Invoices":[]}'));
    onTestFinished(() => elsewhere.close());
    for (const status of [301, 302, 303, 307, 308]) {
      for (const path of [READS[name].list, READS[name].token]) {
        world.emulator.faults.add({
          path,
          status,
          headers: { location: `${elsewhere.url}/stolen` },
          body: '',
        });
      }
      world.pass(2 * 60 * MINUTE_MS);
      await world.failure(world.sync({ full: true }));
      world.emulator.faults.clear();
      await world.sync();
      world.emulator.faults.add({
        path: READS[name].list,
        status,
        headers: { location: `${elsewhere.url}/x` },
      });
      await world.failure(world.sync({ full: true }));
      world.emulator.faults.clear();
    }
    expect(elsewhere.seen).toEqual([]);
    await expectInvariants(world);
  });

  it.each([
    ['whose certificate is self-signed and expired', undefined],
    ['that speaks TLS 1.1 at most', 'TLSv1.1'],
  ] as const)('fault 18: to a server %s is refused before the token is sent', async (_what, maxVersion) => {
    const world = await faultWorld(name, { http: true });
    await world.sync();
    let heard = '';
    const old =
      maxVersion === undefined
        ? {}
        : ({ minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const);
    const server = createTlsServer({ ...EXPIRED_CERTIFICATE, ...old }, (request, response) => {
      heard += JSON.stringify(request.headers);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    redirectWire(world, (request) => LIST[name].test(plainUrl(request)), `https://127.0.0.1:${port}`);
    expect(await world.failure(world.sync({ full: true }))).toMatchObject({
      code: 'PLATFORM_UNREACHABLE',
      sent: 'no',
    });
    expect(heard).toBe('');
    await expectInvariants(world);
  });

  it('fault 18: goes to the configured address alone, and never by plain http to another machine', async () => {
    const world = await faultWorld(name);
    await world.night();
    await world.dispatch();
    const origin = new URL(name === 'xero' ? world.emulator.xeroUrl : world.emulator.quickbooksUrl).origin;
    expect(new Set(world.calls.map(({ url }) => new URL(url).origin))).toEqual(new Set([origin]));
    const variable = name === 'xero' ? 'XERO_API_URL' : 'QUICKBOOKS_API_URL';
    const refused = faultWorld(name, { settings: { [variable]: 'http://api.example.com' } });
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expectInvariants(world);
  });

  it('fault 19: whose answer comes after everybody gave up changes nothing: the ledger shows one e-mail each', async () => {
    const world = await faultWorld(name);
    await world.night();
    const late: Promise<unknown>[] = [];
    world.wire = async (request, next) => {
      if (!isSend(request)) return next(request);
      const answer = next(
        new Request(request.url, {
          method: request.method,
          headers: request.headers,
          body: await request.text(),
        }),
      );
      late.push(answer.then((reply) => reply.text()));
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    };
    await world.dispatch();
    await Promise.all(late);
    expect(await reminders(world)).toEqual(['unknown', 'unknown']);
    world.wire = null;
    for (let looks = 0; looks < 3; looks += 1) {
      world.pass(6 * MINUTE_MS);
      await world.dispatch();
    }
    expect(await reminders(world)).toEqual(['done', 'done']);
    const sends = world.emulator.effects.list().filter(({ kind }) => /^invoice-(email|send)$/.test(kind));
    expect(sends).toHaveLength(2);
    await expectInvariants(world);
  });

  it('fault 19: of a list whose first answer was given up does not bring old rows over new ones', async () => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(3_600_000);
    let kept: Response | null = null;
    world.wire = async (request, next) => {
      if (kept !== null || !LIST[name].test(plainUrl(request))) return next(request);
      kept = await next(request);
      world.staff().pay('B1');
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('lost'), { code: 'ECONNRESET' }),
      });
    };
    await world.sync({ full: true });
    expect(kept).not.toBeNull();
    world.wire = null;
    await world.sync();
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
      sourceTotals(world.emulator, name, world.company()),
    );
    await expectInvariants(world);
  });
});
