import { createTask } from 'node-cron';
import type { App } from '../app.ts';
import { readLastNights } from '../decisions/index.ts';
import { HoldfastError, dayAt, type ConnectionId } from '../domain/index.ts';
import { readConnection, readConnections } from '../mirror/index.ts';
import { runNight } from '../nightly.ts';
import { dispatch } from '../outbox/index.ts';
import { windowOf, type DispatchWindow } from '../reminders/index.ts';
import { dueRuns, type DueRuns, type FailedNights } from './due-runs.ts';

export {
  dueRuns,
  type DueRuns,
  type FailedNights,
  type PastRuns,
  type ScheduledConnection,
} from './due-runs.ts';

/** The scheduler while it runs. */
export interface Scheduler {
  /** Does what is due now. A tick that is under way is waited for, never overtaken by another. */
  tick(): Promise<void>;
  /** Begins nothing new and waits for the work under way. */
  stop(): Promise<void>;
}

/** Runs nights and dispatch windows of all connections when they are due, looking once a minute. */
export function startScheduler(app: App): Scheduler {
  const heart = new Heart(app);
  // The heartbeat is the machine's minute; what is due is decided by the injected clock and each organisation's zone.
  const task = createTask('* * * * *', () => heart.tick(), { noOverlap: true, suppressMissedWarning: true });
  void task.start();
  return {
    tick: () => heart.tick(),
    stop: async () => {
      await task.destroy();
      await heart.stop();
    },
  };
}

/** What a scheduler remembers between its ticks; everything that must outlive the process is in the database. */
class Heart {
  readonly #app: App;
  readonly #failures = new Map<ConnectionId, FailedNights>();
  readonly #dispatchedAtMs = new Map<ConnectionId, number>();
  readonly #warned = new Set<ConnectionId>();
  #underWay: Promise<void> | null = null;
  #stopping = false;

  constructor(app: App) {
    this.#app = app;
  }

  tick(): Promise<void> {
    this.#underWay ??= this.#work()
      .catch((error: unknown) => this.#report('the scheduler could not look what is due', error))
      .finally(() => {
        this.#underWay = null;
      });
    return this.#underWay;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#underWay;
  }

  /** Messages first: they are quick, and their window closes. Then the nights, one at a time. */
  async #work(): Promise<void> {
    const { dispatches, clockBehind } = await this.#plan();
    clockBehind.forEach((id) => this.#warnClockBehind(id));
    for (const id of dispatches) if (!this.#stopping) await this.#dispatch(id);
    const tried = new Set<ConnectionId>();
    while (!this.#stopping) {
      // Asked anew each time: a night may last long, and another process may have run the next one meanwhile.
      const next = (await this.#plan()).nights.find((id) => !tried.has(id));
      if (next === undefined) return;
      tried.add(next);
      await this.#night(next);
    }
  }

  async #plan(): Promise<DueRuns> {
    const { store, clock } = this.#app;
    const past = {
      nights: await readLastNights(store.reader),
      failures: this.#failures,
      dispatchedAtMs: this.#dispatchedAtMs,
    };
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

  async #dispatch(id: ConnectionId): Promise<void> {
    const { store, clock, log } = this.#app;
    this.#dispatchedAtMs.set(id, clock.nowMs());
    try {
      const connection = await readConnection(store.reader, id);
      const { lines } = await dispatch(this.#app.outbox(), connection, {
        kinds: ['hold.place', 'hold.release', 'note', 'reminder'],
      });
      if (lines.length > 0) log.info({ connection: id, effects: lines.length }, 'dispatched');
    } catch (error) {
      this.#report('the dispatch failed', error, id);
    }
  }

  async #night(id: ConnectionId): Promise<void> {
    try {
      const { asOf, judgement } = await runNight(this.#app, id);
      this.#failures.delete(id);
      this.#app.log.info({ connection: id, asOf, flags: judgement.flags.length }, 'the night is done');
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'LEASE_TAKEN') return;
      this.#report('the night failed', error, id);
      await this.#countFailure(id);
    }
  }

  async #countFailure(id: ConnectionId): Promise<void> {
    const { store, clock } = this.#app;
    const lastAtMs = clock.nowMs();
    const day = dayAt(lastAtMs, (await readConnection(store.reader, id)).timeZone);
    const before = this.#failures.get(id);
    this.#failures.set(id, { day, count: before?.day === day ? before.count + 1 : 1, lastAtMs });
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
  #report(what: string, error: unknown, connection?: ConnectionId): void {
    const code = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : String(error);
    this.#app.log.error({ connection, errorCode: code, message }, what);
  }
}
