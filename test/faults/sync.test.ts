import { describe, expect, it } from 'vitest';
import { syncConnection } from '../../src/mirror/index.ts';
import type { IntentState } from '../../src/outbox/index.ts';
import { busyDebtors } from './busy-book.ts';
import { faultWorld, plainUrl, PLATFORMS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b|\/cdc\?/ };

async function expectEqual(world: FaultWorld): Promise<void> {
  expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
    sourceTotals(world.emulator, world.name, world.company()),
  );
}

/** A record is gone from the platform as if it had never been: no list, no change says so. */
function removeSilently(world: FaultWorld, kind: 'invoice' | 'customer', id: string): void {
  const company = world.company();
  const entity = {
    xero: { invoice: 'Invoices', customer: 'Contacts' },
    quickbooks: { invoice: 'Invoice', customer: 'Customer' },
  };
  const gone = world.emulator.state.db
    .prepare('DELETE FROM row WHERE company = ? AND entity = ? AND id = ?')
    .run(company, entity[world.name][kind], id);
  world.emulator.state.touch(company);
  if (gone.changes !== 1) throw new Error(`there is no ${id}`);
}

const states = async (world: FaultWorld, kind: string): Promise<IntentState[]> =>
  (await world.intents()).filter((intent) => intent.kind === kind).map((intent) => intent.state);

describe.each(PLATFORMS)('what goes away on %s', (name) => {
  const EDITS: [string, (world: FaultWorld) => void][] = [
    ['a voided invoice', (world) => world.staff().voidInvoice('A1')],
    ['a deleted invoice', (world) => world.edits().delete(world.staff().invoiceId('B1'))],
    ['an archived customer', (world) => world.staff().archive('Birch')],
    ['a merged customer', (world) => world.staff().merge('Birch', 'Cedar')],
    ['a paid invoice', (world) => world.staff().pay('A1')],
  ];

  it.each(EDITS)('fault 25: %s is seen by the next sync, and by a full one', async (_what, edit) => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(HOUR_MS);
    edit(world);
    await world.sync();
    await expectEqual(world);
    await world.sync({ full: true });
    await expectEqual(world);
    await expectInvariants(world);
  });

  it('fault 25: customers that were archived before the first sync are mirrored too', async () => {
    const world = await faultWorld(name);
    world.staff().archive('Cedar');
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });

  it.each([
    ['an invoice', 'invoice', (world: FaultWorld) => world.staff().invoiceId('C1')],
    ['a customer without documents', 'customer', (world: FaultWorld) => world.staff().idOf('Willow')],
  ] as const)(
    'fault 25: %s that vanished without a word is found by the daily sweep',
    async (_what, kind, id) => {
      const world = await faultWorld(name, {
        companies: [
          [
            ...busyDebtors(20, 3),
            { name: 'Cedar', bills: [{ number: 'C1', due: '2026-03-31', amountMinor: 300_00 }] },
            { name: 'Willow' },
          ],
        ],
      });
      await world.sync();
      world.pass(DAY_MS + HOUR_MS);
      removeSilently(world, kind, id(world));
      await world.sync();
      await expectEqual(world);
      await expectInvariants(world);
    },
  );

  it('fault 25: a record that no change ever told of is found by the daily sweep', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const now = world.emulator.clock.nowMs();
    world.emulator.clock.set(now - 10 * DAY_MS);
    world.staff().bill('Cedar', { number: 'C9', amountMinor: 19_00, date: '2026-02-20', due: '2026-03-22' });
    world.emulator.clock.set(now + DAY_MS + HOUR_MS);
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });

  it('fault 25: a hold and a reminder whose cause went away are taken back, not carried out', async () => {
    const world = await faultWorld(name);
    await world.night();
    expect(world.staff().held()).toEqual(['Ash']);
    expect(await states(world, 'reminder')).toEqual(['ready', 'ready']);
    world.staff().voidInvoice('A1');
    world.edits().delete(world.staff().invoiceId('B1'));
    world.emulator.clock.set(Date.parse('2026-03-12T10:00:00Z'));
    await world.night();
    await world.dispatch();
    expect(world.staff().held()).toEqual([]);
    expect(await states(world, 'reminder')).toEqual(['superseded', 'superseded']);
    await expectInvariants(world);
  });
});

describe.each(PLATFORMS)('two runs on %s at once', (name) => {
  /** Holds a run at its first page of invoices until it is let go. */
  function holdRun(world: FaultWorld): { held: Promise<void>; letGo: () => void } {
    let letGo = (): void => undefined;
    let reached = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const held = new Promise<void>((resolve) => (reached = resolve));
    let isFirst = true;
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (!isFirst || !LIST[name].test(plainUrl(request))) return reply;
      isFirst = false;
      reached();
      await gate;
      return reply;
    };
    return { held, letGo: () => letGo() };
  }

  it('fault 29: become one: the second is told who is at work, and the first ends as it should', async () => {
    const world = await faultWorld(name);
    const second = world.secondApp();
    const { held, letGo } = holdRun(world);
    const first = world.sync();
    await held;
    const connection = await world.connection();
    const session = await second.openSession(connection);
    expect(
      await world.failure(syncConnection(second.store, second.clock, connection, session)),
    ).toMatchObject({ code: 'LEASE_TAKEN', retryable: true });
    letGo();
    await first;
    await expectEqual(world);
    await expectInvariants(world);
  });

  it('fault 29: of which the first hangs: the second takes over, and the first can commit nothing any more', async () => {
    const world = await faultWorld(name);
    await world.sync();
    world.pass(HOUR_MS);
    const second = world.secondApp();
    const { held, letGo } = holdRun(world);
    const first = world.sync({ full: true });
    const outcome = world.failure(first);
    await held;
    world.clock.hangs = true;
    world.pass(6 * HOUR_MS);
    world.staff().pay('B1');
    world.staff().voidInvoice('A2');
    const connection = await world.connection();
    await syncConnection(second.store, second.clock, connection, await second.openSession(connection));
    await expectEqual(world);
    const after = await mirrorTotals(world.app.store.reader, world.id);
    const runs = await world.app.store.reader.selectFrom('run').selectAll().execute();
    letGo();
    expect(await outcome).toMatchObject({ code: 'LEASE_LOST' });
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(after);
    expect(await world.app.store.reader.selectFrom('run').selectAll().execute()).toEqual(runs);
    world.clock.hangs = false;
    await expectInvariants(world);
  });

  it('fault 29: of which the first works long keep apart: its lease is renewed while it works', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const second = world.secondApp();
    const { held, letGo } = holdRun(world);
    const first = world.sync({ full: true });
    await held;
    for (let minutes = 0; minutes < 60; minutes += 1) await world.clock.sleep(60_000);
    const connection = await world.connection();
    const session = await second.openSession(connection);
    expect(
      await world.failure(syncConnection(second.store, second.clock, connection, session)),
    ).toMatchObject({ code: 'LEASE_TAKEN' });
    letGo();
    await first;
    await expectInvariants(world);
  });
});
