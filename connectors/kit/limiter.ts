import { PlatformError } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';

/** A platform's limits for one company; null = none known. */
export interface LimiterRules {
  perSecond: number | null;
  perMinute: number;
  perDay: number | null;
  concurrent: number;
}

/** What must survive a restart for the limits to hold across processes. Instants are epoch ms. */
export interface LimiterState {
  /** Starts of the calls of the last minute, oldest first. */
  startsMs: number[];
  /** UTC day ('YYYY-MM-DD') of `dayCount`. */
  day: string;
  dayCount: number;
}

/** What the platform says is left (Xero's X-MinLimit-Remaining and X-DayLimit-Remaining). */
export interface Remaining {
  minute: number | null;
  day: number | null;
}

/** The windows are a little longer than the platforms': what counts is when a call arrives, not when it starts. */
const MINUTE_MS = 60_500;
const SECOND_MS = 1_100;
const DAY_MS = 86_400_000;

/**
 * Keeps one company's calls under its platform's limits: sliding windows of a second and a minute, a count per
 * UTC day and a number of calls at once. Sliding windows stay below a fixed window however that is aligned.
 */
export class Limiter {
  readonly #rules: LimiterRules;
  #startsMs: number[] = [];
  #day = '';
  #dayCount = 0;
  #dayLeft: number | null = null;
  #elsewhere = 0;
  #elsewhereAtMs = 0;
  #pausedUntilMs = 0;
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(rules: LimiterRules) {
    this.#rules = rules;
  }

  /**
   * Milliseconds until a call may start, 0 = now. `reserve`: calls of the day to leave for those that settle an
   * effect's outcome. Throws PLATFORM_DAY_LIMIT (sent 'no') when the day is used up: waiting would take hours.
   */
  waitMs(nowMs: number, reserve = 0): number {
    this.#forget(nowMs);
    if (this.dayLeft(nowMs) <= reserve) throw dayLimit(reserve);
    const paused = Math.max(0, this.#pausedUntilMs - nowMs);
    const second = this.#windowWait(nowMs, SECOND_MS, this.#rules.perSecond);
    const minute = this.#windowWait(nowMs, MINUTE_MS, this.#rules.perMinute - this.#elsewhereNow(nowMs));
    return Math.max(paused, second, minute);
  }

  /** Calls left today, by the platform's word when it gave one. */
  dayLeft(nowMs: number): number {
    this.#turnDay(nowMs);
    if (this.#dayLeft !== null) return this.#dayLeft;
    return this.#rules.perDay === null ? Infinity : this.#rules.perDay - this.#dayCount;
  }

  /** Waits for a place, counts the call, and returns the function that gives the place back. */
  async acquire(clock: Clock, signal?: AbortSignal, reserve = 0): Promise<() => void> {
    while (this.#running >= this.#rules.concurrent) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    try {
      let wait = this.waitMs(clock.nowMs(), reserve);
      while (wait > 0) {
        await clock.sleep(wait, signal);
        wait = this.waitMs(clock.nowMs(), reserve);
      }
    } catch (error) {
      this.#release();
      throw error;
    }
    this.count(clock.nowMs());
    return () => this.#release();
  }

  /** Writes down that a call starts now. */
  count(nowMs: number): void {
    this.#turnDay(nowMs);
    this.#startsMs.push(nowMs);
    this.#dayCount += 1;
    if (this.#dayLeft !== null) this.#dayLeft -= 1;
  }

  /** Takes over what a reply's headers say is left, so that calls of other processes count too. */
  seed(left: Remaining, nowMs: number): void {
    this.#forget(nowMs);
    if (left.minute !== null) {
      this.#elsewhere = Math.max(0, this.#rules.perMinute - this.#startsMs.length - left.minute);
      this.#elsewhereAtMs = nowMs;
    }
    if (left.day !== null) {
      this.#turnDay(nowMs);
      this.#dayLeft = left.day;
    }
  }

  /** Nothing starts before this instant (Retry-After). */
  pauseUntil(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  save(): LimiterState {
    return { startsMs: [...this.#startsMs], day: this.#day, dayCount: this.#dayCount };
  }

  restore(state: LimiterState): void {
    this.#startsMs = [...state.startsMs].sort((a, b) => a - b);
    this.#day = state.day;
    this.#dayCount = state.dayCount;
  }

  #windowWait(nowMs: number, windowMs: number, limit: number | null): number {
    if (limit === null) return 0;
    const places = Math.max(1, limit);
    const first = this.#startsMs[this.#startsMs.length - places];
    return first === undefined ? 0 : Math.max(0, first + windowMs - nowMs);
  }

  #elsewhereNow(nowMs: number): number {
    return nowMs - this.#elsewhereAtMs < MINUTE_MS ? this.#elsewhere : 0;
  }

  /** Drops what left the window, and starts in the future: the wall clock was set back. */
  #forget(nowMs: number): void {
    const oldest = this.#startsMs[0];
    const newest = this.#startsMs.at(-1);
    if (oldest === undefined || newest === undefined) return;
    if (oldest > nowMs - MINUTE_MS && newest <= nowMs) return;
    this.#startsMs = this.#startsMs.filter((start) => start > nowMs - MINUTE_MS && start <= nowMs);
    if (this.#pausedUntilMs > nowMs + DAY_MS) this.#pausedUntilMs = 0;
  }

  #turnDay(nowMs: number): void {
    const day = new Date(nowMs).toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#dayCount = 0;
    this.#dayLeft = null;
  }

  #release(): void {
    this.#running -= 1;
    this.#waiting.shift()?.();
  }
}

function dayLimit(reserve: number): PlatformError {
  return new PlatformError(
    'PLATFORM_DAY_LIMIT',
    reserve > 0
      ? `Today's calls are used up but for ${reserve}, which are kept for settling what was already begun.`
      : "Today's calls to the platform are used up.",
    { sent: 'no', retryable: true, hint: 'The run goes on by itself after the day has turned (UTC).' },
  );
}
