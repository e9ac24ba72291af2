import { setTimeout as delay } from 'node:timers/promises';
import type { WorldClock } from '../../emulator/core/clock.ts';
import type { MovableClock } from '../../src/lib/index.ts';

/** The product's clock in a frozen world: whoever sleeps moves the world on, so that no test waits. */
export class WorldTime implements MovableClock {
  /** Every sleep asked for, ms. */
  readonly sleptMs: number[] = [];
  /** How far this machine's clock is ahead of the platform's, ms. */
  skewMs = 0;
  /** Deadlines last at most this long in real time. */
  deadlineMs = 20_000;
  /** Whether the process hangs: nothing that should happen again and again does. */
  hangs = false;
  readonly #world: WorldClock;
  readonly #beats = new Set<{ everyMs: number; dueMs: number; work: () => Promise<void> }>();
  #passedMs = 0;

  constructor(world: WorldClock) {
    this.#world = world;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.skewMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#passedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleptMs.push(ms);
    this.pass(ms);
    await this.#beat();
    // Lets replies in other places arrive before whoever polls asks again.
    await delay(1);
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(Math.min(ms, this.deadlineMs));
  }

  /** Happens while somebody sleeps: time stands still otherwise. */
  every(everyMs: number, work: () => Promise<void>): () => Promise<void> {
    const beat = { everyMs, dueMs: this.#passedMs + everyMs, work };
    this.#beats.add(beat);
    return async () => void this.#beats.delete(beat);
  }

  async #beat(): Promise<void> {
    if (this.hangs) return;
    for (const beat of this.#beats) {
      if (beat.dueMs > this.#passedMs) continue;
      beat.dueMs = this.#passedMs + beat.everyMs;
      await beat.work();
    }
  }

  setOffset(): void {
    // The world's own clock leads.
  }

  /** Time passes for the world and the product. */
  pass(ms: number): void {
    this.#passedMs += ms;
    this.#world.set(this.#world.nowMs() + ms);
  }
}
