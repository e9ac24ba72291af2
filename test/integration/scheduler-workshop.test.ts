import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readLastNights } from '../../src/decisions/index.ts';
import { ProcessWorkshop, type JobOutcome } from '../../src/scheduler/index.ts';
import { readLeaseHolder } from '../../src/store/index.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const debtors = [{ name: 'Ash', bills: [bill('Ash-1', 40, 500_000)] }];
const xeroBook = smallBook('Harbour', debtors);
const quickbooksBook = smallBook('Prairie', debtors, { country: 'US' });
const WAIT = { timeout: 20_000, interval: 20 };

let world: World;
let workshop: ProcessWorkshop;

beforeEach(async () => {
  world = await startWorld({ xero: [xeroBook], quickbooks: [quickbooksBook], mail: false, mode: 'propose' });
});

afterEach(async () => {
  await workshop.stop();
  await world.close();
});

/** Begins the nights of both companies, whose platforms take their time; resolves once both are under way. */
async function beginBoth(
  processes: number,
): Promise<{ pids: number[]; outcomes: Promise<JobOutcome>[]; hurry(): void }> {
  for (const path of ['/api.xro/**', '/v3/company/**'])
    world.emulator.faults.add({
      server: path.startsWith('/v3') ? 'quickbooks' : 'xero',
      path,
      delayMs: 200,
    });
  workshop = new ProcessWorkshop(world.app, {}, processes);
  const outcomes = world.ids.map((id) => workshop.do({ kind: 'night', id }));
  const pids = await vi.waitFor(async () => {
    const all = await Promise.all(world.ids.map(worker));
    expect(all).not.toContain(null);
    return all.map(Number);
  }, WAIT);
  return { pids, outcomes, hurry: () => world.emulator.faults.clear() };
}

const worker = async (id: string): Promise<number | null> =>
  (await readLeaseHolder(world.app.store.reader, world.app.clock.nowMs(), `night:${id}`))?.pid ?? null;

async function nights(): Promise<Record<string, string>> {
  const all = await readLastNights(world.app.store.reader);
  return Object.fromEntries(all.map((night) => [night.connectionId, night.state]));
}

describe('the workshop', () => {
  it('gives nights beside each other a process each, as far as it may, and none to this one', async () => {
    const { pids, outcomes, hurry } = await beginBoth(2);
    expect(new Set([...pids, process.pid]).size).toBe(3);
    hurry();
    expect(await Promise.all(outcomes)).toMatchObject([{ state: 'done' }, { state: 'done' }]);
    expect(await nights()).toEqual({ 'xero-1': 'done', 'quickbooks-1': 'done' });
  });

  it('does all nights in one process where it may have no other', async () => {
    const { pids, outcomes, hurry } = await beginBoth(1);
    expect(new Set(pids).size).toBe(1);
    hurry();
    expect(await Promise.all(outcomes)).toMatchObject([{ state: 'done' }, { state: 'done' }]);
  });

  it('loses only the night whose process was killed', async () => {
    const { pids, outcomes, hurry } = await beginBoth(2);
    process.kill(pids[0]!, 'SIGKILL');
    expect(await outcomes[0]).toEqual({ state: 'lost', message: 'it was ended by SIGKILL' });
    hurry();
    expect(await outcomes[1]).toMatchObject({ state: 'done' });
    expect(await workshop.do({ kind: 'night', id: world.ids[0]! })).toMatchObject({ state: 'done' });
  });

  it('ends the nights of all its processes when it is stopped, and takes no other', async () => {
    const { outcomes } = await beginBoth(2);
    await workshop.stop();
    expect(await Promise.all(outcomes)).toEqual([{ state: 'stopped' }, { state: 'stopped' }]);
    expect(await nights()).toEqual({ 'xero-1': 'running', 'quickbooks-1': 'running' });
    expect(await workshop.do({ kind: 'night', id: world.ids[0]! })).toEqual({ state: 'stopped' });
  });
});
