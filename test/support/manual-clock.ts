import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/lib/index.ts';

/** A clock that stands still until a test moves it. Sleeping moves it, and lets others run meanwhile. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #beats = new Set<() => Promise<void>>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  async sleep(ms: number): Promise<void> {
    await nextTurn();
    this.advance(ms);
  }

  deadline(): AbortSignal {
    return new AbortController().signal;
  }

  /** Like a process that is suspended: nothing happens by itself, only when a test says `beat`. */
  every(_ms: number, work: () => Promise<void>): () => Promise<void> {
    this.#beats.add(work);
    return async () => void this.#beats.delete(work);
  }

  /** Everything that was to happen again and again happens once. */
  async beat(): Promise<void> {
    for (const work of this.#beats) await work();
  }

  /** Time passes. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock; what goes forward only goes on as before. */
  setWallClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}
