import { setTimeout } from 'node:timers/promises';

/** Waits for some milliseconds. */
export type Sleep = (ms: number) => Promise<void>;

/** Waits in real time, without keeping the process alive. */
export const realSleep: Sleep = (ms) => setTimeout(ms, undefined, { ref: false });

/** The world's one clock: real time plus an offset, so that it ticks, can be set, and is kept with the state. */
export class WorldClock {
  #offsetMs: number;
  #frozenMs: number | undefined;

  constructor(worldNowMs: number) {
    this.#offsetMs = worldNowMs - Date.now();
  }

  /** World time, epoch ms UTC. */
  nowMs(): number {
    return this.#frozenMs ?? Date.now() + this.#offsetMs;
  }

  /** Moves the world to another instant; tokens, headers and update times follow. */
  set(worldNowMs: number): void {
    if (this.#frozenMs !== undefined) this.#frozenMs = worldNowMs;
    this.#offsetMs = worldNowMs - Date.now();
  }

  /** What a product on this machine must add to its own clock to live in this world. */
  offsetMs(): number {
    return this.#frozenMs === undefined ? this.#offsetMs : this.#frozenMs - Date.now();
  }

  /** Lets time stand still but for `set`, so that a seeded run is the same every time. */
  freeze(atMs = this.nowMs()): void {
    this.#frozenMs = atMs;
  }
}
