import { daysBetween, type Day } from '../domain/index.ts';
import type { KnownRate, RateSource } from '../mirror/index.ts';

/** Which source is asked first (design: rates.csv, the platform's list, the newest rate booked on a document). */
const ORDER: readonly RateSource[] = ['file', 'platform', 'booked'];

/**
 * One rate per currency: the first source in order whose newest rate is not older than `maximumAgeDays` on the
 * as-of day. A currency without any is left out: then nothing is decided from it.
 */
export function chooseRates(known: KnownRate[], asOf: Day, maximumAgeDays: number): Map<string, KnownRate> {
  const chosen = new Map<string, KnownRate>();
  for (const source of ORDER) {
    for (const rate of known) {
      const ageDays = daysBetween(rate.date, asOf);
      if (rate.source !== source || ageDays < 0 || ageDays > maximumAgeDays || chosen.has(rate.currency))
        continue;
      chosen.set(rate.currency, rate);
    }
  }
  return chosen;
}
