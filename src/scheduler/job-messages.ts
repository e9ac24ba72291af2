import type { Config } from '../config.ts';
import type { ConnectionId, SyncForecast } from '../domain/index.ts';
import type { SyncProgress } from '../mirror/index.ts';
import type { Job, JobOutcome } from './job.ts';

/**
 * What the scheduler tells its process. The settings go over the pipe, not on the command line and not through the
 * environment, where others could read the secrets among them.
 */
export type ToWorker =
  | { type: 'settings'; config: Config }
  /** `offsetMs`: how far the product's clock is ahead of the machine's, for worlds whose clock is moved. */
  | { type: 'job'; number: number; job: Job; offsetMs: number };

/** What the process tells the scheduler. */
export type FromWorker =
  | { type: 'progress'; id: ConnectionId; progress: SyncProgress }
  | { type: 'forecast'; id: ConnectionId; forecast: SyncForecast }
  | { type: 'outcome'; number: number; outcome: JobOutcome };
