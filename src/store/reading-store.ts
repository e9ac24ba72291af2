import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { DiskGuard } from './disk-trouble.ts';
import type { Schema } from './schema.ts';
import type { Reader } from './store.ts';
import { ReadingDialect } from './writing-dialect.ts';

/** A database that is only read, for a thread beside the one that has the whole store. */
export interface ReadingStore {
  /** Runs `work` on the database as it is at this instant, whatever others write meanwhile. */
  snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens an existing database for reading alone; nothing is migrated. */
export function openReadingStore(file: string): ReadingStore {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  db.pragma('cache_size = -8000');
  const reader = new Kysely<Schema>({ dialect: new ReadingDialect({ database: db }, new DiskGuard(file)) });
  return {
    snapshot: (work) => reader.transaction().execute(work),
    close: () => reader.destroy(),
  };
}
