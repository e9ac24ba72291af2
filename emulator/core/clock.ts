/** The world's one clock: real time plus an offset, so that it ticks, can be set, and is kept with the state. */
export class WorldClock {
  #offsetMs: number;

  constructor(worldNowMs: number) {
    this.#offsetMs = worldNowMs - Date.now();
  }

  /** World time, epoch ms UTC. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the world to another instant; tokens, headers and update times follow. */
  set(worldNowMs: number): void {
    this.#offsetMs = worldNowMs - Date.now();
  }

  /** What a product on this machine must add to its own clock to live in this world. */
  offsetMs(): number {
    return this.#offsetMs;
  }
}
