import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import type { Debtor } from '../support/small-book.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld } from '../support/world.ts';
import { faultWorld, plainUrl, PLATFORMS, READS, THREE_DEBTORS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** More bills than a page holds. */
const BUSY: Debtor[] = [
  {
    name: 'Ash',
    bills: Array.from({ length: 1_150 }, (_, index) => bill(`N${index}`, (index % 90) - 30, 100 + index)),
  },
];

/** The platform's clock goes on, this machine's stays behind: what it takes for a good token is not. */
function tokenExpiresUnnoticed(world: FaultWorld): void {
  world.emulator.clock.set(world.emulator.clock.nowMs() + 2 * HOUR_MS);
  world.clock.skewMs -= 2 * HOUR_MS;
}

describe.each(PLATFORMS)('the tokens of %s', (name) => {
  const isList = (url: string): boolean => url.includes(name === 'xero' ? '/Invoices' : 'FROM Invoice');

  it('fault 1: a token that expires between two pages is renewed once, and no row is lost or doubled', async () => {
    const world = await faultWorld(name, { companies: [BUSY] });
    let pages = 0;
    world.wire = async (request, next) => {
      if (isList(plainUrl(request))) pages += 1;
      if (pages === 2) {
        pages += 1;
        tokenExpiresUnnoticed(world);
      }
      return next(request);
    };
    const before = world.tokenCalls();
    const { counts } = await world.sync();
    expect(world.tokenCalls() - before).toBe(1);
    const lists = world.calls.filter(({ url }) => isList(url)).map(({ url, since }) => `${url} ${since}`);
    expect(lists.length - new Set(lists).size, 'the page that was refused is asked for again').toBe(1);
    expect(counts.created).toBe(1_151);
    const mirror = await mirrorTotals(world.app.store.reader, world.id);
    expect(mirror).toEqual(sourceTotals(world.emulator, name, world.company()));
    await expectInvariants(world);
  });

  it('fault 1: a token that is known to end is renewed before it is used, not after a refusal', async () => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(2 * HOUR_MS);
    const [calls, tokens] = [world.calls.length, world.tokenCalls()];
    let refused = 0;
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (reply.status === 401) refused += 1;
      return reply;
    };
    await world.sync();
    expect(world.calls.length).toBeGreaterThan(calls);
    expect([world.tokenCalls() - tokens, refused]).toEqual([1, 0]);
    await expectInvariants(world);
  });

  it('fault 2: two processes that find the token expired ask for a new one once', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const apps = [world.app, world.secondApp(), world.secondApp()];
    world.pass(2 * HOUR_MS);
    const before = world.tokenCalls();
    const connection = await world.connection();
    const sessions = await Promise.all(apps.map((app) => app.openSession(connection)));
    const organisations = await Promise.all(sessions.map((session) => session.readOrganisation()));
    expect(new Set(organisations.map((one) => one.companyId)).size).toBe(1);
    expect(world.tokenCalls() - before).toBe(1);
    await expectInvariants(world);
  });

  it('fault 2: two processes that were told 401 at the same moment ask once, and both go on', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const apps = [world.app, world.secondApp()];
    const connection = await world.connection();
    const sessions = await Promise.all(apps.map((app) => app.openSession(connection)));
    await Promise.all(sessions.map((session) => session.readOrganisation()));
    tokenExpiresUnnoticed(world);
    const before = world.tokenCalls();
    await Promise.all(sessions.map((session) => session.readOrganisation()));
    expect(world.tokenCalls() - before).toBe(1);
    world.clock.skewMs = 0;
    await expectInvariants(world);
  });

  it.each([
    ['cut after its headers', { cutAtByte: 0 }],
    ['cut half-way', { cutAtByte: 30 }],
    ['lost with the connection', { reset: true }],
  ])('fault 3: a refresh whose reply is %s is made again with the old token', async (_how, lost) => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(2 * HOUR_MS);
    world.emulator.faults.add({ path: READS[name].token, ...lost, times: 1 });
    const before = world.tokenCalls();
    await world.sync();
    expect(world.tokenCalls() - before).toBe(2);
    expect((await world.connection()).state).toBe('active');
    await expectInvariants(world);
  });

  it('fault 3: where the old token dies with the lost reply, one more try is made, then a person is asked', async () => {
    const world = await faultWorld(name, {
      quirks: {
        xero: { refreshGrace: false },
        quickbooks: { refreshRotation: 'always', refreshReuseRevokes: true },
      },
    });
    await world.sync();
    const mirror = await mirrorTotals(world.app.store.reader, world.id);
    world.pass(2 * HOUR_MS);
    world.emulator.faults.add({ path: READS[name].token, cutAtByte: 0, times: 1 });
    const before = world.tokenCalls();
    const error = await world.failure(world.sync());
    expect(error).toMatchObject({ code: 'PLATFORM_RECONNECT', kind: 'auth' });
    expect(error.hint).toMatch(/again/);
    expect(world.tokenCalls() - before).toBe(2);
    expect(await world.connection()).toMatchObject({ state: 'reconnect' });
    expect(await mirrorTotals(world.app.store.reader, world.id), 'the data are kept').toEqual(mirror);
    await expectInvariants(world, { stopped: world.ids });
    await world.connect();
    await expectInvariants(world);
  });

  it('fault 4: a consent that is gone stops this connection alone, with one message, and no call follows', async () => {
    const world = await faultWorld(name, { companies: [THREE_DEBTORS, THREE_DEBTORS], apart: true });
    const [lost, other] = [world.ids[0]!, world.ids[1]!];
    await world.night(lost);
    await world.night(other);
    world.pass(DAY_MS);
    await world.revokeConsent(lost);
    const before = world.tokenCalls();
    expect(await world.failure(world.night(lost))).toMatchObject({ code: 'PLATFORM_RECONNECT' });
    expect(world.tokenCalls() - before).toBe(1);
    expect(await world.connection(lost)).toMatchObject({ state: 'reconnect' });
    const calls = world.calls.length;
    for (const hours of [1, 1, 24]) {
      world.pass(hours * HOUR_MS);
      await world.failure(world.night(lost));
      await world.failure(world.sync({}, lost));
    }
    expect(world.calls.slice(calls), 'calls for a connection that waits for a person').toEqual([]);
    const stops = (await readAudit(world.app.store.reader, 99)).filter(
      ({ action }) => action === 'connection.stopped',
    );
    expect(stops).toHaveLength(1);
    await world.night(other);
    expect(await world.connection(other)).toMatchObject({ state: 'active' });
    await expectInvariants(world, { stopped: [lost] });
  });

  it('fault 4: what was decided before is frozen, not dropped, and is done once the consent is back', async () => {
    const world = await faultWorld(name);
    await world.night();
    const waiting = (await world.intents()).filter((intent) => intent.kind === 'reminder');
    expect(waiting.map((intent) => intent.state)).toEqual(['ready', 'ready']);
    await world.revokeConsent();
    await world.dispatch().catch(() => undefined);
    await world.dispatch().catch(() => undefined);
    const frozen = (await world.intents()).filter((intent) => intent.kind === 'reminder');
    expect(frozen.map((intent) => intent.state)).toEqual(['ready', 'ready']);
    expect(await world.connection()).toMatchObject({ state: 'reconnect' });
    await world.connect();
    await world.sync();
    await world.dispatch();
    const done = (await world.intents()).filter((intent) => intent.kind === 'reminder');
    expect(done.map((intent) => intent.state)).toEqual(['done', 'done']);
    await expectInvariants(world);
  });
});

describe('two programs on one data directory', () => {
  it('fault 2: however many run, one consent’s token is asked for once', async () => {
    const book = (id: string) => smallBook(id, THREE_DEBTORS);
    const world = await startWorld({ xero: [book('harbour'), book('quay')], mail: false });
    try {
      world.pass(2 * HOUR_MS);
      world.emulator.faults.add({ path: '/connect/token', after: Infinity });
      await Promise.all(world.ids.map((id) => runNightIn(world, id)));
      expect(world.emulator.faults.list()[0]?.seen).toBe(1);
      expect(world.ids.map((id) => world.staff(id).held())).toEqual([['Ash'], ['Ash']]);
    } finally {
      await world.close();
    }
  });
});

const program = new URL('../support/second-process-main.ts', import.meta.url);

async function runNightIn(world: Awaited<ReturnType<typeof startWorld>>, id: string): Promise<void> {
  const env = { ...world.env, HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())) };
  const child = fork(program, ['night', id], { env, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the night of ${id} ended with ${code}`);
}
