import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readMigrations, migrate, openStore } from '../../src/store/index.ts';
import { CommandLine } from '../support/command-line.ts';
import { tempDir } from '../support/temp-store.ts';
import { damages } from './crash-copies.ts';
import { killWhen, startVictim } from './crash-process.ts';

const MIGRATE = fileURLToPath(new URL('./crash-migrate-child.ts', import.meta.url));
const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** A database with something in it, as the first release left it. */
function firstRelease(rows: number): string {
  const file = join(tempDir(), 'holdfast.sqlite');
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  migrate(db, file, readMigrations().slice(0, 1));
  fill(db, rows);
  db.close();
  return file;
}

/** Policy versions of a kilobyte each. */
function fill(db: Database.Database, rows: number): void {
  const insert = db.prepare('INSERT INTO policy_version (hash, content, first_used_at_ms) VALUES (?, ?, 1)');
  db.transaction(() => {
    for (let i = 0; i < rows; i += 1) insert.run(`h${i}`, 'x'.repeat(1000));
  })();
}

function namesIn(file: string): string[] {
  const db = new Database(file);
  const names = db.prepare('SELECT name FROM migration ORDER BY name').pluck().all() as string[];
  db.close();
  return names;
}

describe('a migration that is killed half-way', () => {
  it('fault 52: leaves the database as it was, and the next start migrates it to the end', async () => {
    const file = firstRelease(50);
    const victim = startVictim([file, 'last'], { env: {}, script: MIGRATE });
    await killWhen(victim, () => sizeOf(`${file}-wal`) > 2_000_000);
    expect(damages(file)).toEqual([]);
    expect(namesIn(file)).not.toContain('9999-endless.sql');
    const store = openStore(file);
    expect(store.inspect()).toEqual({ faults: [], migrations: readMigrations().map((one) => one.name) });
    expect(await store.reader.selectFrom('policy_version').select('hash').execute()).toHaveLength(50);
    await store.close();
  });

  it('fault 52: while it copies the file first leaves no half copy that looks like a whole one', async () => {
    const file = firstRelease(60_000);
    const copies = (): string[] => readdirSync(dirname(file)).filter((name) => name.includes('.before-'));
    const victim = startVictim([file, 'last'], { env: {}, script: MIGRATE });
    await killWhen(victim, () => copies().length > 0);
    expect(damages(file)).toEqual([]);
    const store = openStore(file);
    expect(store.inspect().migrations).toEqual(readMigrations().map((one) => one.name));
    await store.close();
    for (const copy of copies()) {
      const db = new Database(join(dirname(file), copy), { readonly: true });
      expect(db.prepare('SELECT count(*) FROM policy_version').pluck().get()).toBe(60_000);
      db.close();
    }
  });
});

describe('a backup that is killed half-way', () => {
  it(
    'fault 52: leaves no file that could be taken for a backup, and the next one is whole',
    { timeout: 60_000 },
    async () => {
      const line = new CommandLine();
      mkdirSync(line.dataDir);
      const file = join(line.dataDir, 'holdfast.sqlite');
      await line.run('doctor', '--offline');
      await line.run('kill-switch', 'status');
      const db = new Database(file);
      fill(db, 60_000);
      db.close();
      const target = join(line.root, 'copy.sqlite');
      const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
      const victim = startVictim(['backup', target], {
        env: line.env as Record<string, string>,
        script: main,
      });
      const begun = (): boolean => readdirSync(line.root).some((name) => name.startsWith('copy.sqlite'));
      await killWhen(victim, begun);
      if (existsSync(target)) expect(wholeCopy(target)).toBe(true);
      expect(damages(file)).toEqual([]);

      expect(await line.run('backup', target)).toMatchObject({ code: 0 });
      expect(wholeCopy(target)).toBe(true);
      expect(readdirSync(line.root).filter((name) => name.startsWith('copy.sqlite'))).toEqual([
        'copy.sqlite',
      ]);
      line.remove();
    },
  );

  function wholeCopy(file: string): boolean {
    const db = new Database(file, { readonly: true });
    const rows = db.prepare('SELECT count(*) FROM policy_version').pluck().get();
    db.close();
    return rows === 60_000 && damages(file).length === 0;
  }
});
