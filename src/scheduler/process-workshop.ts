import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { App } from '../app.ts';
import { childEnvironment } from '../config.ts';
import { AtOnce, CODE_CACHE, SystemClock } from '../lib/index.ts';
import type { FromWorker, ToWorker } from './job-messages.ts';
import { JOBS_AT_ONCE, type Job, type JobListener, type JobOutcome } from './job.ts';
import type { Workshop } from './workshop.ts';

/**
 * Memory of a child. A sync holds a page at a time: nearly everything that it makes is garbage at once, and a small
 * young generation keeps that from spreading (8 MB would save a third of the time for collecting, a twentieth of all,
 * and cost 30 MB; 1 MB costs more and saves nothing). The old one is bounded so that a night which eats memory ends by
 * itself before the machine has none left; judging 50,000 customers with a million invoices needs some 150 MB of it.
 */
export const MEMORY_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=1024'];
/** After SIGTERM a job has this long to come to the end of its page; service managers wait ten seconds or more. */
const STOP_WITHIN_MS = 6_000;

/** More would wait for each other's commits: one process at a time writes. */
const PROCESSES_MAX = 4;

/**
 * Does jobs in child processes: one, and one more for each night beside another, as long as the machine has cores for
 * them. A process is started when there is something to do and ends when it has nothing left. However it ends (a
 * crash, kill -9, no memory), this process lives, the jobs that it had come back as 'lost', and the others go on.
 */
export class ProcessWorkshop implements Workshop {
  readonly #app: App;
  readonly #listener: JobListener;
  readonly #processes: number;
  readonly #room = new AtOnce(JOBS_AT_ONCE);
  readonly #children = new Set<Child>();
  #stopping = false;

  /** `processes`: at most so many; as many as the machine has cores, up to four, unless given. */
  constructor(
    app: App,
    listener: JobListener = {},
    processes = Math.min(availableParallelism(), PROCESSES_MAX),
  ) {
    this.#app = app;
    this.#listener = listener;
    this.#processes = processes;
  }

  do(job: Job): Promise<JobOutcome> {
    return this.#room.run(() =>
      this.#stopping
        ? Promise.resolve({ state: 'stopped' })
        : this.#childFor(job).do(job, this.#app.clock.nowMs()),
    );
  }

  /** Every child has something to do: one without is let go. */
  #childFor({ kind }: Job): Child {
    const [idlest] = [...this.#children].sort((one, two) => one.load - two.load);
    if (idlest === undefined) return this.#start();
    // A dispatch is short: a process would take longer to start than it.
    return kind === 'night' && this.#children.size < this.#processes ? this.#start() : idlest;
  }

  #start(): Child {
    const child = new Child(this.#app, this.#listener, () => void this.#children.delete(child));
    this.#children.add(child);
    return child;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const deadline = this.#app.clock.deadline(STOP_WITHIN_MS);
    await Promise.all([...this.#children].map((child) => child.stop(deadline)));
  }
}

/** One child process. */
class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, (outcome: JobOutcome) => void>();
  readonly #onEmpty: () => void;
  #numbers = 0;

  /** `onEmpty`: it takes no more jobs, because it had none left and was let go, or because it ended. */
  constructor(app: App, listener: JobListener, onEmpty: () => void) {
    this.#onEmpty = onEmpty;
    this.#process = fork(fileURLToPath(new URL('./job-process-main.ts', import.meta.url)), [], {
      execArgv: ['--disable-warning=ExperimentalWarning', ...MEMORY_FLAGS],
      // Set from outside, the cache serves the entry too: Node's TypeScript compiler then stays unloaded (16 MB).
      env: { ...childEnvironment(), NODE_COMPILE_CACHE: CODE_CACHE },
      // Its log goes where ours goes; stdout is for a command's answer.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    giveWay(this.#process.pid);
    this.#ended = once(this.#process, 'exit');
    this.#process.on('message', (message) => this.#take(message as FromWorker, listener));
    this.#process.once('exit', (code, signal) => this.#lose(describeEnd(code, signal)));
    this.#process.once('error', (error) => this.#lose(`it could not be started: ${error.message}`));
    this.#tell({ type: 'settings', config: app.config });
  }

  /** Jobs that it has not done yet. */
  get load(): number {
    return this.#waiting.size;
  }

  do(job: Job, nowMs: number): Promise<JobOutcome> {
    const number = (this.#numbers += 1);
    const outcome = new Promise<JobOutcome>((resolve) => this.#waiting.set(number, resolve));
    const offsetMs = Math.round(nowMs - new SystemClock().nowMs());
    this.#tell({ type: 'job', number, job, offsetMs });
    return outcome;
  }

  /** Asks it to end and, when the time is up, ends it. That is safe: every step of a night survives a kill. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#process.kill('SIGTERM');
    const kill = (): void => void this.#process.kill('SIGKILL');
    if (deadline.aborted) kill();
    else deadline.addEventListener('abort', kill, { once: true });
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.#ended;
    deadline.removeEventListener('abort', kill);
  }

  #take(message: FromWorker, listener: JobListener): void {
    if (message.type === 'progress') return listener.onProgress?.(message.id, message.progress);
    if (message.type === 'forecast') return listener.onForecast?.(message.id, message.forecast);
    const resolve = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    if (this.#waiting.size === 0) this.#letGo();
    resolve?.(message.outcome);
  }

  /** With nobody at the other end of its pipe it ends by itself. */
  #letGo(): void {
    this.#onEmpty();
    if (this.#process.connected) this.#process.disconnect();
  }

  #lose(message: string): void {
    this.#onEmpty();
    for (const resolve of this.#waiting.values()) resolve({ state: 'lost', message });
    this.#waiting.clear();
  }

  #tell(message: ToWorker): void {
    // What cannot be told any more is lost with the process.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }
}

/** On a busy machine pages go first. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not everywhere may a process do that, or it has ended already: then it works as it is.
  }
}

const describeEnd = (code: number | null, signal: string | null): string =>
  signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
