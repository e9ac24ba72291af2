import { createApp, type App } from '../app.ts';
import type { FromWorker, ToWorker } from './job-messages.ts';
import { doJob, type JobOutcome } from './job.ts';

/**
 * The life of a child process of the scheduler: does the jobs that it is sent, all at once, and ends when its parent
 * lets go of it. SIGTERM, SIGINT and the parent's own end stop it after the page or effect that each job is at.
 */
export function workForParent(): void {
  const stop = new AbortController();
  let app: App | null = null;
  let underWay = 0;
  const end = (): void => {
    if (underWay > 0 || process.connected) return;
    void app?.close();
    app = null;
  };
  const halt = (): void => stop.abort();
  process.on('SIGTERM', halt).on('SIGINT', halt);
  process.once('disconnect', () => {
    // The parent lets go when nothing is under way; if something is, the parent is dead.
    halt();
    end();
  });
  process.on('message', (message: ToWorker) => {
    if (message.type === 'settings') {
      app = createApp(message.config, { doesJobs: true });
      return;
    }
    const open = app;
    if (open === null) return;
    open.clock.setOffset(message.offsetMs);
    underWay += 1;
    void work(open, message, stop.signal)
      .then((outcome) => tell({ type: 'outcome', number: message.number, outcome }))
      .finally(() => {
        underWay -= 1;
        end();
      });
  });
}

function work(app: App, message: ToWorker & { type: 'job' }, stop: AbortSignal): Promise<JobOutcome> {
  if (stop.aborted) return Promise.resolve({ state: 'stopped' });
  return doJob(app, message.job, stop, {
    onProgress: (id, progress) => tell({ type: 'progress', id, progress }),
    onForecast: (id, forecast) => tell({ type: 'forecast', id, forecast }),
  });
}

/** The parent may be gone: what is under way is then brought to its end all the same. */
function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, () => undefined);
}
