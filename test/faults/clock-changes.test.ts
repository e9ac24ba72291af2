import { describe, expect, it, onTestFinished } from 'vitest';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import { dayAt, timeAt } from '../../src/domain/index.ts';
import { readLastRun, readPublishedRun, setConnectionZone } from '../../src/mirror/index.ts';
import { startScheduler } from '../../src/scheduler/index.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';
import { factsOf } from './data-judged.ts';
import { faultWorld, PLATFORMS } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Days on which clocks change, and the hours (UTC) to live through. Nights are due at 02:00, messages from 09:00. */
const CHANGES: [what: string, zone: string, from: string, hours: number][] = [
  ['01:00 to 02:00 is left out in London', 'Europe/London', '2026-03-28T22:00:00Z', 40],
  ['01:00 to 02:00 comes twice in London', 'Europe/London', '2026-10-24T22:00:00Z', 40],
  ['02:00 to 03:00 is left out in New York', 'America/New_York', '2026-03-08T03:00:00Z', 40],
  ['01:00 to 02:00 comes twice in New York', 'America/New_York', '2026-11-01T02:00:00Z', 40],
  ['02:00 to 03:00 comes twice in Sydney', 'Australia/Sydney', '2026-04-04T12:00:00Z', 40],
  ['02:00 to 03:00 is left out in Sydney', 'Australia/Sydney', '2026-10-03T12:00:00Z', 40],
];

describe.each(PLATFORMS)('the day on which clocks change, with %s', (platform) => {
  it.each(CHANGES)(
    'fault 41: when %s, each day has one night and one round of messages',
    { timeout: 60_000 },
    async (_what, zone, from, hours) => {
      const world = await open(platform, zone, from);
      const scheduler = startScheduler(world.app);
      onTestFinished(() => scheduler.stop());
      const nights = new Map<string, string[]>();
      for (let minutes = 0; minutes < hours * 60; minutes += 30) {
        const before = await runs(world);
        await scheduler.tick();
        const now = world.app.clock.nowMs();
        const day = dayAt(now, zone);
        if ((await runs(world)) > before) nights.set(day, [...(nights.get(day) ?? []), timeAt(now, zone)]);
        world.pass(30 * MINUTE_MS);
      }
      expect(nights.size).toBeGreaterThanOrEqual(1);
      const firstDay = dayAt(Date.parse(from), zone);
      for (const [day, times] of nights) {
        expect(times, day).toHaveLength(1);
        // It is begun late in the evening: that day's night is due at once.
        if (day === firstDay) continue;
        expect(times[0]! >= '02:00' && times[0]! <= '03:30', `${day} ${times[0]}`).toBe(true);
      }
      const addresses = world.platformMails().map((mail) => `${mail.target} ${dayAt(mail.atMs, zone)}`);
      expect(new Set(addresses).size).toBe(addresses.length);
      for (const mail of world.platformMails()) expect(timeAt(mail.atMs, zone) >= '09:00').toBe(true);
    },
  );

  it.each([
    ['Europe/London', '2026-03-29T22:59:00Z', 1],
    ['Europe/London', '2026-03-29T23:01:00Z', 2],
    ['America/New_York', '2026-03-30T03:59:00Z', 1],
    ['America/New_York', '2026-03-30T04:01:00Z', 2],
    ['Pacific/Auckland', '2026-03-29T10:59:00Z', 1],
    ['Pacific/Auckland', '2026-03-29T11:01:00Z', 2],
  ])(
    'fault 41: days overdue are days of the organisation: in %s, at %s, it is %s',
    async (zone, now, days) => {
      const world = await open(platform, zone, now, '2026-03-28');
      await world.sync();
      expect((await factsOf(world, 'Ash')).own.daysOverdueMax).toBe(days);
    },
  );
});

describe.each(PLATFORMS)('time that runs back, with %s', (name) => {
  it('fault 44: changes nothing in the order of the audit log and of runs: their numbers order them', async () => {
    const world = await faultWorld(name);
    await world.night();
    const before = await readAudit(world.app.store.reader, 1);
    world.clock.skewMs = -3 * 24 * HOUR_MS;
    world.staff().pay('A1', 1_00);
    world.pass(HOUR_MS);
    await world.sync();
    await world.sync();
    const { reader } = world.app.store;
    const all = await readAudit(reader, 1000);
    expect(all.map((row) => row.seq)).toEqual(all.map((_, index) => all.length - index));
    expect(all[0]!.seq).toBeGreaterThan(before[0]!.seq);
    expect(all[0]!.atMs).toBeLessThan(before[0]!.atMs);
    await verifyAudit(reader);
    const [last, published] = [await readLastRun(reader, world.id), await readPublishedRun(reader, world.id)];
    expect(published?.number).toBe(last?.number);
    expect(last?.number).toBe(3);
    await expectInvariants(world);
  });

  it('fault 44: begins no second night of a day that was already judged, and sends nothing again', async () => {
    const world = await open(name, 'Europe/London', '2026-03-11T10:00:00Z');
    const scheduler = startScheduler(world.app);
    onTestFinished(() => scheduler.stop());
    await scheduler.tick();
    world.pass(11 * MINUTE_MS);
    await scheduler.tick();
    const [sent, done] = [world.emulator.effects.list().length, await runs(world)];
    expect(world.platformMails().length).toBeGreaterThan(0);
    for (const iso of [
      '2026-03-10T10:00:00Z',
      '2026-03-10T12:00:00Z',
      '2026-03-11T09:30:00Z',
      '2026-03-11T11:00:00Z',
    ]) {
      world.moveTo(iso);
      await scheduler.tick();
    }
    expect(world.emulator.effects.list()).toHaveLength(sent);
    expect(await runs(world)).toBe(done);
  });
});

async function open(
  platform: 'xero' | 'quickbooks',
  timeZone: string,
  now: string,
  due?: string,
): Promise<World> {
  const bills = [due === undefined ? bill('A1', 40, 700_00) : { number: 'A1', due, amountMinor: 700_00 }];
  const book = smallBook('harbour', [{ name: 'Ash', bills }], { timeZone });
  const world = await startWorld({ [platform]: [book], mail: false, now });
  onTestFinished(() => world.close());
  // QuickBooks does not say its zone: a person sets it.
  await world.app.store.write((tx) => setConnectionZone(tx, world.ids[0]!, timeZone));
  return world;
}

const runs = async (world: World): Promise<number> =>
  (await world.app.store.reader.selectFrom('run').select('number').execute()).length;
