import type { TokenSet } from '../domain/index.ts';

const DAY_MS = 86_400_000;
/** Days before an end at which it is worth a word, each louder than the one before. */
const WARN_DAYS = [30, 7, 1] as const;

/** An end that access to a company comes to. */
export interface Expiry {
  /** 'unused': only when nobody syncs until then. 'for-good': only a person who connects again helps. */
  what: 'unused' | 'for-good';
  untilMs: number;
  /** The threshold that was passed last (30, 7 or 1 days); 0 = it has ended; null = far away. */
  withinDays: (typeof WARN_DAYS)[number] | 0 | null;
}

/** The ends that a consent has: 60 or 100 days without use, and five years whatever is done (Intuit). Pure. */
export function readExpiries(tokens: TokenSet, nowMs: number): Expiry[] {
  const ends = [
    { what: 'unused' as const, untilMs: tokens.refreshExpiresAtMs },
    { what: 'for-good' as const, untilMs: tokens.consentEndsAtMs ?? null },
  ];
  return ends.flatMap(({ what, untilMs }) =>
    untilMs === null ? [] : [{ what, untilMs, withinDays: withinDays(untilMs, nowMs) }],
  );
}

/** The ends whose next threshold was passed since an instant, so that each is said once and not daily. Pure. */
export function readNewExpiries(tokens: TokenSet, sinceMs: number, nowMs: number): Expiry[] {
  return readExpiries(tokens, nowMs).filter(
    ({ untilMs, withinDays: now }) => now !== null && now !== withinDays(untilMs, sinceMs),
  );
}

function withinDays(untilMs: number, nowMs: number): Expiry['withinDays'] {
  const left = untilMs - nowMs;
  if (left <= 0) return 0;
  return WARN_DAYS.findLast((days) => left <= days * DAY_MS) ?? null;
}
