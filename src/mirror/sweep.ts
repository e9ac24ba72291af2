import { PlatformError, type ConnectionId, type RowRef } from '../domain/index.ts';
import type { Reader } from '../store/index.ts';
import { countRows } from './ledger.ts';
import type { RunWork } from './run-work.ts';
import { SweepTable, type RowKind } from './sweep-table.ts';

/** 'due': daily, and so also after a month away, when platforms no longer tell what was deleted; 'now': at once. */
export type SweepChoice = 'due' | 'now' | 'never';

/** The last look through all ids of a platform. */
export interface Sweep {
  run: number;
  /** 0 = put off, and never finished yet. */
  finishedAtMs: number;
  checked: number;
  vanished: number;
  missed: number;
  /** '' or why it could not be trusted or was put off. */
  note: string;
}

const KINDS: readonly RowKind[] = ['customer', 'invoice', 'credit', 'payment'];
const EVERY_MS = 20 * 3_600_000;

const READ_AT_ONCE = 400;
/** Records of a kind asked for one by one in one sweep; the rest waits for the next. */
const READ_MAX = 4_000;
/** So many missing at once, and so large a share, are a fault of the list rather than of the books. */
const BELIEVED_MAX = 100;
const BELIEVED_SHARE = 0.2;
const SAMPLE = 200;

/** From so many calls on, what the day still allows is asked for first; at most half of it is spent. */
const ASK_FROM_CALLS = 30;

/** The last sweep of a connection, or that one was put off; null before the first. */
export async function readSweep(reader: Reader, id: ConnectionId): Promise<Sweep | null> {
  const row = await reader.selectFrom('sweep').selectAll().where('connection_id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  const { run, finished_at_ms: finishedAtMs, checked, vanished, missed, note } = row;
  return { run, finishedAtMs, checked, vanished, missed, note };
}

/**
 * Compares every id that the platform lists with the mirror, when that is due: what is here and not there is asked
 * for by its id and, when that confirms it, marked deleted; what is there and not here, or newer there, is read.
 */
export async function sweepWhenDue(work: RunWork, choice: SweepChoice): Promise<void> {
  if (!(await isDue(work, choice))) return;
  const tooDear = await whyTooDear(work);
  if (tooDear !== null) return putOff(work, tooDear);
  try {
    await sweep(work);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'PLATFORM_DAY_LIMIT') throw error;
    await putOff(work, "today's calls were used up half-way");
  }
}

async function isDue({ store, clock, connection, run }: RunWork, choice: SweepChoice): Promise<boolean> {
  if (choice !== 'due') return choice === 'now';
  const { reader } = store;
  const lastMs = (await readSweep(reader, connection.id))?.finishedAtMs ?? 0;
  // Before the first published run only what vanished while it was going on can be missing.
  const firstMs = (await firstPublishedMs(reader, connection.id)) ?? run.startedAtMs;
  const sinceMs = lastMs > 0 ? lastMs : firstMs;
  return clock.nowMs() - sinceMs >= EVERY_MS || sinceMs > clock.nowMs();
}

async function firstPublishedMs(reader: Reader, id: ConnectionId): Promise<number | null> {
  const row = await reader
    .selectFrom('run')
    .select('finished_at_ms')
    .where('connection_id', '=', id)
    .where('state', '=', 'published')
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
  return row?.finished_at_ms ?? null;
}

/** Why today's calls do not allow a sweep; null when they do, or when it is a small one. */
async function whyTooDear({ store, connection, session }: RunWork): Promise<string | null> {
  const rows = await countRows(store.reader, connection.id);
  const calls = [rows.customers, rows.invoices, rows.credits, rows.payments]
    .map((count) => Math.ceil(count / 1000) + 1)
    .reduce((sum, count) => sum + count, 0);
  if (calls < ASK_FROM_CALLS) return null;
  const { callsLeftToday } = await session.forecast();
  if (callsLeftToday === null || calls <= callsLeftToday / 2) return null;
  return `it would take about ${calls} calls, and ${callsLeftToday} are left today`;
}

