import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, type Transaction } from 'kysely';
import { HoldfastError } from '../domain/index.ts';
import { DiskGuard, diskTrouble } from './disk-trouble.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { ReadingDialect, WritingDialect, whenFree } from './writing-dialect.ts';

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

const WAL_BYTES_KEPT = 16 * 1_048_576;
/**
 * The WAL goes back into the database after so many pages (16 MB, what is kept of it anyway). Four times SQLite's own
 * 1,000: a page of a platform's rows touches several hundred, many of them again and again, and each is then copied
 * less often. Twice as many would be quicker, and take 10 MB more memory.
 */
export const WAL_PAGES_OF_JOBS = 4_000;
/** Others do it later, and so never while jobs run: it takes a moment in which nobody is answered. */
const WAL_PAGES = 6_000;

/**
 * Opens (and where needed migrates) the database. `walPages`: after how many the WAL goes back into it. Throws
 * DATABASE_UNUSABLE or MIGRATION_* with what to do.
 */
export function openStore(file: string, walPages = WAL_PAGES): Store {
  const db = openDatabase(file, walPages);
  const readonly = new Database(file, { readonly: true });
  readonly.pragma('cache_size = -8000');
  const writer = new Kysely<Schema>({ dialect: new WritingDialect({ database: db }) });
  const disk = new DiskGuard(file);
  const reader = new Kysely<Schema>({ dialect: new ReadingDialect({ database: readonly }, disk) });
  return {
    file,
    reader,
    write: (work) => disk.write(() => writer.transaction().execute(work)),
    // connection() takes Kysely's one writing connection, so no transaction of its own can be open meanwhile.
    writeBulk: (work) =>
      disk.write(() => writer.connection().execute(() => whenFree(() => db.transaction(work).immediate(db)))),
    backup: async (toFile) => {
      await db.backup(toFile);
    },
    inspect: () => disk.read(() => inspect(readonly)),
    close: async () => {
      await reader.destroy();
      tidyWal(db);
      await writer.destroy();
      // Kysely closes what it has used; a store that nobody wrote to would stay open.
      readonly.close();
      db.close();
    },
  };
}

/** Puts the WAL back into the database as far as nobody reads it, so that whoever commits next need not. */
function tidyWal(db: Database.Database): void {
  if (!db.open || db.inTransaction) return;
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Nothing is lost: it stays in the WAL, and a disk that fails says so to whoever writes next.
  }
}

/** A page so broken that the check itself cannot go on is what it was looking for. */
function inspect(db: Database.Database): { faults: string[]; migrations: string[] } {
  try {
    const found = db.prepare('PRAGMA quick_check(20)').pluck().all() as string[];
    const migrations = db.prepare('SELECT name FROM migration ORDER BY name').pluck().all() as string[];
    return { faults: found.filter((line) => line !== 'ok'), migrations };
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_CORRUPT')) throw error;
    return { faults: [error.message], migrations: [] };
  }
}

function openDatabase(file: string, walPages: number): Database.Database {
  let db: Database.Database | null = null;
  try {
    db = new Database(file);
    // Other people's names and debts: nobody else on this machine reads them, nor the WAL, which inherits the mode.
    if (file !== ':memory:') chmodSync(file, 0o600);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 10000');
    // What a reader that did not end made it grow to is given back once it is gone.
    db.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    db.pragma(`wal_autocheckpoint = ${walPages}`);
    // Pages that are not in here are in the system's cache; every process of ours has one of these.
    db.pragma('cache_size = -8000');
    migrate(db, file);
    // From here on whoever finds the write lock taken waits in turns: a blocking wait would hold up everything else.
    db.pragma('busy_timeout = 0');
    return db;
  } catch (cause) {
    // Left open it would keep its locks and its view of files that somebody is about to put right.
    db?.close();
    if (cause instanceof HoldfastError) throw cause;
    const trouble = diskTrouble(file, cause);
    if (trouble !== null && trouble.code !== 'DATABASE_READ_ONLY') throw trouble;
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
