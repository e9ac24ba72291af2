import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/lib/index.ts';

const DAY_MS = 86_400_000;

describe('the system clock', () => {
  it('is the machine’s time, moved by its offset', () => {
    const before = Date.now();
    const now = new SystemClock(-30 * DAY_MS).nowMs() + 30 * DAY_MS;
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('goes on measuring durations when its offset is changed', () => {
    const clock = new SystemClock();
    const before = clock.monotonicMs();
    clock.setOffset(-365 * DAY_MS);
    expect(clock.nowMs()).toBeLessThan(Date.now() - 300 * DAY_MS);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });

  it('wakes a sleeper whose wait is called off', async () => {
    const abort = new AbortController();
    const sleep = new SystemClock().sleep(60_000, abort.signal);
    abort.abort();
    await expect(sleep).rejects.toThrow(/abort/i);
  });

  it('calls a deadline when it has passed', async () => {
    const signal = new SystemClock().deadline(1);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    expect(signal.aborted).toBe(true);
  });
});
