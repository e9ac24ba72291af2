import { createTask } from 'node-cron';
import type { App } from '../app.ts';
import { Heart, type HeartOptions } from './heart.ts';
import { OwnWorkshop, type Workshop } from './workshop.ts';

export {
  dueRuns,
  type DueRuns,
  type FailedNights,
  type PastRuns,
  type ScheduledConnection,
} from './due-runs.ts';
export { startNoticeKeeper, type NoticeKeeper, type NoticeKeeperOptions } from './notice-keeper.ts';
export { postHeldOnce, startHeldKeeper, type HeldKeeper } from './held-keeper.ts';
export { LiveSyncs } from './live-syncs.ts';
export { PastTries } from './past-tries.ts';
export { MEMORY_FLAGS, ProcessWorkshop } from './process-workshop.ts';
export { JOBS_AT_ONCE, type Job, type JobListener, type JobOutcome } from './job.ts';
export { OwnWorkshop, type Workshop } from './workshop.ts';

/** The scheduler while it runs. */
export interface Scheduler {
  /** Begins what is due now and is not under way, and waits for all that is. */
  tick(): Promise<void>;
  /** Begins nothing new; what is under way is ended after its page or effect, or waited for, as the workshop does. */
  stop(): Promise<void>;
}

export interface SchedulerOptions extends HeartOptions {
  /** Where nights and dispatches are done; in this process, one after the other, unless given. */
  workshop?: Workshop;
}

/** Runs nights and dispatch windows of all connections when they are due, looking once a minute. */
export function startScheduler(app: App, options: SchedulerOptions = {}): Scheduler {
  const heart = new Heart(app, options.workshop ?? new OwnWorkshop(app), options);
  // The heartbeat is the machine's minute; what is due is decided by the injected clock and each organisation's zone.
  const task = createTask('* * * * *', () => heart.tick(), { suppressMissedWarning: true });
  void task.start();
  return {
    tick: () => heart.tick(),
    stop: async () => {
      await task.destroy();
      await heart.stop();
    },
  };
}
