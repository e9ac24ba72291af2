import type { Database } from 'better-sqlite3';
import { CompiledQuery, SqliteDialect, SqliteDriver } from 'kysely';
import type { DatabaseConnection, Driver, QueryResult } from 'kysely';
import { HoldfastError } from '../domain/index.ts';
import { SystemClock } from '../lib/index.ts';
import { placeConnection, preparingOnce } from './connection-place.ts';
import type { DiskGuard } from './disk-trouble.ts';

/** The one open database that a dialect goes over. */
interface OpenDatabase {
  database: Database;
}

const WAIT_MS = 10_000;
const POLL_MS = 10;

/**
 * SQLite for the one writing connection: a transaction takes the write lock when it begins. One that reads first
 * and writes later would be refused at once when another process wrote in between, and no waiting helps it then.
 */
export class WritingDialect extends SqliteDialect {
  readonly #config: OpenDatabase;

  constructor(config: OpenDatabase) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new WritingDriver(this.#config);
  }
}

class WritingDriver extends SqliteDriver {
  readonly #database: Database;

  constructor(config: OpenDatabase) {
    super({ database: preparingOnce(config.database) });
    this.#database = config.database;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return placeConnection(await super.acquireConnection(), this.#database, null);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whenFree(() => connection.executeQuery(CompiledQuery.raw('begin immediate')));
  }

  /** After a full or failing disk SQLite has rolled back by itself; the second time would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (!this.#database.inTransaction) return;
    await super.rollbackTransaction(connection);
  }
}

/** SQLite for a connection that only reads: what the disk does to it is said for people. */
export class ReadingDialect extends SqliteDialect {
  readonly #config: OpenDatabase;
  readonly #disk: DiskGuard;

  constructor(config: OpenDatabase, disk: DiskGuard) {
    super(config);
    this.#config = config;
    this.#disk = disk;
  }

  override createDriver(): Driver {
    return new ReadingDriver(this.#config, this.#disk);
  }
}

class ReadingDriver extends SqliteDriver {
  readonly #database: Database;
  readonly #disk: DiskGuard;
  #guarded: DatabaseConnection | null = null;

  constructor(config: OpenDatabase, disk: DiskGuard) {
    super({ database: preparingOnce(config.database) });
    this.#database = config.database;
    this.#disk = disk;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await super.acquireConnection();
    const disk = this.#disk;
    this.#guarded ??= {
      executeQuery: <R>(query: CompiledQuery): Promise<QueryResult<R>> =>
        disk.readLater(() => inner.executeQuery<R>(query)),
      streamQuery: (query, chunkSize) => inner.streamQuery(query, chunkSize),
    };
    return placeConnection(this.#guarded, this.#database, disk);
  }
}

/**
 * Does `begin` again while another process holds the write lock, without standing in the way of what else this
 * process does. Throws DATABASE_BUSY after ten seconds.
 */
export async function whenFree<T>(begin: () => T | Promise<T>): Promise<T> {
  const clock = new SystemClock();
  const giveUpAt = clock.monotonicMs() + WAIT_MS;
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (clock.monotonicMs() >= giveUpAt) throw databaseBusy(error);
    }
    await clock.sleep(POLL_MS);
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

function databaseBusy(cause: unknown): HoldfastError {
  return new HoldfastError(
    'DATABASE_BUSY',
    `Another process has been writing to the database for ${WAIT_MS / 1000} seconds.`,
    {
      kind: 'state',
      retryable: true,
      cause,
      hint: 'Look for a second process on this data directory that hangs.',
    },
  );
}
