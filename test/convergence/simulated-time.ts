import type { WorldClock } from '../../emulator/core/clock.ts';
import type { MovableClock } from '../../src/lib/index.ts';

interface Sleeper {
  atMs: number;
  wake: () => void;
}

interface Deadline {
  atMs: number;
  controller: AbortController;
}

interface Beat {
  everyMs: number;
  nextMs: number;
  run: () => void;
}

/**
 * Time that passes because somebody sleeps or moves it, never by itself. The world's clock stands still meanwhile;
 * sleepers wake in their order, one per turn of the event loop, and the world is then at their instant.
 */
export class SimulatedTime {
  readonly #world: WorldClock;
  readonly #startMs: number;
  #sleepers: Sleeper[] = [];
  #deadlines: Deadline[] = [];
  #beats: Beat[] = [];
  #pumping = false;

  constructor(world: WorldClock, startMs: number) {
    world.freeze(startMs);
    this.#world = world;
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#world.nowMs();
  }

  /** Since the run began. */
  passedMs(): number {
    return this.nowMs() - this.#startMs;
  }

  /** Lets time pass for everybody at once; deadlines that lie in between fire. */
  pass(ms: number): void {
    this.#moveTo(this.nowMs() + Math.max(0, Math.ceil(ms)));
  }

  /** Waits until the world has come so far. */
  async sleep(ms: number): Promise<void> {
    await new Promise<void>((wake) => {
      this.#sleepers.push({ atMs: this.nowMs() + Math.max(0, Math.ceil(ms)), wake });
      this.#pump();
    });
  }

  /** Aborts once the world has come so far. Nobody waits for that: time passes by sleeping only. */
  deadline(ms: number): AbortSignal {
    const controller = new AbortController();
    this.#deadlines.push({ atMs: this.nowMs() + ms, controller });
    return controller.signal;
  }

  /** Does `run` whenever time has passed an interval (once, however many it passed). Returns what ends it. */
  every(ms: number, run: () => void): () => void {
    const beat: Beat = { everyMs: ms, nextMs: this.nowMs() + ms, run };
    this.#beats.push(beat);
    return () => {
      this.#beats = this.#beats.filter((one) => one !== beat);
    };
  }

  /** Forgets deadlines: those of calls that are over would only be carried along. */
  forgetDeadlines(): void {
    this.#deadlines = [];
  }

  #moveTo(nowMs: number): void {
    if (nowMs > this.nowMs()) this.#world.set(nowMs);
    for (const beat of this.#beats.filter((one) => one.nextMs <= nowMs)) {
      beat.nextMs = nowMs + beat.everyMs;
      beat.run();
    }
    const due = this.#deadlines.filter((one) => one.atMs <= nowMs);
    if (due.length === 0) return;
    this.#deadlines = this.#deadlines.filter((one) => one.atMs > nowMs);
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    for (const { controller } of due) controller.abort(reason);
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const next = this.#sleepers.reduce((first, one) => (one.atMs < first.atMs ? one : first));
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#moveTo(next.atMs);
      next.wake();
      if (this.#sleepers.length > 0) this.#pump();
    });
  }
}

/** Waits that differ by the product's own jitter alone last equally long, so that a seed has one course. */
const STEPS_MS = [0, 100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000];

function stepOf(ms: number): number {
  return STEPS_MS.find((step) => ms <= step) ?? Math.ceil(ms / 60_000) * 60_000;
}

/** The product's clock in simulated time: wrong by `skewMs`, which may jump. */
export class ProductClock implements MovableClock {
  readonly #time: SimulatedTime;
  readonly #alive: () => boolean;
  skewMs = 0;

  /** `alive`: once false, whoever sleeps here never wakes, as in a process that is gone. */
  constructor(time: SimulatedTime, alive: () => boolean) {
    this.#time = time;
    this.#alive = alive;
  }

  nowMs(): number {
    return this.#time.nowMs() + this.skewMs;
  }

  monotonicMs(): number {
    return this.#time.passedMs();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.#time.sleep(stepOf(ms));
    if (!this.#alive()) await new Promise(() => undefined);
    signal?.throwIfAborted();
  }

  deadline(ms: number): AbortSignal {
    return this.#time.deadline(ms);
  }

  every(ms: number, work: () => Promise<void>): () => Promise<void> {
    let underWay: Promise<void> | null = null;
    const stop = this.#time.every(ms, () => {
      if (this.#alive()) underWay ??= work().finally(() => (underWay = null));
    });
    return async () => {
      stop();
      await underWay;
    };
  }

  setOffset(): void {
    throw new Error('this clock is moved by the simulation alone');
  }
}
