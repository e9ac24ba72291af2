import type { EmulatorRequest, Reply } from '../core/http.ts';

/** Call limits; null switches one off. They run on real elapsed time, whatever the world's clock says. */
export interface XeroLimits {
  /** Calls per organisation and minute. */
  perMinute: number | null;
  /** Calls per organisation and 24 hours. */
  perDay: number | null;
  /** Calls per minute over all organisations. */
  appPerMinute: number | null;
  /** Calls in flight per organisation. */
  concurrent: number | null;
}

/** developer.xero.com/faq/limits */
export const xeroLimits: XeroLimits = { perMinute: 60, perDay: 5000, appPerMinute: 10_000, concurrent: 5 };

/** For benches and for tests of something else. */
export const noLimits: XeroLimits = { perMinute: null, perDay: null, appPerMinute: null, concurrent: null };

interface Window {
  startedMs: number;
  used: number;
}

/** Counts calls in fixed windows that start with their first call. */
export class RateLimiter {
  readonly #limits: XeroLimits;
  readonly #windows = new Map<string, Window>();
  readonly #inFlight = new Map<string, number>();

  constructor(limits: XeroLimits) {
    this.#limits = limits;
  }

  /** Counts a call of an organisation: a 429, or the headers that its reply carries. */
  admit(tenant: string, request: EmulatorRequest): { refused: Reply } | { headers: Record<string, string> } {
    const { perMinute, perDay, appPerMinute, concurrent } = this.#limits;
    const inFlight = this.#inFlight.get(tenant) ?? 0;
    if (concurrent !== null && inFlight >= concurrent) return { refused: tooMany('concurrent') };
    const windows = [
      {
        problem: 'minute',
        limit: perMinute,
        window: this.#window(`minute ${tenant}`, 60_000),
        header: 'x-minlimit-remaining',
      },
      {
        problem: 'day',
        limit: perDay,
        window: this.#window(`day ${tenant}`, 86_400_000),
        header: 'x-daylimit-remaining',
      },
      {
        problem: 'appminute',
        limit: appPerMinute,
        window: this.#window('app', 60_000),
        header: 'x-appminlimit-remaining',
      },
    ];
    const full = windows.find(({ limit, window }) => limit !== null && window.used >= limit);
    if (full)
      return {
        refused: tooMany(
          full.problem,
          full.window.startedMs + (full.problem === 'day' ? 86_400_000 : 60_000),
        ),
      };
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
    const nowMs = Date.now();
    const kept = this.#windows.get(key);
    if (kept && nowMs - kept.startedMs < lengthMs) return kept;
    const fresh = { startedMs: nowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}

function tooMany(problem: string, untilMs?: number): Reply {
  const seconds = untilMs === undefined ? undefined : Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
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
