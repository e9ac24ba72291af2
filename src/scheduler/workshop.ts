import type { App } from '../app.ts';
import { AtOnce } from '../lib/index.ts';
import { doJob, type Job, type JobListener, type JobOutcome } from './job.ts';

/** Where jobs are done. */
export interface Workshop {
  /** Does a job when there is room for it. Never rejects. */
  do(job: Job): Promise<JobOutcome>;
  /** Takes on nothing new. What is under way is ended after the page or effect that it is at, or is waited for. */
  stop(): Promise<void>;
}

/** Does jobs in this process, one after the other, and each to its end. For tests and small tools. */
export class OwnWorkshop implements Workshop {
  readonly #app: App;
  readonly #listener: JobListener;
  readonly #room = new AtOnce(1);
  readonly #never = new AbortController().signal;
  #stopping = false;

  constructor(app: App, listener: JobListener = {}) {
    this.#app = app;
    this.#listener = listener;
  }

  do(job: Job): Promise<JobOutcome> {
    return this.#room.run(() =>
      this.#stopping
        ? Promise.resolve({ state: 'stopped' })
        : doJob(this.#app, job, this.#never, this.#listener),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#room.run(() => Promise.resolve());
  }
}
