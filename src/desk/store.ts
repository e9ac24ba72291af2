import type { ConnectionId } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { Answer } from './order-answer.ts';

/** How often the desk gave an answer on a day (UTC). */
export interface AnswerCount {
  day: string;
  connectionId: ConnectionId;
  answer: Answer;
  count: number;
}

/** Days of which counts are kept. */
const DAYS_KEPT = 400;

/** Adds to what was counted before, and forgets the oldest days. */
export async function addAnswerCounts(tx: Tx, counts: readonly AnswerCount[]): Promise<void> {
  for (const { day, connectionId, answer, count } of counts) {
    await tx
      .insertInto('desk_count')
      .values({ day, connection_id: connectionId, answer, count })
      .onConflict((conflict) =>
        conflict
          .columns(['day', 'connection_id', 'answer'])
          .doUpdateSet((eb) => ({ count: eb('desk_count.count', '+', count) })),
      )
      .execute();
  }
  const newest = counts.reduce((latest, { day }) => (day > latest ? day : latest), '');
  if (newest === '') return;
  const oldest = new Date(Date.parse(newest) - DAYS_KEPT * 86_400_000).toISOString().slice(0, 10);
  await tx.deleteFrom('desk_count').where('day', '<', oldest).execute();
}

/** What was answered since a day (UTC), that day included. */
export async function readAnswerCounts(reader: Reader, since: string): Promise<AnswerCount[]> {
  const rows = await reader.selectFrom('desk_count').selectAll().where('day', '>=', since).execute();
  return rows.map((row) => ({
    day: row.day,
    connectionId: row.connection_id as ConnectionId,
    answer: row.answer as Answer,
    count: row.count,
  }));
}

/** The held list that is put up for the owner's webhook, and what came of it. */
export interface HeldPosted {
  version: number;
  body: string;
  digest: string;
  madeAtMs: number;
  /** The receiver answered, whatever it said. */
  answered: boolean;
  deliveredAtMs: number | null;
  attempts: number;
  nextAttemptAtMs: number;
  /** '' or why the last attempt failed. */
  lastError: string;
}

/** The list that is up; null before the first. */
export async function readHeldPosted(reader: Reader): Promise<HeldPosted | null> {
  const row = await reader.selectFrom('held_post').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  return {
    version: row.version,
    body: row.body,
    digest: row.digest,
    madeAtMs: row.made_at_ms,
    answered: row.answered === 1,
    deliveredAtMs: row.delivered_at_ms,
    attempts: row.attempts,
    nextAttemptAtMs: row.next_attempt_at_ms,
    lastError: row.last_error,
  };
}

/** Puts a list up in place of the one before. */
export async function savePutUp(
  tx: Tx,
  list: Pick<HeldPosted, 'version' | 'body' | 'digest' | 'madeAtMs'>,
): Promise<void> {
  const { version, body, digest, madeAtMs } = list;
  const values = {
    version,
    body,
    digest,
    made_at_ms: madeAtMs,
    answered: 0,
    delivered_at_ms: null,
    attempts: 0,
    next_attempt_at_ms: madeAtMs,
    last_error: '',
  };
  await tx
    .insertInto('held_post')
    .values({ id: 1, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

/** Counts an attempt before it is made: whoever comes after a crash knows that the list may have been heard. */
export async function saveBegun(tx: Tx, version: number): Promise<void> {
  await tx
    .updateTable('held_post')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('version', '=', version)
    .execute();
}

/** What came of an attempt with a list; of one that is no longer up nothing is written. */
export async function saveAttempt(
  tx: Tx,
  version: number,
  outcome: Pick<HeldPosted, 'answered' | 'deliveredAtMs' | 'nextAttemptAtMs' | 'lastError'>,
): Promise<void> {
  const { answered, deliveredAtMs, nextAttemptAtMs, lastError } = outcome;
  await tx
    .updateTable('held_post')
    .set({
      ...(answered ? { answered: 1 } : {}),
      delivered_at_ms: deliveredAtMs,
      next_attempt_at_ms: nextAttemptAtMs,
      last_error: lastError,
    })
    .where('version', '=', version)
    .execute();
}
