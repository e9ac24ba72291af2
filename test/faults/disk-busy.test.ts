import { existsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/cli/doctor/check-database.ts';
import { readLastRun } from '../../src/mirror/index.ts';
import { openStore } from '../../src/store/index.ts';
import { startVictim, type Victim } from './crash-process.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let other: Victim | null = null;
afterEach(async () => {
  await other?.kill();
  other = null;
  await world.close();
});

const LOCK = fileURLToPath(new URL('./disk-lock-child.ts', import.meta.url));
const MEGABYTE = 1_048_576;
/** From reliability.md (e): the write-ahead log stays below this. */
const WAL_BYTES_MAX = 64 * MEGABYTE;

async function open(): Promise<void> {
  world = await startWorld({
    xero: [smallBook('harbour', [{ name: 'Ash', bills: [bill('A1', 2, 700_00)] }])],
  });
}

/** Another process takes a lock and keeps it. */
async function lock(how: 'read' | 'write'): Promise<void> {
  other = startVictim([world.app.store.file, how], { env: {}, script: LOCK });
  expect(await other.line()).toBe('holding');
}

const walBytes = (): number => {
  const file = `${world.app.store.file}-wal`;
  return existsSync(file) ? statSync(file).size : 0;
};

describe('a database that another process writes to', () => {
  it('fault 59: for a while is waited for, and the sync ends well', async () => {
    await open();
    await lock('write');
    const sync = world.sync();
    await delay(300);
    expect(await readLastRun(world.app.store.reader, world.ids[0]!)).toBeNull();
    await other!.kill();
    await sync;
    expect(await readLastRun(world.app.store.reader, world.ids[0]!)).toMatchObject({ state: 'published' });
  });

  it(
    'fault 59: for ever is given up on, with a word about what to look for; reading goes on',
    { timeout: 60_000 },
    async () => {
      await open();
      await world.sync();
      await lock('write');
      const { store } = world.app;
      const write = store.write((tx) =>
        tx.insertInto('policy_version').values({ hash: 'x', content: 'x', first_used_at_ms: 1 }).execute(),
      );
      const busy = {
        code: 'DATABASE_BUSY',
        retryable: true,
        hint: expect.stringMatching(/second process/) as string,
      };
      const given = expect(write).rejects.toMatchObject(busy);
      expect(await readLastRun(store.reader, world.ids[0]!)).toMatchObject({ state: 'published' });
      const second = openStore(store.file);
      expect(second.inspect().faults).toEqual([]);
      await second.close();
      await given;
      await other!.kill();
      await world.sync();
      expect(await readLastRun(store.reader, world.ids[0]!)).toMatchObject({ number: 2, state: 'published' });
    },
  );
});

describe('a reader that does not end', () => {
  it(
    'fault 59: is named by the doctor before the log fills the disk, and the log shrinks once it is gone',
    { timeout: 60_000 },
    async () => {
      await open();
      await world.sync();
      await lock('read');
      await fillBeyond(WAL_BYTES_MAX);
      expect(walBytes()).toBeGreaterThan(WAL_BYTES_MAX);
      const findings = await checkDatabase(world.app.config, true);
      expect(
        findings.filter((one) => one.severity !== 'ok' && /-wal|write-ahead/i.test(one.text)),
      ).toMatchObject([
        { area: 'database', advice: expect.stringMatching(/process|reader|reads/i) as string },
      ]);
      await other!.kill();
      await world.sync();
      await world.sync();
      expect(walBytes()).toBeLessThanOrEqual(WAL_BYTES_MAX);
    },
  );

  async function fillBeyond(bytes: number): Promise<void> {
    const insert = (db: Database.Database, from: number): void => {
      const statement = db.prepare(
        'INSERT INTO policy_version (hash, content, first_used_at_ms) VALUES (?,?,1)',
      );
      for (let i = 0; i < 4; i += 1) statement.run(`${from}-${i}`, 'x'.repeat(MEGABYTE));
    };
    // Bounded: a log that does not grow must not fill the disk of whoever runs this.
    for (let round = 0; walBytes() <= bytes && round < 40; round += 1)
      await world.app.store.writeBulk((db) => insert(db, round));
  }
});
