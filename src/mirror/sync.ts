import { HoldfastError, dayAt } from '../domain/index.ts';
import type { ConnectionId, Page, PlatformSession, StreamName } from '../domain/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Clock } from '../lib/index.ts';
import { withLease, type Store } from '../store/index.ts';
import { saveOrganisation, setConnectionState, type Connection } from './connections.ts';
import { saveRates } from './rates.ts';
import { closeRun, openRun, readCursors, readLastRun, type Run, type StreamCursor } from './runs.ts';
import { needsReconnect } from './tokens.ts';
import { PageWriter, noCounts, type UpsertCounts } from './upsert.ts';

export interface SyncProgress {
  stream: StreamName;
  rows: number;
  totalRows: number | null;
}

export interface SyncOptions {
  /** Pull everything again, whatever the cursors say. */
  full?: boolean;
  onProgress?: (progress: SyncProgress) => void;
}

export interface SyncSummary {
  run: number;
  mode: Run['mode'];
  counts: UpsertCounts;
  calls: number;
}

const RUN_LEASE = { ttlMs: 4 * 3_600_000, waitMs: 0 };

/**
 * Brings a connection's mirror up to date in one numbered run and publishes it. A run that died is gone on with
 * where its cursors stand. On an error the run is marked failed, nothing is published, and the error is thrown.
 */
export async function syncConnection(
  store: Store,
  clock: Clock,
  connection: Connection,
  session: PlatformSession,
  options: SyncOptions = {},
): Promise<SyncSummary> {
  return withLease(store, clock, `sync:${connection.id}`, RUN_LEASE, async () => {
    const mode = await chooseMode(store, connection.id, session, options.full ?? false);
    const run = await store.write((tx) => openRun(tx, connection.id, mode, clock.nowMs()));
    const counts = noCounts();
    const callsBefore = session.calls();
    const finish = (error: string | null): Promise<void> =>
      finishRun(store, clock, connection, run, counts, session.calls() - callsBefore, error);
    try {
      await checkOrganisation(store, connection, session);
      await pullStreams(store, clock, connection.id, session, run, counts, options);
      await saveRates(store, connection, session, dayAt(clock.nowMs(), connection.timeZone));
    } catch (error) {
      await finish(error instanceof Error ? error.message : String(error));
      if (needsReconnect(error)) await stopConnection(store, clock, connection, error as Error);
      throw error;
    }
    await finish(null);
    return { run: run.number, mode: run.mode, counts, calls: session.calls() - callsBefore };
  });
}

async function chooseMode(
  store: Store,
  id: ConnectionId,
  session: PlatformSession,
  full: boolean,
): Promise<Run['mode']> {
  if (full) return 'full';
  const last = await readLastRun(store.reader, id);
  if (last !== null && last.state !== 'published') return last.mode;
  const cursors = await readCursors(store.reader, id);
  return session.streams('incremental').every((stream) => cursors.get(stream)?.finished)
    ? 'incremental'
    : 'full';
}

/** The token must still lead to the company that this connection is; its name and zone are taken over. */
async function checkOrganisation(
  store: Store,
  connection: Connection,
  session: PlatformSession,
): Promise<void> {
  const organisation = await session.readOrganisation();
  if (organisation.baseCurrency !== connection.baseCurrency) {
    throw new HoldfastError(
      'COMPANY_CHANGED',
      `${connection.name} kept its books in ${connection.baseCurrency}; the platform now says ${organisation.baseCurrency}.`,
      { kind: 'state', hint: 'This is another company. Connect it as a new one.' },
    );
  }
  await saveOrganisation(store, connection.id, organisation);
}

async function pullStreams(
  store: Store,
  clock: Clock,
  id: ConnectionId,
  session: PlatformSession,
  run: Run,
  counts: UpsertCounts,
  options: SyncOptions,
): Promise<void> {
  const cursors = await readCursors(store.reader, id);
  for (const stream of session.streams(run.mode)) {
    const cursor = cursors.get(stream);
    if (cursor?.run === run.number && cursor.finished) continue;
    const start = startOf(run, cursor);
    const progress: SyncProgress = { stream, rows: 0, totalRows: null };
    let last = start;
    for await (const page of session.pull({ stream, cursor: start, nowMs: clock.nowMs() })) {
      await savePage(store, id, run.number, stream, page, false, counts);
      last = page.cursor;
      progress.rows += rowsOf(page);
      progress.totalRows = page.totalRows;
      options.onProgress?.({ ...progress });
    }
    if (last !== null) await savePage(store, id, run.number, stream, emptyPage(last), true, counts);
  }
}

/** A full run begins at the beginning, unless it is being resumed; an incremental one where the last one ended. */
function startOf(run: Run, cursor: StreamCursor | undefined): string | null {
  if (cursor === undefined) return null;
  return run.mode === 'incremental' || cursor.run === run.number ? cursor.value : null;
}

async function savePage(
  store: Store,
  id: ConnectionId,
  run: number,
  stream: StreamName,
  page: Page,
  finished: boolean,
  counts: UpsertCounts,
): Promise<void> {
  const added = await store.writeBulk((db) => {
    db.prepare(
      `INSERT INTO cursor (connection_id, stream, value, finished, run) VALUES (?,?,?,?,?)
       ON CONFLICT (connection_id, stream) DO UPDATE
       SET value = excluded.value, finished = excluded.finished, run = excluded.run`,
    ).run(id, stream, page.cursor, finished ? 1 : 0, run);
    return new PageWriter(db, id, run).write(page);
  });
  for (const name of Object.keys(added) as (keyof UpsertCounts)[]) counts[name] += added[name];
}

async function finishRun(
  store: Store,
  clock: Clock,
  connection: Connection,
  run: Run,
  counts: UpsertCounts,
  calls: number,
  error: string | null,
): Promise<void> {
  await store.write(async (tx) => {
    await closeRun(tx, connection.id, run.number, { nowMs: clock.nowMs(), counts, calls, error });
    await appendAudit(tx, clock.nowMs(), {
      connectionId: connection.id,
      actor: 'sync',
      action: error === null ? 'run.published' : 'run.failed',
      subject: `run ${run.number}`,
      details: { mode: run.mode, ...counts, calls, ...(error === null ? {} : { error }) },
    });
  });
}

async function stopConnection(
  store: Store,
  clock: Clock,
  connection: Connection,
  error: Error,
): Promise<void> {
  await store.write(async (tx) => {
    await setConnectionState(tx, connection.id, 'reconnect', error.message);
    await appendAudit(tx, clock.nowMs(), {
      connectionId: connection.id,
      actor: 'sync',
      action: 'connection.stopped',
      subject: `connection ${connection.id}`,
      details: { reason: error.message },
    });
  });
}

const rowsOf = (page: Page): number =>
  page.customers.length + page.invoices.length + page.credits.length + page.payments.length;

function emptyPage(cursor: string): Page {
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
