import { CompiledQuery, SqliteDialect, SqliteDriver } from 'kysely';
import type { DatabaseConnection, Driver, SqliteDialectConfig } from 'kysely';
import { HoldfastError } from '../domain/index.ts';
import { SystemClock } from '../lib/index.ts';

const WAIT_MS = 10_000;
const POLL_MS = 10;

/**
 * SQLite for the one writing connection: a transaction takes the write lock when it begins. One that reads first
 * and writes later would be refused at once when another process wrote in between, and no waiting helps it then.
 */
export class WritingDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new WritingDriver(this.#config);
  }
}

class WritingDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whenFree(() => connection.executeQuery(CompiledQuery.raw('begin immediate')));
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
