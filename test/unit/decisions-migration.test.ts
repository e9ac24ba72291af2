import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { readStandingsBefore } from '../../src/decisions/index.ts';
import { connectionId } from '../../src/domain/index.ts';
import { migrate, readMigrations } from '../../src/store/index.ts';
import { day } from '../support/mirror-records.ts';
import { openHere, tempDir } from '../support/temp-store.ts';

const reasons = (rule: string): string =>
  JSON.stringify([{ rule, standing: 'watch', explanation: `because of ${rule}` }]);

it('a database of before still says how customers stood before each change that it knows of', async () => {
  const file = join(tempDir(), 'holdfast.db');
  const db = new Database(file);
  onTestFinished(() => void db.close());
  const all = readMigrations();
  migrate(
    db,
    file,
    all.filter(({ name }) => name < '0005'),
  );
  const change = db.prepare(
    `INSERT INTO decision (connection_id, customer_id, as_of, from_standing, to_standing, reasons, policy_hash, run, decided_at_ms)
     VALUES ('x', 'c1', ?, ?, ?, ?, 'p', 1, 1)`,
  );
  change.run('2026-03-01', 'clear', 'watch', reasons('near-limit'));
  change.run('2026-03-05', 'watch', 'hold', reasons('overdue'));
  // The same night again, after something was paid.
  change.run('2026-03-05', 'hold', 'clear', '[]');
  db.exec(`INSERT INTO standing (connection_id, customer_id, standing, since, reasons)
           VALUES ('x', 'c1', 'clear', '2026-03-05', '[]')`);
  migrate(db, file, all);
  const { reader } = openHere(file);
  const before = async (date: string) =>
    [...(await readStandingsBefore(reader, connectionId('x'), day(date))).values()].map(
      ({ standing, since, reasons: why }) => `${standing} since ${since} ${why[0]?.explanation ?? ''}`,
    );
  expect(await before('2026-03-01')).toEqual([]);
  expect(await before('2026-03-02')).toEqual(['watch since 2026-03-01 because of near-limit']);
  expect(await before('2026-03-05')).toEqual(['watch since 2026-03-01 because of near-limit']);
  expect(await before('2026-03-06')).toEqual(['clear since 2026-03-05 ']);
});
