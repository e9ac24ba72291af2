import { z } from 'zod';
import { PlatformError } from '../../src/domain/index.ts';

/** A platform's limits for one company; null = none known. */
export interface LimiterRules {
  perSecond: number | null;
  perMinute: number;
  perDay: number | null;
  concurrent: number;
}

/** What the platform says is left (Xero's X-MinLimit-Remaining and X-DayLimit-Remaining). */
export interface Remaining {
  minute: number | null;
  day: number | null;
}

const state = z.object({
  /** Calls of the last minute, oldest first: in bundles, each with the start of its last call and their number. */
  starts: z.array(z.tuple([z.number(), z.number()])),
  /** UTC day ('YYYY-MM-DD') of `dayCount` and `dayLeft`. */
  day: z.string(),
  dayCount: z.number(),
  /** By the platform's word; null = it has not said. */
  dayLeft: z.number().nullable(),
  /** The platform said that the day is used up until then, and when it said so. */
  dayOverUntilMs: z.number(),
  dayOverToldMs: z.number().default(0),
  /** Calls of this minute that others made with our consent, and when a header told. */
  elsewhere: z.number(),
  elsewhereAtMs: z.number(),
  pausedUntilMs: z.number(),
  /** Calls under way: whose, and when that one is certainly over, even if its process was killed. */
  slots: z.array(z.tuple([z.string(), z.number()])),
});

/** What is kept of one company's calls, for every process and through restarts. Instants are epoch ms. */
export type LimiterState = z.output<typeof state>;

/** The windows are a little longer than the platforms': what counts is when a call arrives, not when it starts. */
const MINUTE_MS = 60_500;
const SECOND_MS = 1_100;
const DAY_MS = 86_400_000;
/** Calls so close together are kept as one bundle; older than a second, those of one second are. */
const FINE_MS = 100;
const COARSE_MS = 1_000;
/** Clocks are corrected by so much without anybody having set them. */
const WOBBLE_MS = 2_000;
/** No call lasts longer: a slot that claims to is from before the clock was set back. */
const LONGEST_SLOT_MS = 600_000;
/** After so long the platform is asked again, whatever it said. */
export const LONGEST_PAUSE_MS = 3_600_000;
/** A pause up to this is waited for; a longer one is told to the caller. */
export const PATIENCE_MS = 90_000;

/**
 * The arithmetic of one company's limits: sliding windows of a second and a minute, a count per UTC day, calls under
 * way. Sliding windows stay below a fixed window however that is aligned. Whatever the wall clock does, nothing in
 * here blocks for longer than its own span.
 */
export class CallCounts {
  readonly #rules: LimiterRules;
  readonly #state: LimiterState;

  /** `saved`: what `save` gave; what cannot be read is a fresh start, for the platform's headers will tell. */
  constructor(rules: LimiterRules, saved: string | null = null) {
    this.#rules = rules;
    this.#state = readState(saved);
  }

