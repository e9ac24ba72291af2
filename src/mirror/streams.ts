import { HoldfastError, type StreamName } from '../domain/index.ts';
import { readCursors, type StreamCursor } from './runs.ts';
import { emptyPage, rowsOf, type RunWork } from './run-work.ts';
import type { BalanceNotes } from './upsert.ts';

/**
 * Pulls the streams of a run that are not finished yet, and after a full run what changed meanwhile, from where each
 * stream ended: what is published is then of one moment, the run's end.
 */
export async function pullStreams(work: RunWork): Promise<void> {
  const { run, session } = work;
  await pullEach(work, session.streams(run.mode === 'full' ? 'full' : 'incremental'), false);
  if (run.mode !== 'full') return;
  await pullEach(work, session.streams('incremental'), true);
  await work.releaseNameless(null);
}

/** `again`: the closing delta of a full run. */
async function pullEach(work: RunWork, streams: StreamName[], again: boolean): Promise<void> {
  const { run, connection, store } = work;
  const cursors = await readCursors(store.reader, connection.id);
  const notes = notesFor(work, again);
  for (const stream of streams) {
    const cursor = cursors.get(stream);
    if (!again && cursor?.run === run.number && cursor.finished) continue;
    const start = again ? (cursor?.value ?? null) : startOf(work, stream, cursor);
    await pullStream(work, stream, start, notes).catch(async (error: unknown) => {
      // A full run is the remedy for a position that cannot be read: also for that of a list of changes.
      if (run.mode !== 'full' || start === null || !isBadCursor(error)) throw error;
      await pullStream(work, stream, null, notes);
    });
  }
}

async function pullStream(
  work: RunWork,
  stream: StreamName,
  start: string | null,
  notes: BalanceNotes | null,
): Promise<void> {
  let last = start;
  let rows = 0;
  for await (const page of work.session.pull({ stream, cursor: start, nowMs: work.clock.nowMs() })) {
    await work.savePage(page, { stream, finished: false }, notes);
    last = page.cursor;
    rows += rowsOf(page);
    work.onProgress({ stream, rows, totalRows: page.totalRows });
  }
  if (last !== null) await work.savePage(emptyPage(last), { stream, finished: true }, null);
}

/**
 * A full run begins its lists at the beginning, unless it is being resumed; an incremental one where the last one
 * ended. A list of changes is always gone on with: nothing else tells of what was deleted since.
 */
function startOf({ run }: RunWork, stream: StreamName, cursor: StreamCursor | undefined): string | null {
  if (cursor === undefined) return null;
  const goesOn = run.mode === 'incremental' || cursor.run === run.number || stream === 'changes';
  return goesOn ? cursor.value : null;
}

/** The first reading of everything brings every balance itself; later readings say whose must be read again. */
function notesFor({ run }: RunWork, again: boolean): BalanceNotes | null {
  if (run.mode !== 'full') return { sinceMs: Infinity };
  return again ? { sinceMs: run.startedAtMs } : null;
}

const isBadCursor = (error: unknown): boolean =>
  error instanceof HoldfastError && error.code === 'BAD_CURSOR';
