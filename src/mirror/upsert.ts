import type { Database, Statement } from 'better-sqlite3';
import type { DeletedRow, Page } from '../domain/index.ts';
import { QuarantineWriter } from './quarantine-writer.ts';
import { RowWriter, type RowChange } from './row-writer.ts';
import { creditShape, customerShape, invoiceShape, paymentShape } from './rows.ts';

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

/** Whose balances a page makes stale: of documents that it changes, or that changed since an instant. */
export interface BalanceNotes {
  /** Infinity = only of what the page changes here. */
  sinceMs: number;
}

/**
 * Writes pages of one connection in one run, its statements prepared once. Synchronous; its caller holds the
 * transaction, and throws the writer away when that is rolled back.
 */
export class PageWriter {
  readonly #connectionId: string;
  readonly #customers: RowWriter<Page['customers'][number]>;
  readonly #invoices: RowWriter<Page['invoices'][number]>;
  readonly #credits: RowWriter<Page['credits'][number]>;
  readonly #payments: RowWriter<Page['payments'][number]>;
  readonly #quarantine: QuarantineWriter;
  readonly #noteBalance: Statement;
  /** Customers read by pages that took notes: their balance is of this run. */
  readonly #balanceRead = new Set<string>();

  constructor(db: Database, connectionId: string, run: number) {
    this.#connectionId = connectionId;
    this.#customers = new RowWriter(db, customerShape, connectionId, run);
    this.#invoices = new RowWriter(db, invoiceShape, connectionId, run);
    this.#credits = new RowWriter(db, creditShape, connectionId, run);
    this.#payments = new RowWriter(db, paymentShape, connectionId, run);
    this.#quarantine = new QuarantineWriter(db, connectionId, run);
    this.#noteBalance = db.prepare(
      'INSERT OR IGNORE INTO stale_balance (connection_id, customer_id) VALUES (?,?)',
    );
  }

  /** Upserts every row of the page; rows already mirrored in a newer version stay as they are. */
  write(page: Page, notes: BalanceNotes | null = null): UpsertCounts {
    const counts = noCounts();
    const stale = new Set<string>();
    for (const record of page.customers) {
      this.#count(this.#customers.upsert(record), counts);
      if (notes !== null) this.#balanceRead.add(record.remoteId);
    }
    const take = <Rec extends { customerId: string | null; updatedAtMs: number }>(
      writer: RowWriter<Rec>,
      records: Rec[],
    ): void => {
      for (const record of records) {
        const change = writer.upsert(record);
        this.#count(change, counts);
        if (notes === null || record.customerId === null) continue;
        if (change === 'created' || change === 'updated' || record.updatedAtMs >= notes.sinceMs)
          stale.add(record.customerId);
      }
    };
    take(this.#invoices, page.invoices);
    take(this.#credits, page.credits);
    take(this.#payments, page.payments);
    for (const row of page.deleted) this.#delete(row, counts, stale);
    counts.quarantined += this.#quarantine.write(page);
    if (notes !== null) this.#note(stale);
    return counts;
  }

  #count(change: RowChange, counts: UpsertCounts): void {
    if (change !== 'ignored') counts[change] += 1;
  }

  /** A QuickBooks payment is two rows here (its money, its unapplied rest): both go. */
  #delete(row: DeletedRow, counts: UpsertCounts, stale: Set<string>): void {
    const { kind, remoteId } = row;
    const gone: (string | null)[] = [];
    if (kind === 'customer') gone.push(this.#customers.markDeleted([remoteId], []));
    if (kind === 'invoice') gone.push(this.#invoices.markDeleted([remoteId], ['open_minor']));
    if (kind === 'payment') gone.push(this.#payments.markDeleted([remoteId], []));
    if (kind === 'credit' || kind === 'payment') {
      const creditKind = kind === 'payment' ? 'unapplied-payment' : (row.creditKind ?? 'credit-note');
      gone.push(this.#credits.markDeleted([creditKind, remoteId], ['open_minor']));
    }
    for (const customerId of gone) {
      if (customerId === null) continue;
      counts.deleted += 1;
      if (customerId !== '' && kind !== 'customer') stale.add(customerId);
    }
  }

  #note(stale: Set<string>): void {
    for (const customerId of stale) {
      if (!this.#balanceRead.has(customerId)) this.#noteBalance.run(this.#connectionId, customerId);
    }
  }
}
