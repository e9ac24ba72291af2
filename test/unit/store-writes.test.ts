import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Store, Tx } from '../../src/store/index.ts';
import { openHere, tempDir, tempStore } from '../support/temp-store.ts';

/** The switch table serves as a notebook here: one row a name. */
async function note(tx: Tx, name: string, value: number): Promise<void> {
  const row = { is_on: value, set_at_ms: 0, set_by: 'test' };
  await tx
    .insertInto('switch')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

async function valueOf(reader: Pick<Store['reader'], 'selectFrom'>, name: string): Promise<number> {
  const row = await reader.selectFrom('switch').select('is_on').where('name', '=', name).executeTakeFirst();
  return row?.is_on ?? 0;
}

/** Reads, lets everyone else run, and writes one more: loses counts when it is not alone. */
async function countSlowly(tx: Tx): Promise<void> {
  const before = await valueOf(tx, 'count');
  await nextTurn();
  await note(tx, 'count', before + 1);
}

const countAtOnce = (store: Store): Promise<unknown> =>
  store.writeBulk((db) =>
    db
      .prepare(
        `INSERT INTO switch (name, is_on, set_at_ms, set_by) VALUES ('count', 1, 0, 'test')
         ON CONFLICT (name) DO UPDATE SET is_on = is_on + 1`,
      )
      .run(),
  );

describe('a write', () => {
  it('is seen by readers when it is committed and not before', async () => {
    const store = tempStore();
    await store.write(async (tx) => {
      await note(tx, 'x', 7);
      expect(await valueOf(tx, 'x')).toBe(7);
      expect(await valueOf(store.reader, 'x')).toBe(0);
    });
    expect(await valueOf(store.reader, 'x')).toBe(7);
  });

  it('leaves nothing behind when its work throws', async () => {
    const store = tempStore();
    const failing = store.write(async (tx) => {
      await note(tx, 'x', 7);
      throw new Error('halfway');
    });
    await expect(failing).rejects.toThrow('halfway');
    expect(await valueOf(store.reader, 'x')).toBe(0);
    await store.write((tx) => note(tx, 'x', 8));
    expect(await valueOf(store.reader, 'x')).toBe(8);
  });

  it('cannot be made through the reader', async () => {
    const store = tempStore();
    const values = { name: 'x', is_on: 1, set_at_ms: 0, set_by: 'test' };
    await expect(store.reader.insertInto('switch').values(values).execute()).rejects.toThrow(/readonly/);
  });
});

describe('a bulk write', () => {
  it('leaves nothing behind when its work throws', async () => {
    const store = tempStore();
    const failing = store.writeBulk((db) => {
      db.prepare("INSERT INTO switch VALUES ('x', 1, 0, 'test')").run();
      throw new Error('halfway');
    });
    await expect(failing).rejects.toThrow('halfway');
    expect(await valueOf(store.reader, 'x')).toBe(0);
  });

  it('waits for a write that is under way, and a write for it', async () => {
    const store = tempStore();
    const work = Array.from({ length: 20 }, (_, i) =>
      i % 3 === 0 ? countAtOnce(store) : store.write(countSlowly),
    );
    await Promise.all(work);
    expect(await valueOf(store.reader, 'count')).toBe(20);
  });
});

describe('two processes on one database', () => {
  it('lose none of each other’s writes', async () => {
    const file = join(tempDir(), 'holdfast.db');
    const stores = [openHere(file), openHere(file)];
    const work = Array.from({ length: 10 }, () =>
      stores.flatMap((store) => [store.write(countSlowly), countAtOnce(store)]),
    );
    await Promise.all(work.flat());
    expect(await Promise.all(stores.map((store) => valueOf(store.reader, 'count')))).toEqual([40, 40]);
  });
});

describe('a backup', () => {
  it('is the whole database as it was, taken while it is in use', async () => {
    const store = tempStore();
    await store.write((tx) => note(tx, 'x', 7));
    const copy = join(tempDir(), 'copy.db');
    await store.backup(copy);
    await store.write((tx) => note(tx, 'x', 8));
    expect(await valueOf(openHere(copy).reader, 'x')).toBe(7);
  });
});
