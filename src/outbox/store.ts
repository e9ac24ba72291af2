import { HoldfastError, type ConnectionId, type CustomerId, type Day } from '../domain/index.ts';
import { sql, type Selectable } from 'kysely';
import type { Reader, Schema, Tx } from '../store/index.ts';
import { LIVE_STATES, type Intent, type IntentKind, type IntentState, type NewIntent } from './intent.ts';

export interface IntentFilter {
  connectionId?: ConnectionId;
  states?: readonly IntentState[];
  kinds?: readonly IntentKind[];
  ids?: number[];
  /** At most so many. */
  limit?: number;
}

/** Intents in the order in which they were made. */
export async function readIntents(reader: Reader, filter: IntentFilter = {}): Promise<Intent[]> {
  let query = reader.selectFrom('intent').selectAll().orderBy('id');
  if (filter.connectionId !== undefined) query = query.where('connection_id', '=', filter.connectionId);
  if (filter.states !== undefined) query = query.where('state', 'in', filter.states);
  if (filter.kinds !== undefined) query = query.where('kind', 'in', filter.kinds);
  if (filter.ids !== undefined) query = query.where('id', 'in', filter.ids);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map(fromRow);
}

/** How many intents of each kind are in each state. */
export interface IntentCount {
  kind: IntentKind;
  state: IntentState;
  count: number;
}

/** Counts the intents of a connection that are in some states. */
export async function countIntents(
  reader: Reader,
  connectionId: ConnectionId,
  states: readonly IntentState[],
): Promise<IntentCount[]> {
  const rows = await reader
    .selectFrom('intent')
    .select((eb) => ['kind', 'state', eb.fn.countAll<number>().as('n')])
    .where('connection_id', '=', connectionId)
    .where('state', 'in', states)
    .groupBy(['kind', 'state'])
    .execute();
  return rows.map(countOf);
}

const countOf = (row: { kind: string; state: string; n: number }): IntentCount => ({
  kind: row.kind as IntentKind,
  state: row.state as IntentState,
  count: row.n,
});

/** Counts the intents that were decided on for a day, the newest that a connection has any for. */
export async function countIntentsOfDay(
  reader: Reader,
  connectionId: ConnectionId,
  asOf: Day,
): Promise<IntentCount[]> {
  // Days follow one another as intents do, so the table is read from its end, and only as far as the day before.
  const before = await reader
    .selectFrom('intent')
    .select('id')
    .where(sql`+connection_id`, '=', connectionId)
    .where('as_of', '<', asOf)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const rows = await reader
    .selectFrom('intent')
    .select((eb) => ['kind', 'state', eb.fn.countAll<number>().as('n')])
    .where('id', '>', before?.id ?? 0)
    .where(sql`+connection_id`, '=', connectionId)
    .where('as_of', '=', asOf)
    .groupBy(['kind', 'state'])
    .execute();
  return rows.map(countOf);
}

