import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import { HoldfastError } from '../domain/index.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { WritingDialect, whenFree } from './writing-dialect.ts';

/** A transaction's handle: every write of a stage takes one, so that several stages can share a commit. */
export type Tx = Transaction<Schema>;
/** For reading: the read-only handle, or a transaction that must see its own writes. */
export type Reader = Kysely<Schema>;

/** The database: one writing connection, one read-only beside it (WAL), both on the same file. */
export interface Store {
  readonly file: string;
  readonly reader: Reader;
  /** Runs `work` in one transaction on the writing connection. Never use another handle to write inside it. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The bulk path: a synchronous transaction over prepared statements, while no other write is under way. */
  writeBulk<T>(work: (db: Database.Database) => T): Promise<T>;
  /** Copies the whole database, consistently, while it is in use. */
  backup(toFile: string): Promise<void>;
  /** What SQLite's quick check finds wrong with the file (nothing, in general), and the migrations that it has. */
  inspect(): { faults: string[]; migrations: string[] };
  close(): Promise<void>;
}

/** Opens (and where needed migrates) the database. Throws DATABASE_UNUSABLE or MIGRATION_* with what to do. */
export function openStore(file: string): Store {
  const db = openDatabase(file);
  const readonly = new Database(file, { readonly: true });
  readonly.pragma('cache_size = -32000');
  const writer = new Kysely<Schema>({ dialect: new WritingDialect({ database: db }) });
  const reader = new Kysely<Schema>({ dialect: new SqliteDialect({ database: readonly }) });
  return {
    file,
    reader,
    write: (work) => writer.transaction().execute(work),
    // connection() takes Kysely's one writing connection, so no transaction of its own can be open meanwhile.
    writeBulk: (work) =>
      writer.connection().execute(() => whenFree(() => db.transaction(work).immediate(db))),
    backup: async (toFile) => {
      await db.backup(toFile);
    },
    inspect: () => inspect(readonly),
    close: async () => {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function inspect(db: Database.Database): { faults: string[]; migrations: string[] } {
  const found = db.prepare('PRAGMA quick_check(20)').pluck().all() as string[];
  const migrations = db.prepare('SELECT name FROM migration ORDER BY name').pluck().all() as string[];
  return { faults: found.filter((line) => line !== 'ok'), migrations };
}

function openDatabase(file: string): Database.Database {
  try {
    const db = new Database(file);
    // Other people's names and debts: nobody else on this machine reads them, nor the WAL, which inherits the mode.
    if (file !== ':memory:') chmodSync(file, 0o600);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 10000');
    db.pragma('cache_size = -32000');
    migrate(db, file);
    // From here on whoever finds the write lock taken waits in turns: a blocking wait would hold up everything else.
    db.pragma('busy_timeout = 0');
    return db;
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError(
      'DATABASE_UNUSABLE',
      `The database ${file} cannot be used: ${messageOf(cause)}.`,
      {
        kind: 'state',
        cause,
        hint: 'Check the disk and the rights on the data directory, or restore a backup.',
      },
    );
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
