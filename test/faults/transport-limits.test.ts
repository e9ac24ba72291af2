import { describe, expect, it } from 'vitest';
import { maintenancePage, quickBooksTooMany, xeroTooMany } from '../../emulator/ready-faults.ts';
import type { Fault } from '../../emulator/core/faults.ts';
import { faultWorld, PLATFORMS, READS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What was slept since a mark, ms. */
const sleptSince = (world: FaultWorld, mark: number): number =>
  world.clock.sleptMs.slice(mark).reduce((sum, ms) => sum + ms, 0);

const struck = (world: FaultWorld): number =>
  world.emulator.faults.list().reduce((sum, live) => sum + live.struck, 0);

const tooMany = (name: 'xero' | 'quickbooks', seconds?: number): Fault =>
  name === 'xero' ? xeroTooMany('minute', seconds) : quickBooksTooMany(seconds);

describe.each(PLATFORMS)('%s says 429', (name) => {
  it.each([
    ['in 7 seconds', 7, 7_000],
    ['in 59 seconds', 59, 59_000],
    ['at once', 0, 0],
    ['and does not say when', undefined, 1_000],
  ])(
    'fault 12: to come back %s: it is waited for, no shorter and not much longer',
    async (_when, seconds, least) => {
      const world = await faultWorld(name);
      world.emulator.faults.add({ ...tooMany(name, seconds), path: READS[name].list, times: 1 });
      const mark = world.clock.sleptMs.length;
      await world.sync();
      expect(struck(world)).toBe(1);
      expect(sleptSince(world, mark)).toBeGreaterThanOrEqual(least);
      expect(sleptSince(world, mark)).toBeLessThanOrEqual(Math.max(least * 2, 2 * MINUTE_MS));
      await expectInvariants(world);
    },
  );

  it('fault 12: with a date to come back at, the wait is until then by the platform’s own clock', async () => {
    const world = await faultWorld(name);
    world.clock.skewMs = -10 * HOUR_MS;
    const at = new Date(world.emulator.clock.nowMs() + 40_000).toUTCString();
    const date = new Date(world.emulator.clock.nowMs()).toUTCString();
    const fault = tooMany(name);
    world.emulator.faults.add({
      ...fault,
      headers: { ...fault.headers, 'retry-after': at, date },
      path: READS[name].list,
      times: 1,
    });
    const mark = world.clock.sleptMs.length;
    await world.sync();
    expect(sleptSince(world, mark)).toBeGreaterThanOrEqual(39_000);
    expect(sleptSince(world, mark)).toBeLessThanOrEqual(2 * MINUTE_MS);
    world.clock.skewMs = 0;
    await expectInvariants(world);
  });

  it.each(['soon', '-5', '1e9', '', 'Wed, 99 Foo 2026'])(
    'fault 12: with a Retry-After that means nothing ("%s") it neither hammers nor waits for ever',
    async (value) => {
      const world = await faultWorld(name);
      const fault = tooMany(name);
      const headers = { ...fault.headers, 'retry-after': value };
      world.emulator.faults.add({ ...fault, headers, path: READS[name].list, times: 2 });
      const mark = world.clock.sleptMs.length;
      await world.sync();
      expect(sleptSince(world, mark)).toBeGreaterThanOrEqual(1_000);
      expect(sleptSince(world, mark)).toBeLessThanOrEqual(5 * MINUTE_MS);
      await expectInvariants(world);
    },
  );

  it('fault 12: to come back tomorrow: the run is parked at once, not waited for, and goes on later', async () => {
    const world = await faultWorld(name);
    world.emulator.faults.add({ ...tooMany(name, 86_400), path: READS[name].list });
    const mark = world.clock.sleptMs.length;
    const error = await world.failure(world.sync());
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 86_400_000 });
    expect(struck(world)).toBe(1);
    expect(sleptSince(world, mark)).toBeLessThan(HOUR_MS);
    expect(await world.connection()).toMatchObject({ state: 'active' });
    world.emulator.faults.clear();
    world.pass(25 * HOUR_MS);
    await expectInvariants(world);
  });

  it('fault 12: again and again: it gives up after a bounded number of tries, and the next run goes on', async () => {
    const world = await faultWorld(name);
    world.emulator.faults.add({ ...tooMany(name, 1), path: READS[name].list });
    expect(await world.failure(world.sync())).toMatchObject({ code: 'PLATFORM_RATE_LIMITED' });
    expect(struck(world)).toBeLessThanOrEqual(5);
    await expectInvariants(world);
  });

  it('fault 12: to a write: it is put off, not given up and not sent twice', async () => {
    const world = await faultWorld(name);
    const hold = name === 'xero' ? '/api.xro/2.0/ContactGroups/*/Contacts' : '/v3/company/*/customer';
    const method = name === 'xero' ? 'PUT' : 'POST';
    world.emulator.faults.add({ ...tooMany(name, 5), method, path: hold, times: 1 });
    await world.night();
    expect((await world.intents()).find((intent) => intent.kind === 'hold.place')).toMatchObject({
      state: 'ready',
    });
    world.pass(5 * MINUTE_MS);
    await world.dispatch();
    expect(world.staff().held()).toEqual(['Ash']);
    expect((await world.intents()).find((intent) => intent.kind === 'hold.place')).toMatchObject({
      state: 'done',
    });
    await expectInvariants(world);
  });

  it.each([[500], [502], [503], [504]])(
    'fault 13: %d three times over is got over by reads',
    async (status) => {
      const world = await faultWorld(name);
      world.emulator.faults.add({ path: READS[name].list, status, body: 'oops', times: 3 });
      const mark = world.clock.sleptMs.length;
      await world.sync();
      expect(struck(world)).toBe(3);
      const waits = world.clock.sleptMs.slice(mark);
      expect(waits.length).toBeGreaterThanOrEqual(3);
      expect(Math.max(...waits), 'waits grow').toBeGreaterThan(Math.min(...waits));
      await expectInvariants(world);
    },
  );

  it.each([
    ['503 with HTML', maintenancePage()],
    ['503 with HTML and a time', maintenancePage(20)],
    ['200 with HTML', { ...maintenancePage(), status: 200 }],
  ])(
    'fault 13: maintenance (%s) ends the run after a bounded number of tries, not in an empty mirror',
    async (_what, page) => {
      const world = await faultWorld(name);
      await world.sync();
      world.emulator.faults.add({ path: '/**', ...page });
      await world.failure(world.sync({ full: true }));
      expect(struck(world)).toBeLessThanOrEqual(5);
      expect(await world.connection()).toMatchObject({ state: 'active' });
      await expectInvariants(world);
    },
  );

  it.each([[500], [502], [503], [504]])(
    'fault 13: %d to an e-mail leaves it unknown, and it is never sent again by itself',
    async (status) => {
      const world = await faultWorld(name);
      await world.night();
      const send = name === 'xero' ? '/api.xro/2.0/Invoices/*/Email' : '/v3/company/*/invoice/*/send';
      world.emulator.faults.add({ method: 'POST', path: send, status, body: 'oops' });
      await world.dispatch();
      const reminders = async () => (await world.intents()).filter(({ kind }) => kind === 'reminder');
      expect((await reminders()).map(({ state }) => state)).toEqual(['unknown', 'unknown']);
      expect(struck(world)).toBe(2);
      for (let looks = 0; looks < 5; looks += 1) {
        world.pass(6 * MINUTE_MS);
        await world.dispatch();
      }
      expect((await reminders()).map(({ state }) => state)).toEqual(['person', 'person']);
      expect(struck(world)).toBe(2);
      await expectInvariants(world);
    },
  );
});

