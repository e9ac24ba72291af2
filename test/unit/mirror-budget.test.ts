import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionId } from '../../src/domain/index.ts';
import { callBudget, readBudget } from '../../src/mirror/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { NOW_MS } from '../support/mirror-records.ts';
import { openHere, tempDir, tempStore } from '../support/temp-store.ts';

const id = connectionId('xero-1');
const other = connectionId('xero-2');
const clock = new ManualClock(NOW_MS);
const add = (saved: string | null) => ({ state: String(Number(saved ?? 0) + 1), result: saved });

describe('the call counts of a connection', () => {
  it('lose no change when two processes count at once', async () => {
    const file = join(tempDir(), 'holdfast.db');
    const budgets = [openHere(file), openHere(file)].map((store) => callBudget(store, clock, id));
    await Promise.all(Array.from({ length: 40 }, (_, at) => budgets[at % 2]!.change(add)));
    expect(await readBudget(openHere(file).reader, id)).toEqual({ state: '40', changedAtMs: NOW_MS });
  });

  it('are read as they were kept, and each connection has its own', async () => {
    const store = tempStore();
    const budget = callBudget(store, clock, id);
    expect(await budget.change(add)).toBeNull();
    expect(await budget.change(add)).toBe('1');
    expect(await readBudget(store.reader, other)).toBeNull();
  });

  it('stay as they were when the change fails', async () => {
    const store = tempStore();
    const budget = callBudget(store, clock, id);
    await budget.change(add);
    const failing = budget.change(() => {
      throw new Error('no place');
    });
    await expect(failing).rejects.toThrow('no place');
    expect(await readBudget(store.reader, id)).toMatchObject({ state: '1' });
  });
});
