import type { Database } from 'better-sqlite3';
import type { ChangeNotice, ConnectionId, CreditKind, Page, RowRef } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';

/** Hints of one connection, read ones included; more are left to the poll. */
const HINTS_MAX = 10_000;
/** Platforms repeat a notice for at most a day: until then it is known again. */
const KEPT_MS = 2 * 86_400_000;
/** A change may be told of before the platform shows it: looked at so often … */
const LOOKS_MAX = 4;
/** … first after so long, then twice that, and so on. */
const LOOK_AGAIN_MS = 30_000;
/** The time of a notice may be a moment after the record's own. */
const NOTICE_LAG_MS = 1_000;

/** A record that the platform said has changed. */
export interface Hint {
  row: RowRef;
  /** By the platform's clock. */
  eventAtMs: number;
  looks: number;
}

/** Keeps what a notice says, unless that change is known already. False when there are too many. */
export async function saveHint(
  tx: Tx,
  id: ConnectionId,
  { row, atMs }: ChangeNotice,
  receivedAtMs: number,
): Promise<boolean> {
  const eventAtMs = atMs ?? receivedAtMs;
  const known = await readKnown(tx, id, row);
  if (known !== undefined && known.event_at_ms >= eventAtMs) return true;
  if (known === undefined && (await countHints(tx, id)) >= HINTS_MAX) return false;
  const news = { event_at_ms: eventAtMs, received_at_ms: receivedAtMs, due_at_ms: receivedAtMs, looks: 0 };
  await tx
    .insertInto('hint')
    .values({ connection_id: id, ...keyOf(row), ...news })
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'kind', 'credit_kind', 'remote_id']).doUpdateSet(news),
    )
    .execute();
  return true;
}

async function readKnown(
  tx: Tx,
  id: ConnectionId,
  row: RowRef,
): Promise<{ event_at_ms: number } | undefined> {
  const { kind, credit_kind, remote_id } = keyOf(row);
  return tx
    .selectFrom('hint')
    .select('event_at_ms')
    .where('connection_id', '=', id)
    .where('kind', '=', kind)
    .where('credit_kind', '=', credit_kind)
    .where('remote_id', '=', remote_id)
    .executeTakeFirst();
}

async function countHints(tx: Tx, id: ConnectionId): Promise<number> {
  const { hints } = await tx
    .selectFrom('hint')
    .select((eb) => eb.fn.countAll<number>().as('hints'))
    .where('connection_id', '=', id)
    .executeTakeFirstOrThrow();
  return hints;
}

/** Forgets hints that nobody will repeat any more; those that were never read by now came with a poll. */
export async function forgetOldHints(tx: Tx, nowMs: number): Promise<void> {
  await tx
    .deleteFrom('hint')
    .where('received_at_ms', '<', nowMs - KEPT_MS)
    .execute();
}

/** Active connections of which something is due to be read, in the order in which they were made. */
export async function readDueConnections(reader: Reader, nowMs: number): Promise<ConnectionId[]> {
  const rows = await reader
    .selectFrom('connection')
    .select('id')
    .where('state', '=', 'active')
    .where('id', 'in', (eb) => eb.selectFrom('hint').select('connection_id').where('due_at_ms', '<=', nowMs))
    .orderBy('connected_at_ms')
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id as ConnectionId);
}

/** What is due to be read of a connection, the longest due first. */
export async function readDueHints(
  reader: Reader,
  id: ConnectionId,
  nowMs: number,
  limit: number,
): Promise<Hint[]> {
  const rows = await reader
    .selectFrom('hint')
    .selectAll()
    .where('connection_id', '=', id)
    .where('due_at_ms', '<=', nowMs)
    .orderBy('due_at_ms')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    row: rowRef(row.kind as RowRef['kind'], row.remote_id, row.credit_kind),
    eventAtMs: row.event_at_ms,
    looks: row.looks,
  }));
}

/**
 * Marks hints as read, in the transaction that writes what the reading brought. One whose change the platform does
 * not show yet is looked at again a few times; then the poll must bring it. A newer notice meanwhile stays due.
 */
export function settleHints(db: Database, id: ConnectionId, hints: Hint[], page: Page, nowMs: number): void {
  const shown = shownTimes(page);
  const update = db.prepare(
    `UPDATE hint SET due_at_ms = ?, looks = looks + 1
     WHERE connection_id = ? AND kind = ? AND credit_kind = ? AND remote_id = ? AND event_at_ms = ?`,
  );
  for (const hint of hints) {
    const { kind, credit_kind, remote_id } = keyOf(hint.row);
    const shownMs = shown.get(`${kind}:${credit_kind}:${remote_id}`) ?? Infinity;
    const isLate = shownMs < hint.eventAtMs - NOTICE_LAG_MS && hint.looks + 1 < LOOKS_MAX;
    const dueAtMs = isLate ? nowMs + LOOK_AGAIN_MS * 2 ** hint.looks : null;
    update.run(dueAtMs, id, kind, credit_kind, remote_id, hint.eventAtMs);
  }
}

/** When each record of a page last changed, as the platform shows it; deleted and unreadable ones are not in it. */
function shownTimes(page: Page): Map<string, number> {
  const shown = new Map<string, number>();
  for (const one of page.customers) shown.set(`customer::${one.remoteId}`, one.updatedAtMs);
  for (const one of page.invoices) shown.set(`invoice::${one.remoteId}`, one.updatedAtMs);
  for (const one of page.credits) shown.set(`credit:${one.kind}:${one.remoteId}`, one.updatedAtMs);
  for (const one of page.payments) shown.set(`payment::${one.remoteId}`, one.updatedAtMs);
  return shown;
}

/** A reference to one record; `creditKind` is '' for all but credits. */
export function rowRef(kind: RowRef['kind'], remoteId: string, creditKind: string): RowRef {
  return kind === 'credit' ? { kind, remoteId, creditKind: creditKind as CreditKind } : { kind, remoteId };
}

function keyOf({ kind, remoteId, creditKind }: RowRef) {
  return { kind, credit_kind: kind === 'credit' ? (creditKind ?? 'credit-note') : '', remote_id: remoteId };
}
