import type { Database, Statement } from 'better-sqlite3';
import type { DeletedRow, Page } from '../domain/index.ts';
import {
  creditShape,
  customerShape,
  invoiceShape,
  paymentShape,
  type RowKind,
  type RowShape,
} from './rows.ts';

/** What became of the rows of a page. */
export interface UpsertCounts {
  created: number;
  updated: number;
  /** Unchanged, or older than what is mirrored already. */
  skipped: number;
  deleted: number;
  quarantined: number;
}

export const noCounts = (): UpsertCounts => ({
  created: 0,
  updated: 0,
  skipped: 0,
  deleted: 0,
  quarantined: 0,
});

/** Writes pages of one connection in one run. Synchronous; its caller holds the transaction. */
export class PageWriter {
  readonly #db: Database;
  readonly #connectionId: string;
  readonly #run: number;
  readonly #customers: RowWriter<Page['customers'][number]>;
  readonly #invoices: RowWriter<Page['invoices'][number]>;
  readonly #credits: RowWriter<Page['credits'][number]>;
  readonly #payments: RowWriter<Page['payments'][number]>;

  constructor(db: Database, connectionId: string, run: number) {
    this.#db = db;
    this.#connectionId = connectionId;
    this.#run = run;
    this.#customers = new RowWriter(db, customerShape, connectionId, run);
    this.#invoices = new RowWriter(db, invoiceShape, connectionId, run);
    this.#credits = new RowWriter(db, creditShape, connectionId, run);
    this.#payments = new RowWriter(db, paymentShape, connectionId, run);
  }

  /** Upserts every row of the page; rows already mirrored in a newer version stay as they are. */
  write(page: Page): UpsertCounts {
    const counts = noCounts();
    for (const record of page.customers) this.#customers.upsert(record, counts);
    for (const record of page.invoices) this.#invoices.upsert(record, counts);
    for (const record of page.credits) this.#credits.upsert(record, counts);
    for (const record of page.payments) this.#payments.upsert(record, counts);
    for (const row of page.deleted) this.#delete(row, counts);
    this.#quarantine(page, counts);
    return counts;
  }

  /** A QuickBooks payment is two rows here (its money, its unapplied rest): both go. */
  #delete(row: DeletedRow, counts: UpsertCounts): void {
    if (row.kind === 'customer') this.#customers.markDeleted(row.remoteId, [], counts);
    if (row.kind === 'invoice') this.#invoices.markDeleted(row.remoteId, ['open_minor'], counts);
    if (row.kind === 'payment') this.#payments.markDeleted(row.remoteId, [], counts);
    if (row.kind !== 'credit' && row.kind !== 'payment') return;
    const only = row.kind === 'payment' ? 'unapplied-payment' : 'credit-note';
    this.#credits.markDeleted(row.remoteId, ['open_minor'], counts, only);
  }

  #quarantine(page: Page, counts: UpsertCounts): void {
    this.#releaseUnderstood(page);
    const insert = this.#db.prepare(
      `INSERT INTO quarantine (connection_id, kind, remote_id, customer_id, reason, run) VALUES (?,?,?,?,?,?)
       ON CONFLICT (connection_id, kind, remote_id)
       DO UPDATE SET customer_id = excluded.customer_id, reason = excluded.reason, run = excluded.run`,
    );
    for (const row of page.quarantined) {
      insert.run(this.#connectionId, row.kind, row.remoteId, row.customerId, row.reason, this.#run);
      counts.quarantined += 1;
    }
  }

  #releaseUnderstood(page: Page): void {
    const waiting = this.#db
      .prepare('SELECT kind, remote_id AS id FROM quarantine WHERE connection_id = ?')
      .all(this.#connectionId) as { kind: RowKind; id: string }[];
    if (waiting.length === 0) return;
    const release = this.#db.prepare(
      'DELETE FROM quarantine WHERE connection_id = ? AND kind = ? AND remote_id = ?',
    );
    const understood = understoodIds(page);
    for (const row of waiting) {
      if (understood[row.kind].has(row.id)) release.run(this.#connectionId, row.kind, row.id);
    }
  }
}

