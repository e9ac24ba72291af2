import type { Statement } from 'better-sqlite3';
import { placeOf, prepared } from './connection-place.ts';
import type { Reader } from './store.ts';

export type Cell = string | number | null;

/** A statement that is run many times over. Its rows are arrays, in the order of its columns. */
export interface RowStatement {
  first(...values: Cell[]): Cell[] | undefined;
  /** Row by row, none kept: `take` must be done with each before it returns. */
  each(values: readonly Cell[], take: (row: Cell[]) => void): void;
  /** All rows at once: three times as fast as one by one, for as many as fit into memory. */
  all(values: readonly Cell[]): Cell[][];
  /** Returns how many rows it changed. */
  run(...values: Cell[]): number;
}

/** Prepared statements on the connection of a reader or a transaction, for work over very many rows. */
export interface RowAccess {
  prepare(sql: string): RowStatement;
}

/**
 * Runs `work` over prepared statements on the connection that a reader or a transaction goes over, so that it sees
 * what they see. Kysely would make an object of every row, and a list of all, before the first can be looked at.
 */
export async function overRows<T>(reader: Reader, work: (rows: RowAccess) => T): Promise<T> {
  return reader.getExecutor().provideConnection((connection) => {
    const place = placeOf(connection);
    const run = (): T => work({ prepare: (sql) => rowStatement(prepared(place, sql)) });
    return Promise.resolve(place.guard === null ? run() : place.guard.read(run));
  });
}

function rowStatement(statement: Statement): RowStatement {
  return {
    first: (...values) => statement.get(...values) as Cell[] | undefined,
    each(values, take) {
      for (const row of statement.iterate(...values)) take(row as Cell[]);
    },
    all: (values) => statement.all(...values) as Cell[][],
    run: (...values) => statement.run(...values).changes,
  };
}

/** Runs `work` on the database as it is at this instant, whatever others write meanwhile. */
export async function inSnapshot<T>(reader: Reader, work: (reader: Reader) => Promise<T>): Promise<T> {
  return reader.isTransaction ? work(reader) : reader.transaction().execute(work);
}