/** Commits a new intent. Returns its number, or null when one with this key was there before. */
export async function insertIntent(tx: Tx, intent: NewIntent, nowMs: number): Promise<number | null> {
  const row = await tx
    .insertInto('intent')
    .values({
      connection_id: intent.connectionId,
      kind: intent.kind,
      key: intent.key,
      customer_id: intent.customerId,
      reminder_id: intent.reminderId,
      content: JSON.stringify(intent.content),
      as_of: intent.asOf,
      run: intent.run,
      policy_hash: intent.policyHash,
      not_before_ms: intent.notBeforeMs,
      expires_at_ms: intent.expiresAtMs,
      state: intent.state,
      state_reason: intent.stateReason,
      decided_by: intent.decidedBy,
      created_at_ms: nowMs,
      changed_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Moves an intent on, but only from one of the states named. False when somebody else moved it meanwhile. */
export async function moveIntent(
  tx: Tx,
  id: number,
  from: readonly IntentState[],
  to: { state: IntentState; reason: string; decidedBy?: string },
  nowMs: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('intent')
    .set({
      state: to.state,
      state_reason: to.reason,
      changed_at_ms: nowMs,
      ...(to.decidedBy === undefined ? {} : { decided_by: to.decidedBy }),
    })
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Puts a proposal off, with its end when that would come first. False when it is no proposal any more. */
export async function snoozeIntent(
  tx: Tx,
  id: number,
  snooze: { until: Day; expiresAtMs: number },
  nowMs: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('intent')
    .set({ snoozed_until: snooze.until, expires_at_ms: snooze.expiresAtMs, changed_at_ms: nowMs })
    .where('id', '=', id)
    .where('state', '=', 'proposed')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Whether the customer has an effect of this kind on its way, one that a person turned down since a day, or one that
 * the platform refused lately (to ask again every night would only fill the list).
 */
export async function hasAnswer(
  reader: Reader,
  connectionId: ConnectionId,
  customerId: CustomerId,
  kind: IntentKind,
  since: { cause: string; refusal: string },
): Promise<boolean> {
  const row = await reader
    .selectFrom('intent')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('customer_id', '=', customerId)
    .where('kind', '=', kind)
    .where((eb) =>
      eb.or([
        eb('state', 'in', LIVE_STATES),
        eb.and([eb('state', '=', 'rejected'), eb('as_of', '>=', since.cause)]),
        eb.and([eb('state', '=', 'refused'), eb('as_of', '>=', since.refusal)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface Attempt {
  id: number;
  number: number;
  startedAtMs: number;
  looks: number;
  nextLookAtMs: number | null;
}

/** Commits, before the first byte leaves, that an attempt begins. */
export async function insertAttempt(
  tx: Tx,
  intent: Intent,
  bodyHash: string,
  nowMs: number,
): Promise<Attempt> {
  const before = await tx
    .selectFrom('attempt')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('intent_id', '=', intent.id)
    .executeTakeFirstOrThrow();
  const row = await tx
    .insertInto('attempt')
    .values({
      intent_id: intent.id,
      connection_id: intent.connectionId,
      number: before.n + 1,
      body_hash: bodyHash,
      started_at_ms: nowMs,
      ended_at_ms: null,
      outcome: null,
      next_look_at_ms: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: row.id, number: before.n + 1, startedAtMs: nowMs, looks: 0, nextLookAtMs: null };
}

export async function endAttempt(
  tx: Tx,
  attemptId: number,
  end: { outcome: string; confirmed: boolean; detail: string; nextLookAtMs: number | null },
  nowMs: number,
): Promise<void> {
  await tx
    .updateTable('attempt')
    .set({
      ended_at_ms: nowMs,
      outcome: end.outcome,
      confirmed: end.confirmed ? 1 : 0,
      detail: end.detail,
      next_look_at_ms: end.nextLookAtMs,
    })
    .where('id', '=', attemptId)
    .execute();
}

export async function countLook(tx: Tx, attemptId: number, nextLookAtMs: number | null): Promise<void> {
  await tx
    .updateTable('attempt')
    .set((eb) => ({ looks: eb('looks', '+', 1), next_look_at_ms: nextLookAtMs }))
    .where('id', '=', attemptId)
    .execute();
}

/** The newest attempt of an intent; null when none was ever begun. */
export async function readLastAttempt(reader: Reader, intentId: number): Promise<Attempt | null> {
  const row = await reader
    .selectFrom('attempt')
    .selectAll()
    .where('intent_id', '=', intentId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    number: row.number,
    startedAtMs: row.started_at_ms,
    looks: row.looks,
    nextLookAtMs: row.next_look_at_ms,
  };
}

/** Attempts whose reply said that it was done, but which could not be read back yet. */
export async function readUnconfirmed(
  reader: Reader,
  connectionId: ConnectionId,
  nowMs: number,
): Promise<{ intentId: number; attempt: Attempt }[]> {
  const rows = await reader
    .selectFrom('attempt')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('outcome', '=', 'done')
    .where('confirmed', '=', 0)
    .where('next_look_at_ms', '<=', nowMs)
    .execute();
  return rows.map((row) => ({
    intentId: row.intent_id,
    attempt: {
      id: row.id,
      number: row.number,
      startedAtMs: row.started_at_ms,
      looks: row.looks,
      nextLookAtMs: row.next_look_at_ms,
    },
  }));
}

export async function confirmAttempt(tx: Tx, attemptId: number, detail: string): Promise<void> {
  await tx
    .updateTable('attempt')
    .set({ confirmed: 1, detail, next_look_at_ms: null })
    .where('id', '=', attemptId)
    .execute();
}

/** How many effects of a kind were decided on each of the last nights before a day, newest first. */
export async function countByNight(
  reader: Reader,
  connectionId: ConnectionId,
  kind: IntentKind,
  before: Day,
): Promise<number[]> {
  const rows = await reader
    .selectFrom('intent')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('as_of', '<', before)
    .groupBy('as_of')
    .orderBy('as_of', 'desc')
    .limit(28)
    .execute();
  return rows.map((row) => row.n);
}

/** Intents by number, or INTENT_UNKNOWN naming those that do not exist. */
export async function readIntentsById(reader: Reader, ids: number[]): Promise<Intent[]> {
  const found = await readIntents(reader, { ids });
  const missing = ids.filter((id) => !found.some((intent) => intent.id === id));
  if (missing.length === 0) return found;
  throw new HoldfastError('INTENT_UNKNOWN', `There is no proposal with the number ${missing.join(', ')}.`, {
    hint: 'Run `holdfast approve` without numbers to see what is proposed.',
  });
}

type Row = Selectable<Schema['intent']>;

function fromRow(row: Row): Intent {
  return {
    id: row.id,
    connectionId: row.connection_id as ConnectionId,
    kind: row.kind,
    key: row.key,
    customerId: row.customer_id as CustomerId,
    reminderId: row.reminder_id,
    content: JSON.parse(row.content) as unknown,
    asOf: row.as_of as Day,
    run: row.run,
    policyHash: row.policy_hash,
    notBeforeMs: row.not_before_ms,
    expiresAtMs: row.expires_at_ms,
    state: row.state as IntentState,
    stateReason: row.state_reason,
    decidedBy: row.decided_by,
    createdAtMs: row.created_at_ms,
    changedAtMs: row.changed_at_ms,
    snoozedUntil: row.snoozed_until as Day | null,
  } as Intent;
}
