import type { WorldClock } from '../core/clock.ts';
import type { EmulatorRequest, Reply } from '../core/http.ts';
import type { XeroQuirks } from './quirks.ts';

/** Call limits; null switches one off. */
export interface XeroLimits {
  /** Calls per organisation and minute. */
  perMinute: number | null;
  /** Calls per organisation and 24 hours. */
  perDay: number | null;
  /** Calls per minute over all organisations. */
  appPerMinute: number | null;
  /** Calls in flight per organisation. */
  concurrent: number | null;
  /** Whose time the windows run on: the machine's (default), or the world's, so that a test can end a day. */
  clock?: 'real' | 'world';
}

/** developer.xero.com/faq/limits */
export const xeroLimits: XeroLimits = { perMinute: 60, perDay: 5000, appPerMinute: 10_000, concurrent: 5 };

/** For benches and for tests of something else. */
export const noLimits: XeroLimits = { perMinute: null, perDay: null, appPerMinute: null, concurrent: null };

const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Window {
  startedMs: number;
  used: number;
}

/** Counts calls in fixed windows that start with their first call. */
export class RateLimiter {
  readonly #limits: XeroLimits;
  readonly #nowMs: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #inFlight = new Map<string, number>();

  constructor(limits: XeroLimits, worldClock: Pick<WorldClock, 'nowMs'>) {
    this.#limits = limits;
    this.#nowMs = limits.clock === 'world' ? () => worldClock.nowMs() : () => Date.now();
  }

  /** Counts a call of an organisation: a 429, or the headers that its reply carries. */
  admit(tenant: string, request: EmulatorRequest): { refused: Reply } | { headers: Record<string, string> } {
    const { perMinute, perDay, appPerMinute, concurrent } = this.#limits;
    const inFlight = this.#inFlight.get(tenant) ?? 0;
    if (concurrent !== null && inFlight >= concurrent) return { refused: tooMany('concurrent') };
    const windows = [
      {
        problem: 'minute',
        lengthMs: minuteMs,
        limit: perMinute,
        window: this.#window(`minute ${tenant}`, minuteMs),
        header: 'x-minlimit-remaining',
      },
      {
        problem: 'day',
        lengthMs: dayMs,
        limit: perDay,
        window: this.#window(`day ${tenant}`, dayMs),
        header: 'x-daylimit-remaining',
      },
      {
        problem: 'appminute',
        lengthMs: minuteMs,
        limit: appPerMinute,
        window: this.#window('app', minuteMs),
        header: 'x-appminlimit-remaining',
      },
    ];
    const full = windows.find(({ limit, window }) => limit !== null && window.used >= limit);
    if (full)
      return { refused: tooMany(full.problem, full.window.startedMs + full.lengthMs - this.#nowMs()) };
    const headers: Record<string, string> = {};
    for (const { limit, window, header } of windows) {
      window.used += 1;
      if (limit !== null) headers[header] = String(limit - window.used);
    }
    this.#inFlight.set(tenant, inFlight + 1);
    request.onSent(() => this.#inFlight.set(tenant, (this.#inFlight.get(tenant) ?? 1) - 1));
    return { headers };
  }

  #window(key: string, lengthMs: number): Window {
    const nowMs = this.#nowMs();
    const kept = this.#windows.get(key);
    if (kept && nowMs - kept.startedMs < lengthMs) return kept;
    const fresh = { startedMs: nowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}

/** A 429 as Xero words it; `waitMs` is what is left of the window, if there is one. */
export function tooMany(problem: string, waitMs?: number): Reply {
  const seconds = waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1000));
  return {
    status: 429,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-rate-limit-problem': problem,
      ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
    },
    body: `You have exceeded the ${problem} limit for the organisation`,
  };
}

/** The same 429 with or without Retry-After, as is played. */
export function withRetryAfter(reply: Reply, played: XeroQuirks['retryAfter']): Reply {
  const { 'retry-after': told, ...headers } = reply.headers ?? {};
  if (played === 'never') return { ...reply, headers };
  if (played === 'timed' || told !== undefined) return reply;
  return { ...reply, headers: { ...headers, 'retry-after': '1' } };
}
