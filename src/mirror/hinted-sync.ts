import { appendAudit } from '../audit/index.ts';
import { HoldfastError, type Page, type PlatformSession, type RowRef } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import { LEASE_TTL_MS, withLease, type Store } from '../store/index.ts';
import { assertActive, type Connection } from './connections.ts';
import { readDueHints, settleHints, type Hint } from './hints.ts';
import { nextNumber, readLastRun } from './runs.ts';
import type { SyncSummary } from './sync.ts';
import { emptyPage } from './run-work.ts';
import { PageWriter, type UpsertCounts } from './upsert.ts';

/** Records of one run; the rest is due at once again. */
const READ_MAX = 400;
const LEASE = { ttlMs: LEASE_TTL_MS, waitMs: 0 };

/**
 * Reads again what the platform said has changed, in one run of mode 'hinted' that is whole or not there. It leaves
 * the streams' cursors alone and is no sign of freshness. Null = nothing is due, or it must wait: while another run
 * is under way or unfinished, that one brings it. Throws RECONNECT_NEEDED.
 */
export async function syncHinted(
  store: Store,
  clock: Clock,
  connection: Connection,
  session: PlatformSession,
): Promise<SyncSummary | null> {
  await assertActive(store.reader, connection.id);
  if ((await readDueHints(store.reader, connection.id, clock.nowMs(), 1)).length === 0) return null;
  try {
    return await withLease(store, clock, `sync:${connection.id}`, LEASE, async (lease) => {
      if ((await readLastRun(store.reader, connection.id))?.state !== 'published') return null;
      const hints = await readDueHints(store.reader, connection.id, clock.nowMs(), READ_MAX);
      return hints.length === 0 ? null : readHinted(lease.store, clock, connection, session, hints);
    });
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'LEASE_TAKEN') return null;
    throw error;
  }
}

async function readHinted(
  store: Store,
  clock: Clock,
  connection: Connection,
  session: PlatformSession,
  hints: Hint[],
): Promise<SyncSummary> {
  const [startedAtMs, callsBefore] = [clock.nowMs(), session.calls()];
  const page = await session.readRows(hints.map((hint) => hint.row));
  const customers = await readTheirCustomers(session, page);
  const calls = session.calls() - callsBefore;
  const nowMs = clock.nowMs();
  const number = await store.write((tx) => nextNumber(tx, connection.id));
  // Nobody else numbers runs meanwhile: that takes the lease which we hold.
  const counts = await store.writeBulk((db) => {
    const writer = new PageWriter(db, connection.id, number);
    const written = sum(writer.write(page), writer.write(customers));
    settleHints(db, connection.id, hints, page, nowMs);
    const { created, updated, skipped, deleted, quarantined } = written;
    db.prepare(
      `INSERT INTO run (connection_id, number, mode, state, started_at_ms, finished_at_ms, created, updated, skipped,
       deleted, quarantined, calls) VALUES (?,?,'hinted','published',?,?,?,?,?,?,?,?)`,
    ).run(connection.id, number, startedAtMs, nowMs, created, updated, skipped, deleted, quarantined, calls);
    return written;
  });
  await store.write((tx) =>
    appendAudit(tx, nowMs, {
      connectionId: connection.id,
      actor: 'sync',
      action: 'run.published',
      subject: `run ${number}`,
      details: { mode: 'hinted', hints: hints.length, ...counts, calls },
    }),
  );
  return { run: number, mode: 'hinted', counts, calls };
}

/** The customers of the documents, so that their balances are of the same moment. */
async function readTheirCustomers(session: PlatformSession, page: Page): Promise<Page> {
  const known = new Set<string>(page.customers.map((customer) => customer.remoteId));
  const ids = [...page.invoices, ...page.credits, ...page.payments].flatMap(({ customerId }) =>
    customerId === null || known.has(customerId) ? [] : [customerId],
  );
  const refs = [...new Set(ids)].map((remoteId): RowRef => ({ kind: 'customer', remoteId }));
  return refs.length === 0 ? emptyPage() : session.readRows(refs);
}

function sum(one: UpsertCounts, other: UpsertCounts): UpsertCounts {
  return {
    created: one.created + other.created,
    updated: one.updated + other.updated,
    skipped: one.skipped + other.skipped,
    deleted: one.deleted + other.deleted,
    quarantined: one.quarantined + other.quarantined,
  };
}