describe('the limits of xero', () => {
  it.each(['minute', 'appminute', 'concurrent', 'something-new'])(
    'fault 12: of "%s" are waited for, with and without a time',
    async (problem) => {
      for (const seconds of [undefined, 3]) {
        const world = await faultWorld('xero');
        world.emulator.faults.add({ ...xeroTooMany(problem, seconds), path: READS.xero.list, times: 2 });
        const mark = world.clock.sleptMs.length;
        await world.sync();
        expect(sleptSince(world, mark)).toBeGreaterThanOrEqual(2_000);
        await expectInvariants(world);
      }
    },
  );

  it('fault 12: of the day end the run at once, and what is left is kept for reading effects back', async () => {
    const world = await faultWorld('xero', {
      limits: { perMinute: null, perDay: 120, appPerMinute: null, concurrent: null, clock: 'world' },
      settings: { XERO_CALLS_PER_DAY: '120' },
    });
    await world.sync();
    let calls = 0;
    let refused = 0;
    world.wire = async (request, next) => {
      calls += 1;
      const reply = await next(request);
      if (reply.status === 429) refused += 1;
      return reply;
    };
    const error = await world.failure(
      (async () => {
        for (let run = 0; run < 20; run += 1) await world.sync({ full: true });
      })(),
    );
    expect(error).toMatchObject({ code: 'PLATFORM_DAY_LIMIT', retryable: true });
    expect(refused, 'calls that the platform had to refuse').toBe(0);
    expect(120 - calls, 'calls that are left').toBeGreaterThanOrEqual(40);
    await world.restart();
    const again = calls;
    await world.failure(world.sync({ full: true }));
    expect(calls - again, 'calls of a new process on the same day').toBeLessThanOrEqual(1);
    world.pass(25 * HOUR_MS);
    await expectInvariants(world);
  });

  it('fault 12: are kept by two processes together, so that the platform never has to refuse', async () => {
    const world = await faultWorld('xero', {
      companies: [[], []],
      limits: { perMinute: 10, perDay: null, appPerMinute: null, concurrent: 5, clock: 'world' },
      settings: { XERO_CALLS_PER_MINUTE: '10' },
    });
    let refused = 0;
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (reply.status === 429) refused += 1;
      return reply;
    };
    const connection = await world.connection();
    const sessions = await Promise.all(
      [world.app, world.secondApp()].map((app) => app.openSession(connection)),
    );
    for (let round = 0; round < 10; round += 1) {
      for (const session of sessions) await session.readOrganisation();
    }
    expect(refused).toBe(0);
    await expectInvariants(world);
  });
});

describe('the limits of quickbooks', () => {
  it('fault 12: of ten a second are kept, so that the platform never has to refuse', async () => {
    const world = await faultWorld('quickbooks', {
      limits: 'real',
      quirks: { quickbooks: { limits: true, limitClock: 'world' } },
      settings: { QUICKBOOKS_CALLS_PER_SECOND: '9', QUICKBOOKS_CALLS_PER_MINUTE: '500' },
    });
    let refused = 0;
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (reply.status === 429) refused += 1;
      return reply;
    };
    for (let run = 0; run < 6; run += 1) await world.sync({ full: true });
    expect(world.calls.length).toBeGreaterThan(30);
    expect(refused).toBe(0);
    await expectInvariants(world);
  });
});
