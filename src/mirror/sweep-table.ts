import type { Database } from 'better-sqlite3';
import type { ConnectionId, RowRef, RowStamp } from '../domain/index.ts';
import type { Store } from '../store/index.ts';
import { rowRef } from './hints.ts';

export type RowKind = RowRef['kind'];

/** Lives beside the database and not in it: a million ids are nothing to keep in memory, and nothing to keep. */
const LISTED = 'temp.sweep_listed';

/** Rows that say nothing of their own: a payment's unapplied rest goes with the payment, a merged customer elsewhere. */
const OWN_ROWS: Readonly<Record<RowKind, string>> = {
  customer: "m.status NOT IN ('deleted', 'merged')",
  invoice: "m.status <> 'deleted'",
  credit: "m.status <> 'deleted' AND m.kind <> 'unapplied-payment'",
  payment: "m.status <> 'deleted'",
};

/** What a platform lists, side by side with what is mirrored. */
export class SweepTable {
  readonly #store: Store;
  readonly #id: ConnectionId;
  /** Kinds of which a record was listed without an id. */
  readonly nameless = new Set<RowKind>();

  constructor(store: Store, id: ConnectionId) {
    this.#store = store;
    this.#id = id;
  }

  /** Forgets what was listed of this connection; makes the table at first. */
  async empty(): Promise<void> {
    await this.#store.writeBulk((db) => {
      db.exec(
        `CREATE TEMP TABLE IF NOT EXISTS sweep_listed (
           connection_id TEXT NOT NULL, kind TEXT NOT NULL, credit_kind TEXT NOT NULL, remote_id TEXT NOT NULL,
           updated_at_ms INTEGER NOT NULL, PRIMARY KEY (connection_id, kind, credit_kind, remote_id)
         ) WITHOUT ROWID`,
      );
      db.prepare(`DELETE FROM ${LISTED} WHERE connection_id = ?`).run(this.#id);
    });
  }

  async add(stamps: RowStamp[]): Promise<void> {
    for (const { kind, remoteId } of stamps) if (remoteId === '') this.nameless.add(kind);
    await this.#store.writeBulk((db) => {
      const insert = db.prepare(`INSERT OR REPLACE INTO ${LISTED} VALUES (?,?,?,?,?)`);
      for (const { kind, remoteId, creditKind, updatedAtMs } of stamps) {
        const credit = kind === 'credit' ? (creditKind ?? 'credit-note') : '';
        if (remoteId !== '') insert.run(this.#id, kind, credit, remoteId, updatedAtMs);
      }
    });
  }

  /** Listed, but not mirrored or newer there. */
  async missed(kind: RowKind, limit: number): Promise<RowRef[]> {
    return this.#refs(
      kind,
      `SELECT l.remote_id AS id, l.credit_kind AS creditKind FROM ${LISTED} l LEFT JOIN ${kind} m
       ON m.connection_id = l.connection_id AND m.remote_id = l.remote_id${sameCredit(kind)}
       WHERE l.connection_id = ? AND l.kind = ? AND (m.remote_id IS NULL OR m.updated_at_ms < l.updated_at_ms)
       LIMIT ?`,
      [this.#id, kind, limit],
    );
  }

  /** Mirrored and alive, but not listed. */
  async unlisted(kind: RowKind, limit: number): Promise<RowRef[]> {
    const creditKind = kind === 'credit' ? 'm.kind' : "''";
    return this.#refs(
      kind,
      `SELECT m.remote_id AS id, ${creditKind} AS creditKind ${unlistedFrom(kind)} ORDER BY m.remote_id LIMIT ?`,
      [this.#id, kind, limit],
    );
  }

  /** How many are not listed, of how many that are alive. */
  async countUnlisted(kind: RowKind): Promise<{ unlisted: number; alive: number }> {
    return this.#read((db) => ({
      unlisted: countOf(db, `SELECT count(*) ${unlistedFrom(kind)}`, [this.#id, kind]),
      alive: countOf(db, `SELECT count(*) FROM ${kind} m WHERE m.connection_id = ? AND ${OWN_ROWS[kind]}`, [
        this.#id,
      ]),
    }));
  }

  #refs(kind: RowKind, sql: string, values: (string | number)[]): Promise<RowRef[]> {
    return this.#read((db) => {
      const rows = db.prepare(sql).all(...values) as { id: string; creditKind: string }[];
      return rows.map(({ id, creditKind }) => rowRef(kind, id, creditKind));
    });
  }

  /** Only the writing connection sees its own temporary table. */
  #read<T>(work: (db: Database) => T): Promise<T> {
    return this.#store.writeBulk(work);
  }
}

const sameCredit = (kind: RowKind): string => (kind === 'credit' ? ' AND m.kind = l.credit_kind' : '');

const unlistedFrom = (kind: RowKind): string =>
  `FROM ${kind} m WHERE m.connection_id = ? AND ${OWN_ROWS[kind]} AND NOT EXISTS (
     SELECT 1 FROM ${LISTED} l WHERE l.connection_id = m.connection_id AND l.kind = ?
     AND l.credit_kind = ${kind === 'credit' ? 'm.kind' : "''"} AND l.remote_id = m.remote_id)`;

const countOf = (db: Database, sql: string, values: string[]): number =>
  Number(
    db
      .prepare(sql)
      .pluck()
      .get(...values),
  );
