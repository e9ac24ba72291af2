import { HoldfastError } from '../../src/domain/index.ts';
import type { CallBudget, SessionContext } from '../../src/domain/index.ts';
import { randomId, type Clock } from '../../src/lib/index.ts';
import { CallCounts, type LimiterRules, type Remaining } from './call-counts.ts';

export type { LimiterRules, Remaining } from './call-counts.ts';

/** Gives a place back, with what the reply's headers said is left. */
export type Release = (left?: Remaining) => Promise<void>;

/** How often places that other processes hold are looked at again. */
const LOOK_MS = 200;
/** Beyond a call's own deadline, until a place whose process was killed is free again. */
const GRACE_MS = 10_000;
/** How long a place is kept when nobody says how long its call may take. */
const PLACE_MS = 120_000;

/**
 * Keeps one company's calls under its platform's limits, whoever makes them: the counts live in the budget, which
 * all processes share, and calls of this process wait in one queue, first come first served.
 */
export class Limiter {
  readonly #rules: LimiterRules;
  #budget: CallBudget;
  /** Counts from before they were shared, until they are put with the others'. */
  #carried: string | null = null;
  readonly #owner = randomId(6);
  readonly #turns = new Turns();
  #made = 0;
  #running = 0;
  #onRelease: (() => void) | null = null;
  #shared: boolean;

  constructor(rules: LimiterRules, budget?: CallBudget) {
    this.#rules = rules;
    this.#budget = budget ?? new MemoryBudget();
    this.#shared = budget !== undefined;
  }

  /** Counts with all other processes from now on; what was counted alone so far goes along. */
  share(budget: CallBudget): void {
    if (this.#shared) return;
    this.#carried = this.#budget instanceof MemoryBudget ? this.#budget.saved : null;
    this.#budget = budget;
    this.#shared = true;
  }

  /**
   * Waits for a place and counts the call. `reserve`: calls of the day to leave for others; `forMs`: how long the call
   * can take at most. Throws PLATFORM_DAY_LIMIT or PLATFORM_RATE_LIMITED (sent 'no') where waiting would take too
   * long, CANCELLED when the signal fires.
   */
  async acquire(clock: Clock, signal?: AbortSignal, reserve = 0, forMs = PLACE_MS): Promise<Release> {
    const id = `${this.#owner}.${(this.#made += 1)}`;
    await this.#turns.take(signal);
    try {
      for (;;) {
        stopIfAborted(signal);
        const answer = await this.#ask(clock.nowMs(), id, reserve, forMs);
        if (answer === 'granted') break;
        await this.#wait(clock, answer, signal);
      }
    } finally {
      this.#turns.next();
    }
    this.#running += 1;
    return (left) => this.#release(id, clock, left);
  }

  /** Calls left today after a reserve; null = no limit known. */
  async dayLeft(nowMs: number, reserve = 0): Promise<number | null> {
    const left = await this.#change((counts) => counts.dayLeft(nowMs));
    return left === Infinity ? null : Math.max(0, left - reserve);
  }

  /** Nothing starts for so long (Retry-After): an hour at most, then the platform is asked again. */
  async pause(restMs: number, nowMs: number): Promise<void> {
    await this.#change((counts) => counts.pauseUntil(nowMs + restMs, nowMs));
  }

  /** The platform said that today's calls are used up, and perhaps when there will be others. */
  async endDay(restMs: number | null, nowMs: number): Promise<void> {
    await this.#change((counts) => counts.endDay(restMs === null ? null : nowMs + restMs, nowMs));
  }

  #ask(nowMs: number, id: string, reserve: number, forMs: number): Promise<'granted' | Wait> {
    return this.#change((counts) => {
      const elsewhere = counts.slotsOfOthers(this.#owner, nowMs);
      const waitMs = counts.waitMs(nowMs, reserve);
      if (this.#running + elsewhere >= this.#rules.concurrent) return { elsewhere };
      if (waitMs > 0) return { waitMs };
      counts.count(nowMs);
      counts.takeSlot(id, nowMs + forMs + GRACE_MS);
      return 'granted';
    });
  }

  /** Until time has passed, a place of ours is given back, or it is worth looking at those of others again. */
  async #wait(clock: Clock, wait: Wait, signal: AbortSignal | undefined): Promise<void> {
    if (wait.waitMs !== undefined) return sleep(clock, wait.waitMs, signal);
    if (wait.elsewhere > 0) return sleep(clock, LOOK_MS, signal);
    if (this.#running < this.#rules.concurrent) return;
    await abortable(signal, (done) => {
      this.#onRelease = done;
      return () => undefined;
    });
  }

  async #release(id: string, clock: Clock, left?: Remaining): Promise<void> {
    this.#running -= 1;
    this.#onRelease?.();
    await this.#change((counts) => {
      counts.freeSlot(id);
      if (left !== undefined) counts.seed(left, clock.nowMs());
    });
  }

  #change<T>(work: (counts: CallCounts) => T): Promise<T> {
    const carried = this.#carried;
    this.#carried = null;
    return this.#budget.change((saved) => {
      const counts = new CallCounts(this.#rules, saved);
      if (carried !== null) counts.add(carried);
      const result = work(counts);
      return { state: counts.save(), result };
    });
  }
}

/** The limiter that all sessions of one company have in common; it shares its counts as soon as one brings a budget. */
export function limiterOf(
  known: Map<string, Limiter>,
  context: Pick<SessionContext, 'companyId' | 'budget'>,
  rules: LimiterRules,
): Limiter {
  const limiter = known.get(context.companyId) ?? new Limiter(rules, context.budget);
  known.set(context.companyId, limiter);
  if (context.budget !== undefined) limiter.share(context.budget);
  return limiter;
}

type Wait = { waitMs: number; elsewhere?: undefined } | { waitMs?: undefined; elsewhere: number };

/** Counts for this process alone. */
class MemoryBudget implements CallBudget {
  saved: string | null = null;

  async change<T>(work: (saved: string | null) => { state: string; result: T }): Promise<T> {
    const { state, result } = work(this.saved);
    this.saved = state;
    return Promise.resolve(result);
  }
}

/** A queue in which one at a time has its turn. */
class Turns {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** Resolves at this caller's turn. Throws CANCELLED and leaves the queue when the signal fires. */
  async take(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await abortable(signal, (done) => {
      this.#waiting.push(done);
      return () => void this.#waiting.splice(this.#waiting.indexOf(done), 1);
    });
  }

  next(): void {
    const following = this.#waiting.shift();
    if (following === undefined) this.#taken = false;
    else following();
  }
}

async function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    stopIfAborted(signal);
    throw error;
  });
}

/** A promise that `begin` fulfils by `done`, or the signal breaks; then what `begin` returned puts things right. */
function abortable(signal: AbortSignal | undefined, begin: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    stopIfAborted(signal);
    const undo = begin(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      undo();
      reject(stopped());
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw stopped();
}

function stopped(): HoldfastError {
  return new HoldfastError('CANCELLED', 'Stopped on request while waiting for a call.', {
    kind: 'state',
    retryable: true,
  });
}
