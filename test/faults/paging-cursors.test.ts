import { describe, expect, it } from 'vitest';
import { decideOnly } from '../../src/nightly.ts';
import { readPublishedRun } from '../../src/mirror/index.ts';
import { busyDebtors } from './busy-book.ts';
import { faultWorld, plainUrl, PLATFORMS, THREE_DEBTORS, type FaultWorld } from './fault-world.ts';
import { expectInvariants, expectNoHalfRun } from './invariants.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b|\/cdc\?/ };

async function expectEqual(world: FaultWorld, why = 'the mirror'): Promise<void> {
  expect(await mirrorTotals(world.app.store.reader, world.id), why).toEqual(
    sourceTotals(world.emulator, world.name, world.company()),
  );
}

/** Something happens on the platform just after the call of this number was answered. */
function afterCall(world: FaultWorld, number: number, act: () => void): void {
  let calls = 0;
  world.wire = async (request, next) => {
    const reply = await next(request);
    if ((calls += 1) === number) act();
    return reply;
  };
}

describe.each(PLATFORMS)('changes on %s', (name) => {
  it(
    'fault 24: during a run, after whichever of its calls, are there after the next one',
    { timeout: 60_000 },
    async () => {
      for (const full of [true, false]) {
        const world = await faultWorld(name);
        await world.sync();
        const mark = world.calls.length;
        await world.sync({ full });
        const calls = world.calls.length - mark;
        for (let number = 1; number <= calls; number += 1) {
          afterCall(world, number, () => {
            const amountMinor = 10_00 + number;
            world.staff().bill('Cedar', {
              number: `D${number}${full}`,
              amountMinor,
              date: '2026-03-01',
              due: '2026-03-31',
            });
            world.pass(700);
          });
          await world.sync({ full });
          world.wire = null;
          world.pass(20 * 60_000);
          await world.sync();
          await expectEqual(world, `after a change behind call ${number} of ${calls}, full: ${full}`);
        }
        await expectInvariants(world);
        await world.close();
      }
    },
  );

  it.each([
    ['a day ahead', DAY_MS],
    ['an hour ahead', HOUR_MS],
    ['three minutes behind', -3 * 60_000],
    ['an hour behind', -HOUR_MS],
    ['a day behind', -DAY_MS],
  ])('fault 24: are not missed by a machine whose clock is %s', async (_what, skewMs) => {
    const world = await faultWorld(name);
    world.clock.skewMs = skewMs;
    await world.sync();
    for (let round = 0; round < 3; round += 1) {
      world.pass(20 * 60_000);
      world.staff().bill('Ash', {
        number: `S${round}`,
        amountMinor: 5_00 + round,
        date: '2026-03-01',
        due: '2026-03-31',
      });
      await world.sync();
      await expectEqual(world);
    }
    await expectInvariants(world);
  });

  it('fault 24: that become visible only minutes after their stamp are found by the overlap', async () => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(HOUR_MS);
    await world.sync();
    const now = world.emulator.clock.nowMs();
    world.emulator.clock.set(now - 3 * 60_000);
    world.staff().pay('B1');
    world.emulator.clock.set(now + 60_000);
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });

  it.each([
    ['few', 300],
    ['more than a page', 1_250],
  ])('fault 27: are found although the server ignores the filter (%s rows)', async (_what, rows) => {
    const world = await faultWorld(name, {
      companies: [busyDebtors(rows)],
      quirks: { xero: { modifiedSinceIgnored: true }, quickbooks: { lastUpdatedTimeIgnored: true } },
    });
    const ids = world.emulator.state.db
      .prepare(`SELECT id FROM row WHERE company = ? AND entity IN ('Invoices', 'Invoice') ORDER BY seq`)
      .pluck()
      .all(world.company()) as string[];
    await world.sync();
    await expectEqual(world);
    for (let round = 0; round < 2; round += 1) {
      world.pass(HOUR_MS);
      world.edits().pay(ids[round]!);
      world.edits().pay(ids[rows - 1 - round]!);
      await world.sync();
      await expectEqual(world);
    }
    await expectInvariants(world);
  });

  it('fault 27: are found although the filter begins to be ignored in the middle of a run', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(2_100)] });
    let calls = 0;
    world.wire = async (request, next) => {
      if (LIST[name].test(plainUrl(request)) && (calls += 1) === 2) {
        world.emulator.quirks.modifiedSinceIgnored = true;
        world.emulator.quickbooksQuirks.lastUpdatedTimeIgnored = true;
      }
      return next(request);
    };
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });
});

