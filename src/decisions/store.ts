import { appendAudit } from '../audit/index.ts';
import type { ConnectionId, CustomerId, Day } from '../domain/index.ts';
import type { Policy, Standing } from '../policy/index.ts';
import type { Flag } from '../rules/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { Hold } from './holds.ts';
import type { Reason, StandingDecision, StandingRecord } from './standing.ts';

export async function readStandings(
  reader: Reader,
  id: ConnectionId,
): Promise<Map<CustomerId, StandingRecord>> {
  const rows = await reader.selectFrom('standing').selectAll().where('connection_id', '=', id).execute();
  return new Map(
    rows.map((row) => [
      row.customer_id as CustomerId,
      {
        customerId: row.customer_id as CustomerId,
        standing: row.standing as Standing,
        since: row.since as Day,
        reasons: JSON.parse(row.reasons) as Reason[],
      },
    ]),
  );
}

export async function readHolds(reader: Reader, id: ConnectionId): Promise<Map<CustomerId, Hold>> {
  const rows = await reader.selectFrom('hold').selectAll().where('connection_id', '=', id).execute();
  return new Map(
    rows.map((row) => [
      row.customer_id as CustomerId,
      { customerId: row.customer_id as CustomerId, episode: row.episode, state: row.state as Hold['state'] },
    ]),
  );
}

/** What a night's decisions rest on. */
export interface DecisionBasis {
  connectionId: ConnectionId;
  asOf: Day;
  run: number;
  policy: Policy;
  nowMs: number;
}

/** Writes down flags and standings. Each change becomes a decision with its reasons; what did not change writes nothing. */
export async function saveDecisions(
  tx: Tx,
  basis: DecisionBasis,
  flags: Flag[],
  standings: StandingDecision[],
): Promise<void> {
  await replaceFlags(tx, basis, flags);
  const before = await readStandings(tx, basis.connectionId);
  for (const decision of standings) {
    const reasons = JSON.stringify(decision.reasons);
    const known = before.get(decision.customerId);
    if (known === undefined && decision.standing === 'clear') continue;
    if (known?.standing === decision.standing && JSON.stringify(known.reasons) === reasons) continue;
    await saveStanding(tx, basis, decision, reasons);
    if (decision.changed) await saveChange(tx, basis, decision, reasons);
  }
}

async function replaceFlags(tx: Tx, basis: DecisionBasis, flags: Flag[]): Promise<void> {
  await tx
    .deleteFrom('flag')
    .where('connection_id', '=', basis.connectionId)
    .where('as_of', '=', basis.asOf)
    .execute();
  for (const flag of flags) {
    await tx
      .insertInto('flag')
      .values({
        connection_id: basis.connectionId,
        as_of: basis.asOf,
        customer_id: flag.customerId,
        rule: flag.rule,
        severity: flag.severity,
        run: basis.run,
        content: JSON.stringify(flag),
      })
      .execute();
  }
}

async function saveStanding(
  tx: Tx,
  basis: DecisionBasis,
  decision: StandingDecision,
  reasons: string,
): Promise<void> {
  const values = { standing: decision.standing, since: decision.since, reasons };
  await tx
    .insertInto('standing')
    .values({ connection_id: basis.connectionId, customer_id: decision.customerId, ...values })
    .onConflict((conflict) => conflict.columns(['connection_id', 'customer_id']).doUpdateSet(values))
    .execute();
}

async function saveChange(
  tx: Tx,
  basis: DecisionBasis,
  decision: StandingDecision,
  reasons: string,
): Promise<void> {
  await tx
    .insertInto('decision')
    .values({
      connection_id: basis.connectionId,
      customer_id: decision.customerId,
      as_of: basis.asOf,
      from_standing: decision.from,
      to_standing: decision.standing,
      reasons,
      policy_hash: basis.policy.hash,
      run: basis.run,
      decided_at_ms: basis.nowMs,
    })
    .execute();
  await appendAudit(tx, basis.nowMs, {
    connectionId: basis.connectionId,
    actor: 'night',
    action: 'standing.changed',
    subject: `customer ${decision.customerId}`,
    details: {
      from: decision.from,
      to: decision.standing,
      asOf: basis.asOf,
      run: basis.run,
      policy: basis.policy.hash,
    },
  });
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
