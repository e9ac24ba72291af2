import type { App } from '../app.ts';
import { HoldfastError, type ConnectionId, type SyncForecast } from '../domain/index.ts';
import { readConnection, type SyncProgress } from '../mirror/index.ts';
import { assertGoOn, countFlags, isStopped, runNight } from '../nightly.ts';
import { dispatch, type IntentKind } from '../outbox/index.ts';

const ALL_KINDS: readonly IntentKind[] = ['hold.place', 'hold.release', 'note', 'reminder'];

/** Platforms count calls per company, so companies need not wait for each other; memory sets the bound. */
export const JOBS_AT_ONCE = 10;

/** What the scheduler has done: the night or the dispatch of one connection. */
export interface Job {
  kind: 'night' | 'dispatch';
  id: ConnectionId;
}

/** What came of a job. Plain data, so that it can come from another process. */
export type JobOutcome =
  /** `facts` are for the log. */
  | { state: 'done'; facts: Record<string, string | number> }
  /** Another process is at it. */
  | { state: 'busy' }
  /** It was asked to end, and goes on where it stopped the next time. */
  | { state: 'stopped' }
  | { state: 'failed'; errorCode: string; message: string }
  /** The process that did it ended without a word: killed, or out of memory. */
  | { state: 'lost'; message: string };

/** What a job tells while it goes on. */
export interface JobListener {
  onProgress?: (id: ConnectionId, progress: SyncProgress) => void;
  onForecast?: (id: ConnectionId, forecast: SyncForecast) => void;
}

/** Does a job; every error becomes an outcome. `stop` ends it after the page or the effect that it is at. */
export async function doJob(
  app: App,
  job: Job,
  stop: AbortSignal,
  listener: JobListener = {},
): Promise<JobOutcome> {
  try {
    const facts = job.kind === 'night' ? await night(app, job, stop, listener) : await send(app, job, stop);
    return { state: 'done', facts };
  } catch (error) {
    return outcomeOf(error);
  }
}

async function night(app: App, { id }: Job, stop: AbortSignal, listener: JobListener) {
  const { asOf, judgement } = await runNight(app, id, {
    stop,
    onProgress: (progress) => listener.onProgress?.(id, progress),
    ...(listener.onForecast === undefined
      ? {}
      : { onForecast: (forecast) => listener.onForecast?.(id, forecast) }),
  });
  return { asOf, flags: countFlags(judgement) };
}

async function send(app: App, { id }: Job, stop: AbortSignal) {
  assertGoOn(stop);
  const connection = await readConnection(app.store.reader, id);
  const options = { kinds: ALL_KINDS, onProgress: () => assertGoOn(stop) };
  const { lines } = await dispatch(app.outbox(), connection, options);
  return { effects: lines.length };
}

/** Only what an error says of itself: its causes may carry requests, and requests carry secrets. */
function outcomeOf(error: unknown): JobOutcome {
  if (isStopped(error)) return { state: 'stopped' };
  const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
  if (errorCode === 'LEASE_TAKEN') return { state: 'busy' };
  return { state: 'failed', errorCode, message: error instanceof Error ? error.message : String(error) };
}
