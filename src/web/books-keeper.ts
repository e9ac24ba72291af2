import type { App } from '../app.ts';
import { readAudit } from '../audit/index.ts';
import type { Night } from '../decisions/index.ts';
import { HoldfastError, dayAt, type ConnectionId } from '../domain/index.ts';
import { readReconciliationSummary } from '../facts/index.ts';
import { readFactsRun, type Connection, type Run } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { BooksThread } from './books-thread.ts';
import type { Books } from './books.ts';

/** With nothing to show yet a page waits so long; a company whose books take longer is shown without figures first. */
const FIRST_WAIT_MS = 8_000;
/** With older figures to show it waits a moment, so that small companies are always shown as they are now. */
const RENEWAL_WAIT_MS = 400;
/** What failed is not tried again before. */
const FAILURE_REST_MS = 60_000;

/** What can be shown of a connection's figures now. */
export interface ShownBooks {
  books: Books | null;
  /** Why it cannot be judged. */
  problem: HoldfastError | null;
  /** Newer figures are being made. */
  isRenewing: boolean;
}

/** What a connection's figures depend on besides its rows. */
export interface BooksState {
  connection: Connection;
  published: Run | null;
  last: Run | null;
  night: Night | null;
}

interface Kept {
  key: string;
  books: Books | null;
  renewal: Promise<void> | null;
  failure: { key: string; error: HoldfastError; untilMs: number } | null;
}

/**
 * The figures of all connections as pages show them: made by a thread, kept under what they depend on, renewed in the
 * background when that changes. While a sync is open or has failed, the last ones are shown.
 */
export class BooksKeeper {
  readonly #app: App;
  readonly #thread: BooksThread;
  readonly #kept = new Map<ConnectionId, Kept>();

  constructor(app: App) {
    this.#app = app;
    this.#thread = new BooksThread(app.config, app.clock);
  }

  async read(state: BooksState): Promise<ShownBooks> {
    const { connection, published, last } = state;
    // Until a first run is published there is nothing, neither here nor written down.
    if (last === null || published === null) return { books: null, problem: null, isRenewing: false };
    const kept = this.#of(connection.id);
    const policy = this.#policy();
    if (policy instanceof HoldfastError) return { books: kept.books, problem: policy, isRenewing: false };
    if (last.state !== 'published') return this.#readUnfinished(state, kept);
    const key = await this.#keyOf(state, policy);
    if (kept.key !== key) await this.#renew(state, kept, key);
    const isCurrent = kept.key === key;
    const failure = !isCurrent && kept.failure?.key === key ? kept.failure.error : null;
    return { books: kept.books, problem: failure, isRenewing: !isCurrent && failure === null };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  /** Nothing is judged of a half-read company; after a restart there is what the last night wrote down. */
  async #readUnfinished(state: BooksState, kept: Kept): Promise<ShownBooks> {
    const key = `saved ${state.last?.number}`;
    if (kept.books === null && kept.key !== key) await this.#renew(state, kept, key);
    return { books: kept.books, problem: null, isRenewing: false };
  }

  #of(id: ConnectionId): Kept {
    const kept = this.#kept.get(id) ?? { key: '', books: null, renewal: null, failure: null };
    this.#kept.set(id, kept);
    return kept;
  }

  #policy(): Policy | HoldfastError {
    try {
      return this.#app.policy();
    } catch (error) {
      if (error instanceof HoldfastError) return error;
      throw error;
    }
  }

  /**
   * Everything that a judgement rests on leaves a mark in one of these: rows in the run, what people set and what the
   * night decided in the audit log, whose head moves with every entry.
   */
  async #keyOf({ connection, night }: BooksState, policy: Policy): Promise<string> {
    const { store, clock } = this.#app;
    const run = await readFactsRun(store.reader, connection.id);
    const [head] = await readAudit(store.reader, 1);
    const compared = await readReconciliationSummary(store.reader, connection.id);
    const { baseCurrency, timeZone } = connection;
    const asOf = dayAt(clock.nowMs(), timeZone);
    return JSON.stringify([
      compared?.atMs,
      run?.number,
      run?.finishedAtMs,
      head?.seq,
      night?.finishedAtMs,
      policy.hash,
      asOf,
      baseCurrency,
      timeZone,
    ]);
  }

  /** Begins a renewal, unless one is under way, and waits a while for it. */
  async #renew(state: BooksState, kept: Kept, key: string): Promise<void> {
    const { clock } = this.#app;
    const rests = kept.failure?.key === key && clock.monotonicMs() < kept.failure.untilMs;
    if (rests) return;
    kept.renewal ??= this.#make(state, kept, key).finally(() => (kept.renewal = null));
    const patience = clock.deadline(kept.books === null ? FIRST_WAIT_MS : RENEWAL_WAIT_MS);
    const isOver = new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve()));
    await Promise.race([kept.renewal, isOver]);
  }

  async #make({ connection, last }: BooksState, kept: Kept, key: string): Promise<void> {
    const { clock } = this.#app;
    const kind = last?.state === 'published' ? 'judge' : 'saved';
    const asOf = dayAt(clock.nowMs(), connection.timeZone);
    try {
      kept.books = await this.#thread.ask({ kind, id: connection.id, asOf });
      kept.key = key;
      kept.failure = null;
    } catch (error) {
      const failure = asProblem(error);
      // A sync began in between: the last figures stay, and the next look finds it.
      if (failure.code === 'SYNC_UNFINISHED') return;
      kept.failure = { key, error: failure, untilMs: clock.monotonicMs() + FAILURE_REST_MS };
    }
  }
}

const asProblem = (error: unknown): HoldfastError =>
  error instanceof HoldfastError
    ? error
    : new HoldfastError('BOOKS_FAILED', error instanceof Error ? error.message : String(error), {
        kind: 'internal',
      });
