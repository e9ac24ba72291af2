import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { readCaseFile, readLimitHistory } from '../../src/cases/index.ts';
import { connectionId, customerId } from '../../src/domain/index.ts';
import { migrate, readMigrations } from '../../src/store/index.ts';
import { day } from '../support/mirror-records.ts';
import { openHere, tempDir } from '../support/temp-store.ts';

it('what was set before there was a history is the beginning of it', async () => {
  const file = join(tempDir(), 'holdfast.db');
  const db = new Database(file);
  migrate(db, file, readMigrations().slice(0, 2));
  const limit = db.prepare('INSERT INTO customer_limit VALUES (?, ?, ?, ?, ?, ?, ?)');
  limit.run('xero-1', 'ash', 'amount', 500, 'Wood', 2000, 'Ada');
  limit.run('xero-1', 'birch', 'unlimited', null, 'Wood', 1000, 'Ben');
  db.prepare('INSERT INTO limit_group VALUES (?, ?, ?)').run('xero-1', 'Wood', 900);
  db.prepare('INSERT INTO limit_group VALUES (?, ?, ?)').run('xero-1', 'Unused', 100);
  db.prepare('INSERT INTO exclusion VALUES (?, ?, ?, ?, ?)').run('xero-1', 'ash', 'ours', 3000, 'Ada');
  db.close();

  const { reader } = openHere(file);
  const id = connectionId('xero-1');
  const at = (knownAtMs: number) => readCaseFile(reader, id, { asOf: day('2020-01-01'), knownAtMs });
  const now = await at(Infinity);
  expect(now.limits).toEqual({
    entries: [
      { customerId: 'ash', limit: { kind: 'amount', limitMinor: 500 }, group: 'Wood' },
      { customerId: 'birch', limit: { kind: 'unlimited' }, group: 'Wood' },
    ],
    groups: [
      { name: 'Unused', limitMinor: 100 },
      { name: 'Wood', limitMinor: 900 },
    ],
  });
  expect((await at(1500)).limits.entries.map((entry) => entry.customerId)).toEqual(['birch']);
  expect((await at(1500)).limits.groups).toHaveLength(2);
  expect(await readLimitHistory(reader, id, customerId('ash'))).toMatchObject([
    { atMs: 2000, by: 'Ada', day: null },
  ]);
  const changes = await reader.selectFrom('exclusion_change').selectAll().execute();
  expect(changes).toMatchObject([{ customer_id: 'ash', reason: 'ours', at_ms: 3000, set_by: 'Ada' }]);
});
