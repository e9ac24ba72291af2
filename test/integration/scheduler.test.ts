import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { readLastNights, type Night } from '../../src/decisions/index.ts';
import { startScheduler, type Scheduler } from '../../src/scheduler/index.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const MINUTE_MS = 60_000;

const xeroBook = smallBook('Harbour', [
  { name: 'Late Payer Ltd', limit: '9000', bills: [bill('H-1', 40, 500_000)] },
]);
const quickbooksBook = smallBook(
  'Prairie',
  [{ name: 'Slow Store Inc', limit: '9000', bills: [bill('P-1', 45, 400_000)] }],
  { timeZone: 'America/New_York', country: 'US' },
);

async function openWorld(options: WorldOptions): Promise<World> {
  const world = await startWorld(options);
  onTestFinished(() => world.close());
  return world;
}

function schedule(app: App): Scheduler {
  const scheduler = startScheduler(app);
  onTestFinished(() => scheduler.stop());
  return scheduler;
}

async function nights(world: World): Promise<Record<string, Night['state']>> {
  const all = await readLastNights(world.app.store.reader);
  return Object.fromEntries(all.map((night) => [night.connectionId, night.state]));
}

describe('the scheduler', () => {
  it('runs the night of every company once and sends its messages in the window, in each one’s own zone', async () => {
    const now = '2026-03-11T05:59:00Z'; // 05:59 in London, 01:59 in New York
    const world = await openWorld({ xero: [xeroBook], quickbooks: [quickbooksBook], now });
    const scheduler = schedule(world.app);

    await scheduler.tick();
    expect(await nights(world)).toEqual({ 'xero-1': 'done' });

    world.pass(MINUTE_MS);
    await scheduler.tick();
    expect(await nights(world)).toEqual({ 'xero-1': 'done', 'quickbooks-1': 'done' });
    expect(world.staff(world.ids[0]).held()).toEqual(['Late Payer Ltd']);
    expect(world.staff(world.ids[1]).held()).toEqual(['Slow Store Inc']);
    expect(await world.inbox()).toHaveLength(0);

    world.moveTo('2026-03-11T09:00:00Z');
    await scheduler.tick();
    expect((await world.inbox()).map((message) => message.to)).toHaveLength(1);

    world.moveTo('2026-03-11T13:00:00Z'); // 09:00 in New York
    await scheduler.tick();
    expect(await world.inbox()).toHaveLength(2);

    const effects = world.emulator.effects.list().length;
    for (let tick = 0; tick < 5; tick += 1) {
      world.pass(11 * MINUTE_MS);
      await scheduler.tick();
    }
    expect(world.emulator.effects.list()).toHaveLength(effects);
    expect(await world.inbox()).toHaveLength(2);
  });

  it('goes on with the other companies when one fails, says so, and tries it again after half an hour', async () => {
    const world = await openWorld({ xero: [xeroBook], quickbooks: [quickbooksBook] });
    const fault = world.emulator.faults.add({ server: 'xero', path: '/api.xro/**', status: 400, body: 'no' });
    const { app, lines } = listening(world.app);
    const scheduler = schedule(app);

    await scheduler.tick();
    expect(await nights(world)).toEqual({ 'xero-1': 'failed', 'quickbooks-1': 'done' });
    const errors = lines.filter((line) => line['msg'] === 'the night failed');
    expect(errors).toMatchObject([{ connection: 'xero-1', errorCode: 'PLATFORM_REFUSED' }]);

    world.emulator.faults.clear(fault);
    world.pass(29 * MINUTE_MS);
    await scheduler.tick();
    expect(await nights(world)).toMatchObject({ 'xero-1': 'failed' });
    world.pass(MINUTE_MS);
    await scheduler.tick();
    expect(await nights(world)).toMatchObject({ 'xero-1': 'done' });
  });

  it('does a tick that falls into another one only once', async () => {
    const world = await openWorld({ xero: [xeroBook] });
    const scheduler = schedule(world.app);
    await Promise.all([scheduler.tick(), scheduler.tick(), scheduler.tick()]);
    expect(await nights(world)).toEqual({ 'xero-1': 'done' });
    expect(world.holdWrites()).toHaveLength(1);
  });

  it('waits for the night under way when it is stopped, and begins no other', async () => {
    const now = '2026-03-11T08:00:00Z'; // before anybody's dispatch window opens
    const world = await openWorld({ xero: [xeroBook], quickbooks: [quickbooksBook], now });
    world.emulator.faults.add({ server: 'xero', path: '/api.xro/**', delayMs: 40 });
    const scheduler = schedule(world.app);
    const tick = scheduler.tick();
    await vi.waitFor(async () => expect(await nights(world)).toEqual({ 'xero-1': 'running' }), {
      interval: 5,
    });
    await scheduler.stop();
    expect(await nights(world)).toEqual({ 'xero-1': 'done' });
    await tick;
    await scheduler.tick();
    expect(await nights(world)).toEqual({ 'xero-1': 'done' });
  });

  it('looks what is due once a minute', async () => {
    const world = await openWorld({ mail: false });
    let looks = 0;
    const app: App = {
      ...world.app,
      policy: () => {
        looks += 1;
        return world.app.policy();
      },
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    schedule(app);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    const first = looks;
    expect(first).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect(looks).toBe(4 * first);
  });
});

/** The same app with a log that can be read. */
function listening(app: App): { app: App; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { app: { ...app, log: pino({ level: 'info' }, sink) }, lines };
}
