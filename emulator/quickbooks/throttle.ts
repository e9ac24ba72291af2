/** 500 requests a minute and 10 a second for each realm, on the time that it is given. */
export class Throttle {
  readonly #recent = new Map<string, number[]>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether one more request of this realm is let through; it counts only if it is. */
  admit(realm: string): boolean {
    const now = this.#nowMs();
    const recent = (this.#recent.get(realm) ?? []).filter((at) => now - at < 60_000);
    this.#recent.set(realm, recent);
    const lastSecond = recent.filter((at) => now - at < 1000).length;
    if (recent.length >= 500 || lastSecond >= 10) return false;
    recent.push(now);
    return true;
  }
}
