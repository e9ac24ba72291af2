import { performance } from 'node:perf_hooks';

/** 500 requests a minute and 10 a second, in real time, for each realm. */
export class Throttle {
  readonly #recent = new Map<string, number[]>();

  /** Whether one more request of this realm is let through; it counts only if it is. */
  admit(realm: string): boolean {
    const now = performance.now();
    const recent = (this.#recent.get(realm) ?? []).filter((at) => now - at < 60_000);
    this.#recent.set(realm, recent);
    const lastSecond = recent.filter((at) => now - at < 1000).length;
    if (recent.length >= 500 || lastSecond >= 10) return false;
    recent.push(now);
    return true;
  }
}
