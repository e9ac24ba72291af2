import { appendAudit } from '../audit/index.ts';
import {
  PlatformError,
  type ConnectionId,
  type PlatformSession,
  type SyncForecast,
} from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import { LEASE_TTL_MS, isLeaseLost, withLease, type Store } from '../store/index.ts';
import { forgetStale, readStaleBalances } from './balances.ts';
import { assertActive, stopConnections, type Connection } from './connections.ts';
import { checkOrganisation } from './organisation.ts';
import { readOrders } from './orders.ts';
import { saveRates } from './rates.ts';
import { RunWork, type SyncProgress } from './run-work.ts';
import { closeRun, openRun, readCursors, readLastRun, readPublishedRun, type Run } from './runs.ts';
import { pullStreams } from './streams.ts';
import { sweepWhenDue, type SweepChoice } from './sweep.ts';
import { needsReconnect } from './tokens.ts';
import type { UpsertCounts } from './upsert.ts';

export interface SyncOptions {
  /** Pull everything again, whatever the cursors say. */
  full?: boolean;
  /** Whether to look through all ids as well; 'due' unless said. */
  sweep?: SweepChoice;
  /** Whether accepted quotes and orders are read as well: where the policy counts them. */
  orders?: boolean;
  onProgress?: (progress: SyncProgress) => void;
  /** Told before the first sync of a company starts, and asked for only when somebody wants to know. */
  onForecast?: (forecast: SyncForecast) => void;
}

export interface SyncSummary {
  run: number;
  mode: Run['mode'];
  counts: UpsertCounts;
  calls: number;
}

const RUN_LEASE = { ttlMs: LEASE_TTL_MS, waitMs: 0 };

/**
 * Brings a connection's mirror up to date in one numbered run and publishes it. A run that died is gone on with
 * where its cursors stand. On an error the run is marked failed, nothing is published, and the error is thrown;
 * LEASE_LOST when another process took the run over, RECONNECT_NEEDED before any call when a person must act first.
 */
export async function syncConnection(
  store: Store,
  clock: Clock,
  connection: Connection,
  session: PlatformSession,
  options: SyncOptions = {},
): Promise<SyncSummary> {
  const { id } = connection;
  await assertActive(store.reader, id);
  return withLease(store, clock, `sync:${id}`, RUN_LEASE, async (lease) => {
    const mode = await chooseMode(store, id, session, options.full ?? false);
    if (options.onForecast !== undefined) await foretell(store, id, session, options.onForecast);
    const run = await lease.store.write((tx) => beginRun(tx, id, mode, clock.nowMs()));
    const work = new RunWork({ store: lease.store, clock, connection, session, run }, options.onProgress);
    try {
      await bringUpToDate(work, options);
      await finishRun(work, null);
    } catch (error) {
      // Whoever took the run over says how it ends.
      if (!isLeaseLost(error)) await failRun(work, error);
      throw error;
    }
    return { run: run.number, mode: run.mode, counts: work.counts, calls: work.calls() };
  });
}

/** Everything between the opening of a run and its end. Only what comes out of this whole is published. */
async function bringUpToDate(work: RunWork, { sweep = 'due', orders = false }: SyncOptions): Promise<void> {
  await checkOrganisation(work);
  await pullStreams(work);
  await sweepWhenDue(work, sweep);
  await readOrders(work, orders);
  await readStaleBalances(work);
  const { store, clock, connection, session } = work;
  await saveRates(store, connection, session, clock.nowMs());
}

async function chooseMode(
  store: Store,
  id: ConnectionId,
  session: PlatformSession,
  full: boolean,
): Promise<'full' | 'incremental'> {
  if (full) return 'full';
  const last = await readLastRun(store.reader, id);
  if (last !== null && last.state !== 'published') return last.mode === 'full' ? 'full' : 'incremental';
  const cursors = await readCursors(store.reader, id);
  return session.streams('incremental').every((stream) => cursors.get(stream)?.finished)
    ? 'incremental'
    : 'full';
}

/** A forecast is a courtesy: a platform that will not count its rows must not keep the sync from starting. */
async function foretell(
  store: Store,
  id: ConnectionId,
  session: PlatformSession,
  onForecast: (forecast: SyncForecast) => void,
): Promise<void> {
  if ((await readPublishedRun(store.reader, id)) !== null) return;
  try {
    onForecast(await session.forecast());
  } catch (error) {
    if (!(error instanceof PlatformError) || needsReconnect(error)) throw error;
  }
}

async function beginRun(...[tx, id, mode, nowMs]: Parameters<typeof openRun>): Promise<Run> {
  const last = await readLastRun(tx, id);
  const run = await openRun(tx, id, mode, nowMs);
  // It reads every customer; the balances that its own documents make stale are noted anew.
  if (mode === 'full' && run.number !== last?.number) await forgetStale(tx, id);
  return run;
}

async function finishRun(work: RunWork, error: string | null): Promise<void> {
  const { store, clock, connection, run, counts } = work;
  const calls = work.calls();
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

async function failRun(work: RunWork, error: unknown): Promise<void> {
  const { store, clock, connection } = work;
  const message = error instanceof Error ? error.message : String(error);
  await finishRun(work, message);
  if (!needsReconnect(error)) return;
  await store.write((tx) => stopConnections(tx, { id: connection.id }, message, clock.nowMs()));
}
