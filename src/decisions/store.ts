import { appendAudit } from '../audit/index.ts';
import type { ConnectionId, CustomerId, Day } from '../domain/index.ts';
import type { Flag } from '../rules/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { Hold } from './holds.ts';

/** Holds as we know them on the platform: of everybody, or of some customers. */
export async function readHolds(
  reader: Reader,
  id: ConnectionId,
  only?: readonly CustomerId[],
): Promise<Map<CustomerId, Hold>> {
  let query = reader.selectFrom('hold').selectAll().where('connection_id', '=', id);
  if (only !== undefined) query = query.where('customer_id', 'in', only);
  const rows = await query.execute();
  return new Map(
    rows.map((row) => [
      row.customer_id as CustomerId,
      { customerId: row.customer_id as CustomerId, episode: row.episode, state: row.state as Hold['state'] },
    ]),
  );
}

/** Records what was read back from the platform: the hold is on, or off. */
export async function saveHold(
  tx: Tx,
  id: ConnectionId,
  hold: Hold,
  nowMs: number,
  detail: string,
): Promise<void> {
  const values = { episode: hold.episode, state: hold.state, changed_at_ms: nowMs, detail };
  await tx
    .insertInto('hold')
    .values({ connection_id: id, customer_id: hold.customerId, ...values })
    .onConflict((conflict) => conflict.columns(['connection_id', 'customer_id']).doUpdateSet(values))
    .execute();
}

/** Holds that we placed and that are gone on the platform: a person took them away. Returns whose. */
export async function noticeDrift(
  tx: Tx,
  id: ConnectionId,
  isHeld: (customer: CustomerId) => boolean,
  nowMs: number,
): Promise<CustomerId[]> {
  const holds = await readHolds(tx, id);
  const gone = [...holds.values()].filter((hold) => hold.state === 'on' && !isHeld(hold.customerId));
  for (const hold of gone) {
    await saveHold(tx, id, { ...hold, state: 'drift' }, nowMs, 'taken away on the platform');
    await appendAudit(tx, nowMs, {
      connectionId: id,
      actor: 'night',
      action: 'hold.drift',
      subject: `customer ${hold.customerId}`,
      details: {
        finding: 'the hold that was placed is gone on the platform; it is not placed again by itself',
      },
    });
  }
  return gone.map((hold) => hold.customerId);
}

/** The flags of the newest night on or before a day. */
export async function readFlags(reader: Reader, id: ConnectionId, asOf: Day): Promise<Flag[]> {
  const rows = await reader
    .selectFrom('flag')
    .select('content')
    .where('connection_id', '=', id)
    .where('as_of', '=', asOf)
    .execute();
  return rows.map((row) => JSON.parse(row.content) as Flag);
}

/** One night of one connection. */
export interface Night {
  connectionId: ConnectionId;
  day: Day;
  state: 'running' | 'done' | 'failed';
  startedAtMs: number;
  finishedAtMs: number | null;
}

/** Writes down that the night of a day begins (again). */
export async function beginNight(tx: Tx, id: ConnectionId, day: Day, nowMs: number): Promise<void> {
  const values = { state: 'running', started_at_ms: nowMs, finished_at_ms: null, summary: null };
  await tx
    .insertInto('night')
    .values({ connection_id: id, day, ...values })
    .onConflict((conflict) => conflict.columns(['connection_id', 'day']).doUpdateSet(values))
    .execute();
}

/** Writes down how it ended. */
export async function endNight(
  tx: Tx,
  id: ConnectionId,
  day: Day,
  state: 'done' | 'failed',
  nowMs: number,
  summary: unknown,
): Promise<void> {
  await tx
    .updateTable('night')
    .set({ state, finished_at_ms: nowMs, summary: JSON.stringify(summary) })
    .where('connection_id', '=', id)
    .where('day', '=', day)
    .execute();
}

/** The newest night of every connection. */
export async function readLastNights(reader: Reader): Promise<Night[]> {
  const newest = reader
    .selectFrom('night')
    .select((eb) => ['connection_id', eb.fn.max('day').as('last_day')])
    .groupBy('connection_id')
    .as('newest');
  const rows = await reader
    .selectFrom('night')
    .innerJoin(newest, (join) =>
      join
        .onRef('newest.connection_id', '=', 'night.connection_id')
        .onRef('newest.last_day', '=', 'night.day'),
    )
    .selectAll('night')
    .orderBy('day', 'desc')
    .execute();
  return rows.map((row) => ({
    connectionId: row.connection_id as ConnectionId,
    day: row.day as Day,
    state: row.state as Night['state'],
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
  }));
}

/** Holds of a connection at a glance: how many stand and drifted, and whose, the newest first, up to `limit`. */
export async function readHoldSummary(
  reader: Reader,
  id: ConnectionId,
  limit: number,
): Promise<{ on: number; drifted: number; newest: CustomerId[] }> {
  const counts = await reader
    .selectFrom('hold')
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .where('connection_id', '=', id)
    .groupBy('state')
    .execute();
  const newest = await reader
    .selectFrom('hold')
    .select('customer_id')
    .where('connection_id', '=', id)
    .where('state', '=', 'on')
    .orderBy('changed_at_ms', 'desc')
    .orderBy('customer_id')
    .limit(limit)
    .execute();
  const count = (state: Hold['state']): number => counts.find((row) => row.state === state)?.n ?? 0;
  const customers = newest.map((row) => row.customer_id as CustomerId);
  return { on: count('on'), drifted: count('drift'), newest: customers };
}