function understoodIds(page: Page): Record<RowKind, Set<string>> {
  const deleted = (kind: RowKind) =>
    page.deleted.filter((row) => row.kind === kind).map((row) => row.remoteId);
  return {
    customer: new Set([...page.customers.map((r) => r.remoteId as string), ...deleted('customer')]),
    invoice: new Set([...page.invoices.map((r) => r.remoteId as string), ...deleted('invoice')]),
    credit: new Set([...page.credits.map((r) => r.remoteId as string), ...deleted('credit')]),
    payment: new Set([...page.payments.map((r) => r.remoteId as string), ...deleted('payment')]),
  };
}

/** Prepared statements for one table, one connection and one run. */
class RowWriter<Rec> {
  readonly #shape: RowShape<Rec>;
  readonly #connectionId: string;
  readonly #run: number;
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #update: Statement;
  readonly #history: Statement;

  constructor(db: Database, shape: RowShape<Rec>, connectionId: string, run: number) {
    const { kind, keyColumns, columns } = shape;
    const keys = ['connection_id', ...keyColumns];
    const all = [...keys, ...columns, 'run'];
    const where = keys.map((key) => `${key} = ?`).join(' AND ');
    const marks = all.map(() => '?').join(',');
    this.#shape = shape;
    this.#connectionId = connectionId;
    this.#run = run;
    this.#insert = db.prepare(
      `INSERT INTO ${kind} (${all.join(',')}) VALUES (${marks}) ON CONFLICT DO NOTHING`,
    );
    this.#select = db.prepare(`SELECT ${columns.join(',')}, run FROM ${kind} WHERE ${where}`).raw();
    this.#update = db.prepare(
      `UPDATE ${kind} SET ${[...columns, 'run'].map((c) => `${c} = ?`).join(', ')} WHERE ${where}`,
    );
    this.#history = db.prepare(
      'INSERT INTO row_history (connection_id, kind, remote_id, from_run, until_run, content) VALUES (?,?,?,?,?,?)',
    );
  }

  /** Creates, updates (the old content goes to row_history) or leaves alone. */
  upsert(record: Rec, counts: UpsertCounts): void {
    const key = this.#shape.key(record);
    const values = this.#shape.values(record);
    if (this.#insert.run(this.#connectionId, ...key, ...values, this.#run).changes === 1) {
      counts.created += 1;
      return;
    }
    const existing = this.#select.get(this.#connectionId, ...key) as (string | number | null)[];
    const version = this.#shape.columns.indexOf('updated_at_ms');
    const older = this.#shape.updatedAtMs(record) < Number(existing[version]);
    if (older || values.every((value, i) => value === existing[i])) {
      counts.skipped += 1;
      return;
    }
    this.#replace(key, existing, values);
    counts.updated += 1;
  }

  /** Sets status 'deleted' and zeroes what was open. A row that was never mirrored is nothing to delete. */
  markDeleted(remoteId: string, zeroed: string[], counts: UpsertCounts, kind?: string): void {
    const key = kind === undefined ? [remoteId] : [kind, remoteId];
    const existing = this.#select.get(this.#connectionId, ...key) as (string | number | null)[] | undefined;
    if (existing === undefined || existing[this.#shape.columns.indexOf('status')] === 'deleted') return;
    const values = this.#shape.columns.map((column, i) => {
      if (column === 'status') return 'deleted';
      return zeroed.includes(column) ? 0 : (existing[i] ?? null);
    });
    this.#replace(key, existing, values);
    counts.deleted += 1;
  }

  #replace(
    key: (string | number | null)[],
    existing: (string | number | null)[],
    values: (string | number | null)[],
  ): void {
    const { kind, columns } = this.#shape;
    const before = Object.fromEntries(columns.map((column, i) => [column, existing[i] ?? null]));
    const historyId = key.join(':');
    const fromRun = Number(existing[columns.length]);
    this.#history.run(this.#connectionId, kind, historyId, fromRun, this.#run, JSON.stringify(before));
    this.#update.run(...values, this.#run, this.#connectionId, ...key);
  }
}