  save(): string {
    return JSON.stringify(this.#state);
  }

  /** Adds what was counted elsewhere for the same company. */
  add(saved: string): void {
    const other = readState(saved);
    const mine = this.#state;
    mine.starts = [...mine.starts, ...other.starts].sort(([one], [two]) => one - two);
    mine.slots.push(...other.slots);
    mine.pausedUntilMs = Math.max(mine.pausedUntilMs, other.pausedUntilMs);
    mine.dayOverUntilMs = Math.max(mine.dayOverUntilMs, other.dayOverUntilMs);
    mine.dayOverToldMs = Math.max(mine.dayOverToldMs, other.dayOverToldMs);
    if (mine.day > other.day) return;
    mine.dayCount = other.dayCount + (mine.day === other.day ? mine.dayCount : 0);
    mine.dayLeft = other.dayLeft ?? (mine.day === other.day ? mine.dayLeft : null);
    mine.day = other.day;
  }

  /**
   * Milliseconds until a call may start, 0 = now. `reserve`: calls of the day to leave for others. Throws
   * PLATFORM_DAY_LIMIT when the day is used up and PLATFORM_RATE_LIMITED in a long pause (both sent 'no').
   */
  waitMs(nowMs: number, reserve = 0): number {
    this.#forget(nowMs);
    if (this.dayLeft(nowMs) <= reserve) throw dayLimit(reserve);
    const paused = Math.max(0, this.#state.pausedUntilMs - nowMs);
    if (paused > PATIENCE_MS) throw longPause(paused);
    const second = this.#windowWait(nowMs, SECOND_MS, this.#rules.perSecond);
    const minute = this.#windowWait(nowMs, MINUTE_MS, this.#rules.perMinute - this.#elsewhere(nowMs));
    return Math.max(paused, second, minute);
  }

  /** Calls left today, by the platform's word when it gave one; Infinity without a limit. */
  dayLeft(nowMs: number): number {
    this.#turnDay(nowMs);
    if (this.#isDayOver(nowMs)) return 0;
    if (this.#state.dayLeft !== null) return this.#state.dayLeft;
    return this.#rules.perDay === null ? Infinity : this.#rules.perDay - this.#state.dayCount;
  }

  /** Writes down that a call starts now. */
  count(nowMs: number): void {
    this.#turnDay(nowMs);
    this.#state.starts.push([nowMs, 1]);
    this.#bundle(nowMs);
    this.#state.dayCount += 1;
    if (this.#state.dayLeft !== null) this.#state.dayLeft -= 1;
  }

  /** Takes over what a reply's headers say is left, so that calls made elsewhere count too. */
  seed(left: Remaining, nowMs: number): void {
    this.#forget(nowMs);
    if (left.minute !== null) {
      const ours = this.#state.starts.reduce((sum, [, calls]) => sum + calls, 0);
      this.#state.elsewhere = Math.max(0, this.#rules.perMinute - ours - left.minute);
      this.#state.elsewhereAtMs = nowMs;
    }
    if (left.day !== null) {
      this.#turnDay(nowMs);
      this.#state.dayLeft = left.day;
    }
  }

  /** Nothing starts before this instant (Retry-After), at most an hour away. */
  pauseUntil(untilMs: number, nowMs: number): void {
    const until = Math.min(untilMs, nowMs + LONGEST_PAUSE_MS);
    this.#state.pausedUntilMs = Math.max(this.#state.pausedUntilMs, until);
  }

  /**
   * The platform said that the day is used up; null = it did not say until when: until the day turns (UTC). Where it
   * did, it is asked again after an hour all the same: the clock by which its word is remembered may have been wrong.
   */
  endDay(untilMs: number | null, nowMs: number): void {
    this.#turnDay(nowMs);
    // Once it is over, a whole new day is left.
    this.#state.dayLeft = untilMs === null ? 0 : this.#rules.perDay;
    if (untilMs === null) return;
    this.#state.dayOverUntilMs = Math.min(untilMs, nowMs + DAY_MS);
    this.#state.dayOverToldMs = nowMs;
  }

  /** Calls under way whose owner's name does not begin with `owner`. */
  slotsOfOthers(owner: string, nowMs: number): number {
    this.#forget(nowMs);
    return this.#state.slots.filter(([id]) => !id.startsWith(owner)).length;
  }

  takeSlot(id: string, untilMs: number): void {
    this.#state.slots.push([id, untilMs]);
  }

  freeSlot(id: string): void {
    this.#state.slots = this.#state.slots.filter(([one]) => one !== id);
  }

  #isDayOver(nowMs: number): boolean {
    const { dayOverUntilMs, dayOverToldMs } = this.#state;
    const age = nowMs - dayOverToldMs;
    return dayOverUntilMs > nowMs && age < LONGEST_PAUSE_MS && age > -WOBBLE_MS;
  }

  #windowWait(nowMs: number, windowMs: number, limit: number | null): number {
    if (limit === null) return 0;
    const inside = this.#state.starts.filter(([startMs]) => startMs > nowMs - windowMs);
    let left = inside.reduce((sum, [, calls]) => sum + calls, 0);
    const places = Math.max(1, limit);
    let wait = 0;
    for (const [startMs, calls] of inside) {
      if (left < places) break;
      left -= calls;
      wait = startMs + windowMs - nowMs;
    }
    return wait;
  }

  #elsewhere(nowMs: number): number {
    const age = nowMs - this.#state.elsewhereAtMs;
    return age < MINUTE_MS && age > -WOBBLE_MS ? this.#state.elsewhere : 0;
  }

  /** Drops what is over, and what lies in the future: the wall clock was set back. */
  #forget(nowMs: number): void {
    const kept = this.#state;
    kept.starts = kept.starts.filter(([ms]) => ms > nowMs - MINUTE_MS && ms <= nowMs + WOBBLE_MS);
    kept.slots = kept.slots.filter(([, until]) => until > nowMs && until <= nowMs + LONGEST_SLOT_MS);
    if (kept.pausedUntilMs > nowMs + LONGEST_PAUSE_MS) kept.pausedUntilMs = 0;
    if (kept.dayOverUntilMs > nowMs + DAY_MS) kept.dayOverUntilMs = 0;
  }

  /** Joins neighbours, so that what is kept stays small however many calls a limit allows. */
  #bundle(nowMs: number): void {
    const bundles: LimiterState['starts'] = [];
    for (const [startMs, calls] of this.#state.starts) {
      const grain = startMs < nowMs - SECOND_MS ? COARSE_MS : FINE_MS;
      const last = bundles.at(-1);
      if (last !== undefined && Math.floor(last[0] / grain) === Math.floor(startMs / grain)) {
        last[0] = Math.max(last[0], startMs);
        last[1] += calls;
      } else bundles.push([startMs, calls]);
    }
    this.#state.starts = bundles;
  }

  #turnDay(nowMs: number): void {
    const day = new Date(nowMs).toISOString().slice(0, 10);
    if (day === this.#state.day) return;
    this.#state.day = day;
    this.#state.dayCount = 0;
    this.#state.dayLeft = null;
  }
}

function readState(saved: string | null): LimiterState {
  return state.safeParse(tryJson(saved)).data ?? fresh();
}

function tryJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function fresh(): LimiterState {
  const never = { dayOverUntilMs: 0, dayOverToldMs: 0, elsewhere: 0, elsewhereAtMs: 0, pausedUntilMs: 0 };
  return { starts: [], day: '', dayCount: 0, dayLeft: null, ...never, slots: [] };
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

function longPause(pausedMs: number): PlatformError {
  const seconds = Math.ceil(pausedMs / 1000);
  return new PlatformError('PLATFORM_RATE_LIMITED', `The platform asked for ${seconds} s without calls.`, {
    sent: 'no',
    retryable: true,
    retryAfterMs: pausedMs,
  });
}
