import { afterEach, describe, expect, it } from 'vitest';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { countStaleBalances, readBudget, readSweep, syncConnection } from '../../src/mirror/index.ts';
import type { SyncOptions, SyncSummary } from '../../src/mirror/index.ts';
import { startWorld, type World } from '../support/world.ts';

const HOUR_MS = 3_600_000;
/** Organisation and six lists; company and its changes. */
const UNCHANGED = { xero: 8, quickbooks: 2 };

let world: World;
afterEach(() => world.close());

describe.each(['xero', 'quickbooks'] as const)('the calls of a sync on %s', (platform) => {
  async function start(): Promise<(options?: SyncOptions) => Promise<SyncSummary>> {
    const books = demoBooks(7, 'small');
    world = await startWorld({ [platform]: books[platform], mail: false });
    const { app } = world;
    return async (options = {}) => {
      const connection = await world.connection();
      return syncConnection(app.store, app.clock, connection, await app.openSession(connection), options);
    };
  }

  it('are few where nothing changed, also with foreign debtors and one hour later', async () => {
    const sync = await start();
    await sync();
    for (const hours of [0, 1, 1]) {
      world.pass(hours * HOUR_MS);
      const summary = await sync();
      expect(summary).toMatchObject({ mode: 'incremental', counts: { created: 0, updated: 0, deleted: 0 } });
      expect(summary.calls).toBeLessThanOrEqual(UNCHANGED[platform]);
    }
    expect(await countStaleBalances(world.app.store.reader, world.ids[0]!)).toBe(0);
    expect(await readBudget(world.app.store.reader, world.ids[0]!)).not.toBeNull();
  });

  it('are those that were forecast, for the first one', async () => {
    const sync = await start();
    const forecasts: number[] = [];
    await world.app.store.write((tx) => tx.deleteFrom('run').execute());
    const summary = await sync({ full: true, onForecast: ({ calls }) => forecasts.push(calls) });
    expect(forecasts).toHaveLength(1);
    expect(Math.abs(summary.calls - (forecasts[0] ?? 0))).toBeLessThanOrEqual(8);
  });

  it('are a handful more for a sweep, which finds nothing amiss after a sync', async () => {
    const sync = await start();
    await sync();
    const summary = await sync({ sweep: 'now' });
    expect(summary.counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    const sweep = await readSweep(world.app.store.reader, world.ids[0]!);
    expect(sweep).toMatchObject({ run: summary.run, vanished: 0, missed: 0, note: '' });
    expect(sweep?.checked).toBeGreaterThan(100);
    expect(summary.calls).toBeLessThanOrEqual(UNCHANGED[platform] + 8);
  });
});
