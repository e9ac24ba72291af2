import type { Page, PlatformSession, RowRef, StreamName } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Store } from '../store/index.ts';
import type { Connection } from './connections.ts';
import type { Run } from './runs.ts';
import { releaseNameless } from './quarantine-writer.ts';
import { noCounts, PageWriter, type BalanceNotes, type UpsertCounts } from './upsert.ts';

export interface SyncProgress {
  stream: StreamName;
  rows: number;
  totalRows: number | null;
}

/** Where a page's cursor belongs; `finished` = the stream has been read to its end. */
interface PagePlace {
  stream: StreamName;
  finished: boolean;
}

/** One numbered run while it is under way: what all its parts need, and where its pages are written. */
export class RunWork {
  /** Fenced by the run's lease. */
  readonly store: Store;
  readonly clock: Clock;
  readonly connection: Connection;
  readonly session: PlatformSession;
  readonly run: Run;
  readonly counts: UpsertCounts = noCounts();
  readonly onProgress: (progress: SyncProgress) => void;
  readonly #callsBefore: number;
  #writer: PageWriter | null = null;

  constructor(
    parts: Pick<RunWork, 'store' | 'clock' | 'connection' | 'session' | 'run'>,
    onProgress: (progress: SyncProgress) => void = () => undefined,
  ) {
    this.store = parts.store;
    this.clock = parts.clock;
    this.connection = parts.connection;
    this.session = parts.session;
    this.run = parts.run;
    this.onProgress = onProgress;
    this.#callsBefore = parts.session.calls();
  }

  /** Calls that this run has made. */
  calls(): number {
    return this.session.calls() - this.#callsBefore;
  }

  /**
   * Takes rows without an id out of quarantine that this run did not meet again, where it met all that there are: by
   * nothing else can one tell that they are mended. `kind` null = of every kind.
   */
  async releaseNameless(kind: RowRef['kind'] | null): Promise<void> {
    await this.store.write((tx) => releaseNameless(tx, this.connection.id, this.run.number, kind));
  }

  /** Writes a page, and where its stream stands after it, in one transaction. */
  async savePage(page: Page, place: PagePlace | null, notes: BalanceNotes | null): Promise<void> {
    const { id } = this.connection;
    const added = await this.store.writeBulk((db) => {
      if (place !== null) {
        db.prepare(
          `INSERT INTO cursor (connection_id, stream, value, finished, run) VALUES (?,?,?,?,?)
           ON CONFLICT (connection_id, stream) DO UPDATE
           SET value = excluded.value, finished = excluded.finished, run = excluded.run`,
        ).run(id, place.stream, page.cursor, place.finished ? 1 : 0, this.run.number);
      }
      this.#writer ??= new PageWriter(db, id, this.run.number);
      return this.#writer.write(page, notes);
    });
    for (const name of Object.keys(added) as (keyof UpsertCounts)[]) this.counts[name] += added[name];
  }
}

export const rowsOf = (page: Page): number =>
  page.customers.length + page.invoices.length + page.credits.length + page.payments.length;

/** A page without rows, for a cursor alone. */
export function emptyPage(cursor = ''): Page {
  return {
    customers: [],
    invoices: [],
    credits: [],
    payments: [],
    deleted: [],
    quarantined: [],
    cursor,
    totalRows: null,
  };
}
