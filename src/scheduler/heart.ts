import type { App } from '../app.ts';
import { readLastNights } from '../decisions/index.ts';
import { HoldfastError, dayAt, type ConnectionId } from '../domain/index.ts';
import { readConnection, readConnections } from '../mirror/index.ts';
import { isNightUnderWay } from '../nightly.ts';
import { windowOf, type DispatchWindow } from '../reminders/index.ts';
import { dueRuns, type DueRuns } from './due-runs.ts';
import type { Job, JobOutcome } from './job.ts';
import { PastTries } from './past-tries.ts';
import type { Workshop } from './workshop.ts';

export interface HeartOptions {
  /** Asked before anything is begun; when it fails, nothing is. */
  mayBegin?: () => Promise<void>;
  /** Told of every outcome, e.g. to renew what is shown. */
  onOutcome?: (job: Job, outcome: JobOutcome) => void;
}

/** What a scheduler remembers between its ticks; everything that must outlive the process is in the database. */
export class Heart {
  readonly #app: App;
  readonly #workshop: Workshop;
  readonly #options: HeartOptions;
  readonly #tries = new PastTries();
  readonly #warned = new Set<ConnectionId>();
  /** Each connection does one thing after the other; connections do not wait for each other. */
  readonly #underWay = new Map<ConnectionId, Promise<void>>();
  #planning: Promise<void> | null = null;
  #stopping = false;

  constructor(app: App, workshop: Workshop, options: HeartOptions) {
    this.#app = app;
    this.#workshop = workshop;
    this.#options = options;
  }

  /** Begins what is due, and waits for all that is under way. */
  async tick(): Promise<void> {
    this.#planning ??= this.#begin()
      .catch((error: unknown) => this.#reportError('the scheduler could not look what is due', error))
      .finally(() => {
        this.#planning = null;
      });
    await this.#planning;
    await Promise.all(this.#underWay.values());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#planning;
    await this.#workshop.stop();
    await Promise.all(this.#underWay.values());
  }

  async #begin(): Promise<void> {
    if (this.#stopping) return;
    await this.#options.mayBegin?.();
    // What ends while we look is left for the next tick: we may have read its state from before.
    const busy = new Set(this.#underWay.keys());
    const { dispatches, nights, clockBehind } = await this.#look(busy);
    clockBehind.forEach((id) => this.#warnClockBehind(id));
    // Messages first: they are quick, and their window closes.
    const jobs: Job[] = [
      ...dispatches.map((id) => ({ kind: 'dispatch' as const, id })),
      ...nights.map((id) => ({ kind: 'night' as const, id })),
    ];
    const byConnection = Map.groupBy(jobs, (job) => job.id);
    for (const [id, some] of byConnection) if (!busy.has(id)) this.#start(id, some);
  }

  #start(id: ConnectionId, jobs: Job[]): void {
    const work = this.#doAll(jobs)
      .catch((error: unknown) => {
        this.#reportError('what came of a job could not be kept', error, id);
        return false;
      })
      .then((isLost) => {
        this.#underWay.delete(id);
        // Begun again at once, not at the next minute; how often is counted.
        if (isLost) void this.tick();
      });
    this.#underWay.set(id, work);
  }

  /** True when one of them was lost with its process. */
  async #doAll(jobs: Job[]): Promise<boolean> {
    let isLost = false;
    for (const job of jobs) {
      if (this.#stopping) break;
      if (job.kind === 'dispatch') this.#tries.dispatched(job.id, this.#app.clock.nowMs());
      const outcome = await this.#workshop.do(job);
      this.#log(job, outcome);
      if (job.kind === 'night') await this.#remember(job.id, outcome);
      this.#options.onOutcome?.(job, outcome);
      isLost ||= outcome.state === 'lost';
    }
    return isLost;
  }

  async #look(busy: ReadonlySet<ConnectionId>): Promise<DueRuns> {
    const { store, clock } = this.#app;
    const nights = await readLastNights(store.reader);
    const interrupted = new Set<ConnectionId>();
    for (const { connectionId, state } of nights) {
      if (state !== 'running' || busy.has(connectionId)) continue;
      if (!(await isNightUnderWay(this.#app, connectionId))) interrupted.add(connectionId);
    }
    const past = { nights, interrupted, ...this.#tries.known() };
    return dueRuns(clock.nowMs(), await readConnections(store.reader), past, this.#windows());
  }

  /** A policy that cannot be read sends nothing; the night then fails and says why. */
  #windows(): (timeZone: string) => DispatchWindow | null {
    try {
      const policy = this.#app.policy();
      return (timeZone) => windowOf(policy, timeZone);
    } catch {
      return () => null;
    }
  }

  async #remember(id: ConnectionId, outcome: JobOutcome): Promise<void> {
    if (outcome.state === 'done') this.#tries.succeeded(id);
    if (outcome.state !== 'failed' && outcome.state !== 'lost') return;
    const { store, clock } = this.#app;
    const nowMs = clock.nowMs();
    const day = dayAt(nowMs, (await readConnection(store.reader, id)).timeZone);
    if (outcome.state === 'failed') this.#tries.failed(id, day, nowMs);
    else this.#tries.lost(id, day, nowMs);
  }

  #log({ kind, id }: Job, outcome: JobOutcome): void {
    const { log } = this.#app;
    const what = kind === 'night' ? 'the night' : 'the dispatch';
    const isWorthALine = kind === 'night' || (outcome.state === 'done' && outcome.facts['effects'] !== 0);
    if (outcome.state === 'done' && isWorthALine)
      log.info({ connection: id, ...outcome.facts }, `${what} is done`);
    if (outcome.state === 'stopped') log.info({ connection: id }, `${what} was stopped; the next goes on`);
    if (outcome.state === 'lost')
      log.error({ connection: id, message: outcome.message }, `${what} was lost with its process`);
    if (outcome.state === 'failed') {
      const { errorCode, message } = outcome;
      log.error({ connection: id, errorCode, message }, `${what} failed`);
    }
  }

  #warnClockBehind(id: ConnectionId): void {
    if (this.#warned.has(id)) return;
    this.#warned.add(id);
    this.#app.log.warn(
      { connection: id },
      'the newest night lies in the future: the clock was set back; no night is run until it has caught up',
    );
  }

  /** Only what an error says of itself: its causes may carry requests, and requests carry secrets. */
  #reportError(what: string, error: unknown, connection?: ConnectionId): void {
    const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : String(error);
    this.#app.log.error({ connection, errorCode, message }, what);
  }
}