async function sweep(work: RunWork): Promise<void> {
  const { store, clock, connection, run } = work;
  const table = new SweepTable(store, connection.id);
  const found = { checked: 0, vanished: 0, missed: 0 };
  const notes: string[] = [];
  try {
    await table.empty();
    for (const kind of KINDS) {
      for await (const stamps of work.session.listStamps(kind)) {
        await table.add(stamps);
        found.checked += stamps.length;
      }
      found.missed += await readMissed(work, table, kind, notes);
      if (table.nameless.has(kind)) {
        // One of them may be what seems to be missing.
        notes.push(`A ${kind} is listed without an id: while it is, no ${kind} is taken for deleted.`);
        continue;
      }
      found.vanished += await confirmVanished(work, table, kind, notes);
      // Only when all that lives here is listed there is the list whole, and no row without an id left on it.
      if ((await table.countUnlisted(kind)).unlisted === 0) await work.releaseNameless(kind);
    }
  } finally {
    await table.empty();
  }
  const note = notes.join(' ');
  await saveSweep(work, { run: run.number, finishedAtMs: clock.nowMs(), ...found, note });
}

/** Reads what is not here, or newer there. Returns how many rows that created or changed. */
async function readMissed(work: RunWork, table: SweepTable, kind: RowKind, notes: string[]): Promise<number> {
  const missed = await table.missed(kind, READ_MAX);
  if (missed.length === READ_MAX) notes.push(`More than ${READ_MAX} ${kind}s were missed: the rest is next.`);
  const before = work.counts.created + work.counts.updated;
  for (const batch of batches(missed)) await readAgain(work, batch);
  return work.counts.created + work.counts.updated - before;
}

/** Asks for those that are not listed any more. Returns how many of them the platform says are gone. */
async function confirmVanished(
  work: RunWork,
  table: SweepTable,
  kind: RowKind,
  notes: string[],
): Promise<number> {
  const { unlisted, alive } = await table.countUnlisted(kind);
  if (unlisted > BELIEVED_MAX && unlisted > alive * BELIEVED_SHARE) {
    notes.push(await doubt(work, table, kind, unlisted, alive));
    return 0;
  }
  const before = work.counts.deleted;
  const suspects = await table.unlisted(kind, READ_MAX);
  if (unlisted > suspects.length)
    notes.push(`${unlisted - suspects.length} missing ${kind}s are asked for next.`);
  for (const batch of batches(suspects)) await readAgain(work, batch);
  return work.counts.deleted - before;
}

/** Too many to be true: some are looked at, and nothing is deleted whatever the platform says of them. */
async function doubt(
  work: RunWork,
  table: SweepTable,
  kind: RowKind,
  unlisted: number,
  alive: number,
): Promise<string> {
  const sample = await table.unlisted(kind, SAMPLE);
  const page = await work.session.readRows(sample);
  await work.savePage({ ...page, deleted: [] }, null, null);
  return (
    `${unlisted} of ${alive} ${kind}s are missing from the platform's list (of ${sample.length} asked for by id, ` +
    `${page.deleted.length} are gone). That many are not believed: nothing was deleted.`
  );
}

async function readAgain(work: RunWork, rows: RowRef[]): Promise<void> {
  await work.savePage(await work.session.readRows(rows), null, { sinceMs: Infinity });
}

function batches(rows: RowRef[]): RowRef[][] {
  const count = Math.ceil(rows.length / READ_AT_ONCE);
  return Array.from({ length: count }, (_, at) => rows.slice(at * READ_AT_ONCE, (at + 1) * READ_AT_ONCE));
}

/** Keeps what the last finished one found, with why there is no newer one. */
async function putOff(work: RunWork, reason: string): Promise<void> {
  const last = await readSweep(work.store.reader, work.connection.id);
  const none = { run: work.run.number, finishedAtMs: 0, checked: 0, vanished: 0, missed: 0 };
  await saveSweep(work, { ...none, ...last, note: `The sweep was put off: ${reason}.` });
}

async function saveSweep({ store, connection }: RunWork, done: Sweep): Promise<void> {
  const { run, finishedAtMs, checked, vanished, missed, note } = done;
  const row = { run, finished_at_ms: finishedAtMs, checked, vanished, missed, note };
  await store.write((tx) =>
    tx
      .insertInto('sweep')
      .values({ connection_id: connection.id, ...row })
      .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(row))
      .execute(),
  );
}
