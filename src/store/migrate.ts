import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';
import { HoldfastError } from '../domain/index.ts';

interface Migration {
  name: string;
  sql: string;
  hash: string;
}

const FOLDER = new URL('./migrations/', import.meta.url);

/** The numbered migrations in order. They are append-only: a published one is never edited. */
export function readMigrations(folder: URL = FOLDER): Migration[] {
  const names = readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name) => {
    const sql = readFileSync(new URL(name, folder), 'utf8');
    return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * Brings a database to the newest schema, each migration in its own transaction, after a copy of the file.
 * Never drops anything by itself. Throws MIGRATION_UNKNOWN when a newer Holdfast has been here and
 * MIGRATION_CHANGED when a migration that was applied reads differently now.
 */
export function migrate(db: Database, file: string, migrations = readMigrations()): void {
  db.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, hash TEXT NOT NULL)');
  const applied = db.prepare('SELECT name, hash FROM migration ORDER BY name').all() as {
    name: string;
    hash: string;
  }[];
  checkApplied(applied, migrations);
  const pending = migrations.slice(applied.length);
  if (pending.length === 0) return;
  if (applied.length > 0) copyBeside(db, file, applied.at(-1)?.name ?? '');
  for (const migration of pending) apply(db, migration);
}

function checkApplied(applied: { name: string; hash: string }[], migrations: Migration[]): void {
  applied.forEach((row, index) => {
    const known = migrations[index];
    if (known?.name !== row.name) {
      throw new HoldfastError(
        'MIGRATION_UNKNOWN',
        `The database has migration ${row.name}, which this version does not know.`,
        {
          kind: 'state',
          hint: 'It was opened by a newer Holdfast: install that version, or restore an older backup.',
        },
      );
    }
    if (known.hash !== row.hash) {
      throw new HoldfastError(
        'MIGRATION_CHANGED',
        `Migration ${row.name} is not the one that this database was made with.`,
        {
          kind: 'state',
          hint: 'Migrations are append-only: put the published file back.',
        },
      );
    }
  });
}

function copyBeside(db: Database, file: string, lastName: string): void {
  if (file === ':memory:') return;
  const copy = `${file}.before-${lastName.replace('.sql', '')}`;
  // One from a migration that failed shows the same state: the database has not been migrated since.
  rmSync(copy, { force: true });
  db.prepare('VACUUM INTO ?').run(copy);
}

function apply(db: Database, migration: Migration): void {
  db.transaction(() => {
    // Another process may have been first between our look and our turn.
    if (db.prepare('SELECT 1 FROM migration WHERE name = ?').get(migration.name) !== undefined) return;
    db.exec(migration.sql);
    db.prepare('INSERT INTO migration (name, hash) VALUES (?, ?)').run(migration.name, migration.hash);
  }).immediate();
}
