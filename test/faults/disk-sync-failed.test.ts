import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { readPublishedRun } from '../../src/mirror/index.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** What all statements of better-sqlite3 inherit. */
interface Runnable {
  run: (this: Database.Statement, ...values: unknown[]) => Database.RunResult;
}

/** As SQLite says it when fsync fails: nobody knows what is on the disk by now, although the next one "works". */
const fsyncFailed = (): Error => new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');

describe.each(['xero', 'quickbooks'] as const)(
  'a disk that fails to keep one commit in a night of %s',
  (platform) => {
    it.each([1, 3, 6, 9])(
      'fault 61: at commit %s ends all writing until a restart, which decides anew and sends nothing twice',
      async (nth) => {
        const debtors = ['Ash', 'Birch'].map((name) => ({ name, bills: [bill(`${name}1`, 40, 700_00)] }));
        world = await startWorld({ [platform]: [smallBook('harbour', debtors)], mail: false });
        failCommit(nth);
        const error = await world.night().catch((caught: unknown) => caught);
        vi.restoreAllMocks();
        expect(error).toMatchObject({
          code: 'DATABASE_FAILED',
          message: expect.stringContaining(world.app.store.file) as string,
          hint: expect.stringMatching(/start Holdfast again/) as string,
        });
        const sent = world.holdWrites().length;
        // The disk "works" again, and still nothing is written here, nothing sent.
        await expect(world.sync()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
        await expect(world.dispatch()).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
        expect(world.holdWrites()).toHaveLength(sent);

        // Its lease runs out, for this test cannot end its own process.
        world.pass(5 * 3_600_000);
        const again = createApp(parseConfig(world.env));
        again.clock.setOffset(world.emulator.clock.offsetMs());
        const restarted = { ...world, app: again };
        const { runNight } = await import('../../src/nightly.ts');
        await runNight(restarted.app, world.ids[0]!);
        expect(await readPublishedRun(again.store.reader, world.ids[0]!)).not.toBeNull();
        await again.close();
        expect(world.staff().held()).toEqual(['Ash', 'Birch']);
        expect(world.holdWrites()).toHaveLength(2);
      },
    );

    /** The nth commit by Kysely of what was written is done, and then said to have failed: the disk may have it or not. */
    function failCommit(nth: number): void {
      const statements = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1')) as Runnable;
      const { run } = statements;
      let commits = 0;
      vi.spyOn(statements, 'run').mockImplementation(function (this: Database.Statement, ...values) {
        const result = run.apply(this, values);
        if (this.source === 'commit' && !this.database.readonly && (commits += 1) === nth)
          throw fsyncFailed();
        return result;
      });
    }
  },
);
