import { describe, expect, it } from 'vitest';
import { checkConnection } from '../../src/cli/doctor/check-connection.ts';
import { bill } from '../support/small-book.ts';
import { faultWorld, PLATFORMS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** By how much somebody sets this machine's clock; the platform's goes on as before. */
const JUMPS: [string, (world: FaultWorld) => number][] = [
  ['an hour on', () => HOUR_MS],
  ['an hour back', () => -HOUR_MS],
  ['a day on', () => DAY_MS],
  ['a day back', () => -DAY_MS],
  ['a year on', () => 365 * DAY_MS],
  ['back to 1970', (world) => -world.emulator.clock.nowMs() + MINUTE_MS],
];

/** Sets the clock while the nth call is under way. */
function jumpAt(world: FaultWorld, call: number, byMs: number): void {
  let seen = 0;
  world.wire = async (request, next) => {
    if ((seen += 1) === call) world.clock.skewMs += byMs;
    return next(request);
  };
}

/** What people do between two syncs: each must be seen by the next one, whatever this machine takes the time to be. */
function edit(world: FaultWorld, round: number): void {
  world.staff().bill('Cedar', {
    number: `N${round}`,
    amountMinor: 50_00 + round,
    date: '2026-03-10',
    due: '2026-04-10',
  });
  if (round === 1) world.staff().pay('A1', 1_00);
}

describe.each(PLATFORMS)('the clock of a machine that syncs %s', (name) => {
  it.each(JUMPS)(
    'fault 40: may be set %s in the middle of a run: no change is missed, no lock is left',
    async (_what, jump) => {
      const world = await faultWorld(name);
      jumpAt(world, 3, jump(world));
      await world.sync();
      for (let round = 1; round <= 3; round += 1) {
        world.pass(20 * MINUTE_MS);
        edit(world, round);
        await world.sync();
      }
      world.wire = null;
      expect((await world.connection()).state).toBe('active');
      await expectInvariants(world);
    },
  );

  it.each(JUMPS)(
    'fault 40: and was set %s and put right again leaves nothing behind',
    async (_what, jump) => {
      const world = await faultWorld(name);
      await world.sync();
      world.clock.skewMs = jump(world);
      edit(world, 1);
      world.pass(10 * MINUTE_MS);
      await world.sync();
      world.clock.skewMs = 0;
      edit(world, 2);
      world.pass(10 * MINUTE_MS);
      await world.sync();
      await expectInvariants(world);
    },
  );

  it('fault 40: that stood still while the machine slept does not refresh a token that the platform has ended', async () => {
    const world = await faultWorld(name);
    await world.sync();
    // Two hours pass for the platform; this machine takes it to be the same minute.
    world.pass(2 * HOUR_MS);
    world.clock.skewMs = -2 * HOUR_MS;
    edit(world, 1);
    const before = world.tokenCalls();
    await world.sync();
    expect(world.tokenCalls() - before).toBe(1);
    expect((await world.connection()).state).toBe('active');
    await expectInvariants(world);
  });

  it.each([
    ['five minutes on', 5 * MINUTE_MS],
    ['five minutes back', -5 * MINUTE_MS],
    ['a day back', -DAY_MS],
  ])('fault 40: that is %s is a warning of the doctor', async (_what, skewMs) => {
    const world = await faultWorld(name);
    await world.sync();
    world.wire = async (request, next) => dated(world, await next(request));
    const wordsOf = async (): Promise<string[]> => {
      const findings = await checkConnection(world.app, await world.connection(), null, false);
      return findings
        .filter((one) => one.severity === 'warning' && /clock/.test(one.text))
        .map((one) => one.text);
    };
    expect(await wordsOf()).toEqual([]);
    world.clock.skewMs = skewMs;
    expect(await wordsOf()).toHaveLength(1);
  });

  it('fault 40: that is five minutes on is said once in the log of a sync, however many replies tell it', async () => {
    const world = await faultWorld(name);
    const said = (): number => world.log.text().split("clock is not the platform's").length - 1;
    await world.sync({ full: true });
    expect(said()).toBe(0);
    world.clock.skewMs = 5 * MINUTE_MS;
    await world.sync({ full: true });
    expect(said()).toBe(1);
  });

  it('fault 40: that was off for weeks sends one reminder each when it wakes up, not one for every day missed', async () => {
    const world = await faultWorld(name, {
      companies: [
        [
          { name: 'Ash', bills: [bill('A1', 1, 100_00)] },
          { name: 'Birch', bills: [bill('B1', 1, 100_00)] },
        ],
      ],
    });
    const sent = (): number =>
      world.emulator.effects.list().filter((one) => /invoice-(email|send)/.test(one.kind)).length;
    await world.night();
    await world.dispatch();
    expect(sent()).toBe(2);
    world.pass(40 * DAY_MS + 50 * MINUTE_MS);
    await world.night();
    await world.dispatch();
    await world.dispatch();
    expect(sent()).toBe(4);
    world.pass(HOUR_MS);
    await world.night();
    await world.dispatch();
    expect(sent()).toBe(4);
  });
});

/** A reply with the platform's time in it, as every real one has. */
function dated(world: FaultWorld, reply: Response): Response {
  const headers = new Headers(reply.headers);
  headers.set('date', new Date(world.emulator.clock.nowMs()).toUTCString());
  return new Response(reply.status === 204 ? null : reply.body, { status: reply.status, headers });
}
