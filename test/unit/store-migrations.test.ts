import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256Hex } from '../../src/lib/index.ts';
import { migrate, openStore, readMigrations } from '../../src/store/index.ts';
import { openHere, tempDir } from '../support/temp-store.ts';

const migration = (name: string, sql: string) => ({ name, sql, hash: sha256Hex(sql) });
const first = migration('0001-first.sql', 'CREATE TABLE thing (name TEXT NOT NULL)');
const second = migration('0002-second.sql', 'ALTER TABLE thing ADD COLUMN size INTEGER');

function openDatabase(file: string): Database.Database {
  const db = new Database(file);
  onTestFinished(() => void db.close());
  return db;
}

function tempDatabase(): { db: Database.Database; file: string } {
  const file = join(tempDir(), 'holdfast.db');
  return { db: openDatabase(file), file };
}

const columns = (db: Database.Database): string[] =>
  (db.pragma('table_info(thing)') as { name: string }[]).map((column) => column.name);
const copies = (file: string): string[] =>
  readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.before`));

describe('the migrations', () => {
  it('are numbered without a gap and carry the hash of their text', () => {
    const all = readMigrations();
    expect(all.length).toBeGreaterThan(0);
    all.forEach((one, index) => {
      expect(one.name).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.sql$`));
      expect(one.hash).toBe(sha256Hex(one.sql));
    });
  });

  it('bring an empty file to the newest schema, and an up-to-date one nowhere', () => {
    const { db, file } = tempDatabase();
    migrate(db, file, [first, second]);
    migrate(db, file, [first, second]);
    expect(columns(db)).toEqual(['name', 'size']);
    expect(copies(file)).toEqual([]);
  });

  it('copy the file before they change a database that is in use', () => {
    const { db, file } = tempDatabase();
    migrate(db, file, [first]);
    db.prepare('INSERT INTO thing (name) VALUES (?)').run('kept');
    migrate(db, file, [first, second]);
    expect(copies(file)).toEqual(['holdfast.db.before-0001-first']);
    const copy = openDatabase(join(dirname(file), 'holdfast.db.before-0001-first'));
    expect(columns(copy)).toEqual(['name']);
    expect(copy.prepare('SELECT name FROM thing').pluck().all()).toEqual(['kept']);
    expect(db.prepare('SELECT name, size FROM thing').all()).toEqual([{ name: 'kept', size: null }]);
  });

  it('leave everything as it was when one of them fails, and can be run again once it is mended', () => {
    const { db, file } = tempDatabase();
    migrate(db, file, [first]);
    const faulty = migration(second.name, `${second.sql}; INSERT INTO nowhere VALUES (1)`);
    expect(() => migrate(db, file, [first, faulty])).toThrow(/nowhere/);
    expect(columns(db)).toEqual(['name']);
    migrate(db, file, [first, second]);
    expect(columns(db)).toEqual(['name', 'size']);
  });

  it('refuse a database that a newer Holdfast has been at', () => {
    const { db, file } = tempDatabase();
    migrate(db, file, [first, second]);
    expect(() => migrate(db, file, [first])).toThrow(
      expect.objectContaining({
        code: 'MIGRATION_UNKNOWN',
        hint: expect.stringContaining('newer') as string,
      }),
    );
  });

  it('refuse a database whose migration was changed afterwards', () => {
    const { db, file } = tempDatabase();
    migrate(db, file, [first]);
    const changed = migration(first.name, `${first.sql} -- a word more`);
    expect(() => migrate(db, file, [changed, second])).toThrow(
      expect.objectContaining({ code: 'MIGRATION_CHANGED' }),
    );
    expect(columns(db)).toEqual(['name']);
  });
});

describe('opening the database', () => {
  it('makes the file at first and finds everything in it later', async () => {
    const file = join(tempDir(), 'holdfast.db');
    const store = openHere(file);
    await store.write((tx) =>
      tx.insertInto('policy_version').values({ hash: 'h', content: 'c', first_used_at_ms: 1 }).execute(),
    );
    const again = openHere(file);
    expect(await again.reader.selectFrom('policy_version').select('hash').execute()).toEqual([{ hash: 'h' }]);
  });

  it('says what to do about a file that is no database', () => {
    const folder = tempDir();
    expect(() => openStore(folder)).toThrow(
      expect.objectContaining({
        code: 'DATABASE_UNUSABLE',
        hint: expect.stringContaining('backup') as string,
      }),
    );
    expect(existsSync(join(folder, 'holdfast.db'))).toBe(false);
  });
});
