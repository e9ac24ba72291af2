import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time, waiting and deadlines; handed in everywhere else. Instants are epoch ms UTC. */
export interface Clock {
  nowMs(): number;
  /** For durations and leases: goes forward even when the wall clock is set back. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms` of real time. */
  deadline(ms: number): AbortSignal;
  /**
   * Does `work` again and again, `ms` apart, never twice at once; it must not fail. Keeps no process alive. Returns
   * what stops it, which waits for the one under way.
   */
  every(ms: number, work: () => Promise<void>): () => Promise<void>;
}

/** A clock that a demo or a test can move to the time of the world that it lives in. */
export interface MovableClock extends Clock {
  setOffset(offsetMs: number): void;
}

/** The machine's clock, moved by an offset: 0 in real life, the emulated world's offset in a demo. */
export class SystemClock implements MovableClock {
  #offsetMs: number;

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(ms);
  }

  every(ms: number, work: () => Promise<void>): () => Promise<void> {
    let underWay: Promise<void> | null = null;
    const beat = (): void => {
      underWay ??= work().finally(() => (underWay = null));
    };
    const timer = setInterval(beat, ms);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await underWay;
    };
  }

  /** The demo moves the world's clock and then its own. */
  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }
}
