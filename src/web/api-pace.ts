import type { Clock } from '../lib/index.ts';

/** So many requests a second does a key have in the long run … */
const PER_SECOND = 100;
/** … and so many at once after a rest. */
const BURST = 300;
/** Keys that are remembered; nobody has so many. */
const KEYS_MAX = 1_000;

/** Keeps one key from taking all of the server's time. */
export class ApiPace {
  readonly #clock: Clock;
  readonly #left = new Map<string, { tokens: number; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when the request may be answered now, else the whole seconds after which one may. */
  waitSeconds(key: string): number {
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#left.get(key) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(BURST, kept.tokens + ((nowMs - kept.atMs) / 1000) * PER_SECOND);
    const isFree = tokens >= 1;
    this.#left.delete(key);
    this.#left.set(key, { tokens: isFree ? tokens - 1 : tokens, atMs: nowMs });
    if (this.#left.size > KEYS_MAX) this.#forgetOldest();
    return isFree ? 0 : 1;
  }

  #forgetOldest(): void {
    const [oldest] = this.#left.keys();
    if (oldest !== undefined) this.#left.delete(oldest);
  }
}
