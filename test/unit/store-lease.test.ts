import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLease, type Store } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { NOW_MS } from '../support/mirror-records.ts';
import { openHere, tempDir } from '../support/temp-store.ts';

const HOUR_MS = 3_600_000;
const taken = expect.objectContaining({ code: 'LEASE_TAKEN', retryable: true }) as Error;

function twoStores(): { first: Store; second: Store; clock: ManualClock } {
  const file = join(tempDir(), 'holdfast.db');
  return { first: openHere(file), second: openHere(file), clock: new ManualClock(NOW_MS) };
}

/** Work that has begun and ends when it is told to. */
function openEnded(): { work: () => Promise<void>; begun: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const work = (): Promise<void> => {
    begin();
    return ended;
  };
  return { work, begun, end: () => end() };
}

describe('a lease', () => {
  it('is refused at once to a second process that does not want to wait', async () => {
    const { first, second, clock } = twoStores();
    const busy = openEnded();
    const held = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, busy.work);
    await busy.begun;
    const refused = withLease(second, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () =>
      Promise.resolve('never'),
    );
    await expect(refused).rejects.toThrow(taken);
    busy.end();
    await held;
  });

  it('is given to whoever waits, once the first is done, so that only one works at a time', async () => {
    const { first, second, clock } = twoStores();
    const order: string[] = [];
    const busy = openEnded();
    const held = withLease(first, clock, 'tokens', { ttlMs: HOUR_MS, waitMs: 0 }, async () => {
      await busy.work();
      order.push('first');
    });
    await busy.begun;
    const waiting = withLease(second, clock, 'tokens', { ttlMs: HOUR_MS, waitMs: HOUR_MS / 2 }, async () => {
      order.push('second');
    });
    busy.end();
    await Promise.all([held, waiting]);
    expect(order).toEqual(['first', 'second']);
  });

  it('is refused when the wait is over', async () => {
    const { first, second, clock } = twoStores();
    const busy = openEnded();
    const held = withLease(first, clock, 'tokens', { ttlMs: HOUR_MS, waitMs: 0 }, busy.work);
    await busy.begun;
    const waiting = withLease(second, clock, 'tokens', { ttlMs: HOUR_MS, waitMs: 1_000 }, () =>
      Promise.resolve(),
    );
    await expect(waiting).rejects.toThrow(taken);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(1_000);
    busy.end();
    await held;
  });

  it('does not keep apart what has different names', async () => {
    const { first, second, clock } = twoStores();
    const busy = openEnded();
    const held = withLease(first, clock, 'sync:a', { ttlMs: HOUR_MS, waitMs: 0 }, busy.work);
    await busy.begun;
    const other = withLease(second, clock, 'sync:b', { ttlMs: HOUR_MS, waitMs: 0 }, () => Promise.resolve(1));
    await expect(other).resolves.toBe(1);
    busy.end();
    await held;
  });

  it('is given back when the work fails', async () => {
    const { first, second, clock } = twoStores();
    const failing = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () =>
      Promise.reject(new Error('broken')),
    );
    await expect(failing).rejects.toThrow('broken');
    await expect(
      withLease(second, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () => Promise.resolve(2)),
    ).resolves.toBe(2);
  });

  it('is taken over from a process that died, when its time is up and not before', async () => {
    const { first, second, clock } = twoStores();
    const dead = openEnded();
    const held = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, dead.work);
    await dead.begun;
    const attempt = (): Promise<string> =>
      withLease(second, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () => Promise.resolve('taken over'));
    clock.advance(HOUR_MS - 1);
    await expect(attempt()).rejects.toThrow(taken);
    clock.advance(1);
    await expect(attempt()).resolves.toBe('taken over');
    dead.end();
    await held;
  });

  it('is not given back by a process that overslept while another has it', async () => {
    const { first, second, clock } = twoStores();
    const [slow, other] = [openEnded(), openEnded()];
    const overslept = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, slow.work);
    await slow.begun;
    clock.advance(HOUR_MS);
    const present = withLease(second, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, other.work);
    await other.begun;
    slow.end();
    await overslept;
    const third = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () => Promise.resolve());
    await expect(third).rejects.toThrow(taken);
    other.end();
    await present;
  });

  it('does not lock everyone out when the wall clock was set back by weeks', async () => {
    const { first, second, clock } = twoStores();
    const dead = openEnded();
    const held = withLease(first, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, dead.work);
    await dead.begun;
    clock.setWallClock(NOW_MS - 30 * 24 * HOUR_MS);
    await expect(
      withLease(second, clock, 'night', { ttlMs: HOUR_MS, waitMs: 0 }, () => Promise.resolve('free')),
    ).resolves.toBe('free');
    dead.end();
    await held;
  });
});

describe('the commits of who holds a lease', () => {
  const short = { ttlMs: 90_000, waitMs: 0 };
  const write = (store: Store, name: string): Promise<unknown> =>
    store.write((tx) =>
      tx.insertInto('switch').values({ name, is_on: 1, set_at_ms: 0, set_by: 'test' }).execute(),
    );
  const written = async (store: Store): Promise<string[]> =>
    (await store.reader.selectFrom('switch').select('name').execute()).map((row) => row.name);
  const lost = expect.objectContaining({ code: 'LEASE_LOST', kind: 'state' }) as Error;

  it('are refused once another process took it over, one transaction as the bulk path', async () => {
    const { first, second, clock } = twoStores();
    const paused = openEnded();
    const held = withLease(first, clock, 'sync:a', short, async ({ store }) => {
      await write(store, 'before');
      await paused.work();
      await expect(write(store, 'after')).rejects.toThrow(lost);
      await store.writeBulk((db) => db.exec("UPDATE switch SET set_by = 'late'"));
    });
    const ended = expect(held).rejects.toThrow(lost);
    await paused.begun;
    clock.advance(short.ttlMs);
    await withLease(second, clock, 'sync:a', short, ({ store }) => write(store, 'other'));
    paused.end();
    await ended;
    expect(await written(first)).toEqual(['before', 'other']);
    expect(await first.reader.selectFrom('switch').select('set_by').distinct().execute()).toEqual([
      { set_by: 'test' },
    ]);
  });

  it('go on when its time ran out and nobody took it', async () => {
    const { first, clock } = twoStores();
    await withLease(first, clock, 'sync:a', short, async ({ store, assertHeld }) => {
      clock.advance(10 * HOUR_MS);
      await write(store, 'late');
      await store.write(assertHeld);
    });
    expect(await written(first)).toEqual(['late']);
  });

  it('go on for as long as it is renewed, and nobody else gets it meanwhile', async () => {
    const { first, second, clock } = twoStores();
    const busy = openEnded();
    const held = withLease(first, clock, 'sync:a', short, busy.work);
    await busy.begun;
    for (let beats = 0; beats < 5; beats += 1) {
      clock.advance(short.ttlMs - 1);
      await clock.beat();
      const other = withLease(second, clock, 'sync:a', short, () => Promise.resolve());
      await expect(other).rejects.toThrow(taken);
    }
    busy.end();
    await held;
  });

  it('are told apart by a number that goes up with every owner', async () => {
    const { first, second, clock } = twoStores();
    const numbers: number[] = [];
    for (const store of [first, second, first])
      await withLease(store, clock, 'sync:a', short, async ({ number }) => void numbers.push(number));
    expect(numbers).toEqual([1, 2, 3]);
  });
});
