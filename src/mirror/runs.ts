import type { ConnectionId, StreamName } from '../domain/index.ts';
import type { Selectable } from 'kysely';
import type { Reader, Schema, Tx } from '../store/index.ts';
import type { UpsertCounts } from './upsert.ts';

export interface Run {
  number: number;
  /** 'hinted': some records read again because the platform said so; whole or not there, and no sign of freshness. */
  mode: 'full' | 'incremental' | 'hinted';
  state: 'open' | 'published' | 'failed';
  startedAtMs: number;
  finishedAtMs: number | null;
}

export interface StreamCursor {
  value: string;
  finished: boolean;
  run: number;
}

/** The newest pull (full or incremental), whatever its state; null before the first. Hinted runs are left out. */
export async function readLastRun(reader: Reader, id: ConnectionId): Promise<Run | null> {
  const row = await newestFirst(reader, id).where('mode', '!=', 'hinted').executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** The newest published pull (full or incremental) up to a run: how fresh the mirror is, or was then. */
export async function readPublishedRun(
  reader: Reader,
  id: ConnectionId,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<Run | null> {
  const row = await newestFirst(reader, id)
    .where('mode', '!=', 'hinted')
    .where('state', '=', 'published')
    .where('number', '<=', upTo)
    .executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** The newest published run that read everything; null when there is none. */
export async function readLastFullRun(reader: Reader, id: ConnectionId): Promise<Run | null> {
  const row = await newestFirst(reader, id)
    .where('mode', '=', 'full')
    .where('state', '=', 'published')
    .executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** The newest published run of any mode: what facts rest on while the last pull is published. */
export async function readFactsRun(reader: Reader, id: ConnectionId): Promise<Run | null> {
  const row = await newestFirst(reader, id).where('state', '=', 'published').executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** The newest published run of any mode that had finished before an instant; null when none had. */
export async function readRunFinishedBefore(
  reader: Reader,
  id: ConnectionId,
  beforeMs: number,
): Promise<Run | null> {
  const row = await newestFirst(reader, id)
    .where('state', '=', 'published')
    .where('finished_at_ms', '<', beforeMs)
    .executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** The number of the newest run of any mode and state; 0 before the first. */
export async function readNewestNumber(reader: Reader, id: ConnectionId): Promise<number> {
  return (await newestFirst(reader, id).executeTakeFirst())?.number ?? 0;
}

/** One run by its number; null when there is none. */
export async function readRun(reader: Reader, id: ConnectionId, number: number): Promise<Run | null> {
  const row = await newestFirst(reader, id).where('number', '=', number).executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

const newestFirst = (reader: Reader, id: ConnectionId) =>
  reader.selectFrom('run').selectAll().where('connection_id', '=', id).orderBy('number', 'desc').limit(1);

/** Opens the next pull, or the last one again when it never finished and is of the same mode. */
export async function openRun(tx: Tx, id: ConnectionId, mode: Run['mode'], nowMs: number): Promise<Run> {
  const last = await readLastRun(tx, id);
  if (last !== null && last.state !== 'published' && last.mode === mode) {
    await tx
      .updateTable('run')
      .set({ state: 'open', error: null })
      .where('connection_id', '=', id)
      .where('number', '=', last.number)
      .execute();
    return { ...last, state: 'open' };
  }
  const run: Run = {
    number: await nextNumber(tx, id),
    mode,
    state: 'open',
    startedAtMs: nowMs,
    finishedAtMs: null,
  };
  await tx
    .insertInto('run')
    .values({
      connection_id: id,
      number: run.number,
      mode,
      state: 'open',
      started_at_ms: nowMs,
      finished_at_ms: null,
      error: null,
    })
    .execute();
  return run;
}

/** The number of the next run, hinted ones counted as well. */
export async function nextNumber(tx: Tx, id: ConnectionId): Promise<number> {
  return (await readNewestNumber(tx, id)) + 1;
}

/** Publishes a run (error null) or marks it failed; either way its counts are kept. */
export async function closeRun(
  tx: Tx,
  id: ConnectionId,
  number: number,
  end: { nowMs: number; counts: UpsertCounts; calls: number; error: string | null },
): Promise<void> {
  await tx
    .updateTable('run')
    .set((eb) => ({
      state: end.error === null ? 'published' : 'failed',
      finished_at_ms: end.nowMs,
      error: end.error,
      created: eb('created', '+', end.counts.created),
      updated: eb('updated', '+', end.counts.updated),
      skipped: eb('skipped', '+', end.counts.skipped),
      deleted: eb('deleted', '+', end.counts.deleted),
      quarantined: eb('quarantined', '+', end.counts.quarantined),
      calls: eb('calls', '+', end.calls),
    }))
    .where('connection_id', '=', id)
    .where('number', '=', number)
    .execute();
}

export async function readCursors(reader: Reader, id: ConnectionId): Promise<Map<StreamName, StreamCursor>> {
  const rows = await reader.selectFrom('cursor').selectAll().where('connection_id', '=', id).execute();
  return new Map(
    rows.map((row) => [
      row.stream as StreamName,
      { value: row.value, finished: row.finished === 1, run: row.run },
    ]),
  );
}

type Row = Selectable<Schema['run']>;

function fromRow(row: Row): Run {
  return {
    number: row.number,
    mode: row.mode as Run['mode'],
    state: row.state as Run['state'],
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
  };
}