describe.each(PLATFORMS)('a run on %s that dies', (name) => {
  const refuse = (): Response => Response.json({ Message: 'no' }, { status: 400 });

  it(
    'fault 28: at whichever of its calls goes on in a new process and ends as if nothing had been',
    { timeout: 60_000 },
    async () => {
      const calm = await faultWorld(name, { companies: [busyDebtors(1_150)] });
      const mark = calm.calls.length;
      await calm.sync();
      const calls = calm.calls.length - mark;
      await calm.close();
      const world = await faultWorld(name, { companies: [busyDebtors(1_150)] });
      // What was read before a death is not read again, so that each life begins further on.
      for (let death = 1; death <= Math.min(calls, 5); death += 1) {
        let seen = 0;
        world.wire = async (request, next) => ((seen += 1) >= death ? refuse() : next(request));
        const dying = await world.sync().then(
          () => null,
          (error: unknown) => error,
        );
        expect(dying, `a death at call ${death}`).not.toBeNull();
        expect(await readPublishedRun(world.app.store.reader, world.id)).toBeNull();
        await expect(decideOnly(world.app, await world.connection())).rejects.toThrow();
        await expectNoHalfRun(world);
        await world.restart();
      }
      world.wire = null;
      await world.sync();
      await expectEqual(world);
      expect(await readPublishedRun(world.app.store.reader, world.id)).toMatchObject({ number: 1 });
      await expectInvariants(world);
    },
  );

  it('fault 28: in an incremental run leaves the last published facts, and nothing is decided on its half', async () => {
    const world = await faultWorld(name, { companies: [THREE_DEBTORS] });
    await world.sync();
    const mark = world.calls.length;
    await world.sync();
    const calls = world.calls.length - mark;
    for (let death = 1; death <= calls; death += 1) {
      world.pass(HOUR_MS);
      world
        .staff()
        .bill('Cedar', { number: `L${death}`, amountMinor: 4_000_00, date: '2026-01-01', due: '2026-01-15' });
      let seen = 0;
      world.wire = async (request, next) => ((seen += 1) >= death ? refuse() : next(request));
      const outcome = await world.night().then(
        () => null,
        (error: unknown) => error,
      );
      world.wire = null;
      await expectNoHalfRun(world);
      if (outcome !== null) expect(world.emulator.effects.list()).toEqual([]);
      await world.restart();
      if (outcome === null) break;
    }
    await expectInvariants(world);
  });
});

describe('change data of quickbooks', () => {
  it.each([
    [999, 'response'],
    [1_000, 'response'],
    [1_001, 'response'],
    [2_300, 'response'],
    [1_000, 'entity'],
    [1_600, 'entity'],
  ] as const)(
    'fault 26: of %d objects, with the cap per %s, is taken as cut when it may be',
    async (changes, cdcCapPer) => {
      const world = await faultWorld('quickbooks', { quirks: { quickbooks: { cdcCapPer } } });
      await world.sync();
      world.pass(HOUR_MS);
      const cedar = world.staff().idOf('Cedar');
      const edits = world.edits();
      world.emulator.state.db.transaction(() => {
        // Each invoice changes its customer as well, who counts once.
        for (let made = 0; made < changes - 1; made += 1) edits.createInvoice(cedar, 1_00 + made);
      })();
      await world.sync();
      await expectEqual(world);
      await expectInvariants(world);
    },
  );

  it('fault 26: that is cut while things were deleted loses no deletion', async () => {
    const world = await faultWorld('quickbooks');
    await world.sync();
    world.pass(HOUR_MS);
    const cedar = world.staff().idOf('Cedar');
    const edits = world.edits();
    edits.delete(world.staff().invoiceId('A2'));
    world.emulator.state.db.transaction(() => {
      for (let made = 0; made < 1_400; made += 1) edits.createInvoice(cedar, 1_00 + made);
    })();
    edits.delete(world.staff().invoiceId('B1'));
    await world.sync();
    await expectInvariants(world);
  });

  it.each([29, 31, 45, 99])('fault 26: after %d days of silence nothing is missed', async (days) => {
    const world = await faultWorld('quickbooks');
    await world.sync();
    world.pass(DAY_MS);
    world.staff().pay('B1');
    world.edits().delete(world.staff().invoiceId('C1'));
    world.pass((days - 1) * DAY_MS);
    world.staff().bill('Ash', { number: 'A9', amountMinor: 33_00, date: '2026-03-12', due: '2026-04-11' });
    await world.sync();
    await expectInvariants(world);
  });

  it('fault 26: where a deletion is the newest change is not asked for again and again, and it is not missed', async () => {
    const world = await faultWorld('quickbooks');
    await world.sync();
    world.pass(HOUR_MS);
    world.staff().pay('B1');
    world.pass(60_000);
    world.edits().delete(world.staff().invoiceId('A2'));
    await world.sync();
    await expectEqual(world);
    for (let cycle = 0; cycle < 3; cycle += 1) {
      world.pass(HOUR_MS);
      expect((await world.sync()).counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    }
    await expectInvariants(world);
  });

  it('fault 26: that is refused for its span is replaced by queries', async () => {
    const world = await faultWorld('quickbooks');
    await world.sync();
    world.pass(HOUR_MS);
    world.staff().pay('B1');
    world.emulator.faults.add({
      path: '/v3/company/*/cdc',
      status: 400,
      body: { Fault: { Error: [{ Message: 'changedSince', code: '4001' }], type: 'ValidationFault' } },
    });
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });
});
