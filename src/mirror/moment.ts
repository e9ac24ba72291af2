import { HoldfastError, addDays, dayAt, instantAt, type Day } from '../domain/index.ts';
import type { Reader } from '../store/index.ts';
import type { Connection } from './connections.ts';
import {
  readFactsRun,
  readNewestNumber,
  readLastRun,
  readPublishedRun,
  readRun,
  readRunFinishedBefore,
  type Run,
} from './runs.ts';

/** A moment: the newest run of then (missing: by the day that is asked for), and until when the rest was known, epoch ms. */
export interface Moment {
  run?: number;
  knownAtMs: number;
}

/** What a day's figures rest on. */
export interface MirrorMoment extends Required<Moment> {
  /** For reading rows: null = the newest state, which is the run's; else the run. */
  stateRun: number | null;
  /** The end of the last pull (full or incremental) by then. */
  syncedAtMs: number;
  /** The day lies before what the run tells of: it is made from the dates of documents. */
  rebuilt: boolean;
}

/**
 * What the mirror held at the end of a day (in the organisation's zone): the newest published run, hinted or not, that
 * had finished by then. Days before the first sync are made from what the mirror holds now, and by what is known now.
 * With `moment` it is that run, whatever the day. Throws NOT_SYNCED before the first sync, SYNC_UNFINISHED for a day
 * on which the last pull was begun and is not published, RUN_UNKNOWN for a moment that never was.
 */
export async function readMirrorMoment(
  reader: Reader,
  connection: Connection,
  asOf: Day,
  moment?: Moment,
): Promise<MirrorMoment> {
  if (moment?.run !== undefined)
    return momentOf(reader, connection, asOf, await runOf(reader, connection, moment.run), moment.knownAtMs);
  const endMs = instantAt(addDays(asOf, 1), '00:00', connection.timeZone);
  await assertFinished(reader, connection, endMs);
  const run = await readRunFinishedBefore(reader, connection.id, endMs);
  if (run !== null) return momentOf(reader, connection, asOf, run, moment?.knownAtMs ?? endMs - 1);
  const newest = await readFactsRun(reader, connection.id);
  if (newest === null) throw notSynced(connection);
  return {
    ...(await momentOf(reader, connection, asOf, newest, moment?.knownAtMs ?? Infinity)),
    rebuilt: true,
  };
}

async function momentOf(
  reader: Reader,
  { id, timeZone }: Connection,
  asOf: Day,
  run: Run,
  knownAtMs: number,
): Promise<MirrorMoment> {
  const pull = await readPublishedRun(reader, id, run.number);
  return {
    run: run.number,
    knownAtMs,
    stateRun: (await readNewestNumber(reader, id)) > run.number ? run.number : null,
    syncedAtMs: pull?.finishedAtMs ?? run.finishedAtMs ?? 0,
    rebuilt: asOf < dayAt(run.finishedAtMs ?? 0, timeZone),
  };
}

async function runOf(reader: Reader, connection: Connection, number: number): Promise<Run> {
  const run = await readRun(reader, connection.id, number);
  if (run?.state === 'published') return run;
  throw new HoldfastError('RUN_UNKNOWN', `${named(connection)} has no finished sync run ${number}.`, {
    kind: 'state',
    hint: 'Ask for a day instead: its newest run is found by itself.',
  });
}

/** The last pull must be published: rows of a half-done one must never be taken for a whole. */
async function assertFinished(reader: Reader, connection: Connection, endMs: number): Promise<void> {
  const last = await readLastRun(reader, connection.id);
  if (last === null) throw notSynced(connection);
  if (last.state === 'published') return;
  if (last.startedAtMs >= endMs && (await readPublishedRun(reader, connection.id)) !== null) return;
  throw new HoldfastError(
    'SYNC_UNFINISHED',
    `Sync run ${last.number} of ${named(connection)} is ${last.state}: until one is finished there are no figures.`,
    { kind: 'state', hint: hintFor(connection) },
  );
}

function notSynced(connection: Connection): HoldfastError {
  const message = `${named(connection)} has never been synced.`;
  return new HoldfastError('NOT_SYNCED', message, { kind: 'state', hint: hintFor(connection) });
}

const named = ({ name, id }: Connection): string => `${name} (${id})`;
const hintFor = ({ id }: Connection): string => `Run \`holdfast sync ${id}\`.`;
