import type { Database, Statement } from 'better-sqlite3';
import type { DatabaseConnection, SqliteDatabase, SqliteStatement } from 'kysely';
import type { DiskGuard } from './disk-trouble.ts';

/** Over which open database a connection of Kysely's goes. */
export interface Place {
  db: Database;
  guard: DiskGuard | null;
  statements: Map<string, Statement>;
}

/** More are prepared anew: what is asked for ever again are a few dozen. */
const STATEMENTS_KEPT = 100;
const places = new WeakMap<DatabaseConnection, Place>();

/** For the dialects: says over which database a connection goes, and gives the connection back. */
export function placeConnection(
  connection: DatabaseConnection,
  db: Database,
  guard: DiskGuard | null,
): DatabaseConnection {
  if (!places.has(connection)) places.set(connection, { db, guard, statements: new Map() });
  return connection;
}

/** Where a connection goes. Throws for one that none of our dialects opened. */
export function placeOf(connection: DatabaseConnection): Place {
  const place = places.get(connection);
  if (place === undefined) throw new TypeError('This database was not opened by openStore.');
  return place;
}

/** A statement whose rows are arrays, prepared once for as long as the database is open. */
export function prepared({ db, statements }: Place, sql: string): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = db.prepare(sql);
  if (statement.reader) statement.raw();
  if (statements.size >= STATEMENTS_KEPT) statements.clear();
  statements.set(sql, statement);
  return statement;
}

/**
 * The same database, each statement prepared once: Kysely's driver would prepare it anew for every query, which takes as
 * long as the query where that finds a row or two. Nothing may stream over it: a statement cannot be run while it is.
 */
export function preparingOnce(db: Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql) as SqliteStatement;
    if (statements.size >= STATEMENTS_KEPT) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
  return { prepare, close: () => void db.close() };
}
