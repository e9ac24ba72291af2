import { daysBetween, type Day } from '../domain/index.ts';
import type { KnownRate, RateSource } from '../mirror/index.ts';

/** Which source is asked first unless the policy says otherwise: rates.csv, the platform's list, what was booked. */
const ORDER: readonly RateSource[] = ['file', 'platform', 'booked'];

/**
 * One rate per currency: the first source in order whose newest rate is not older than `maximumAgeDays` on the
 * as-of day. A source that is not in the order is not asked; a currency without any rate is left out: then nothing is
 * decided from it.
 */
export function chooseRates(
  known: KnownRate[],
  asOf: Day,
  maximumAgeDays: number,
  order: readonly RateSource[] = ORDER,
): Map<string, KnownRate> {
  const chosen = new Map<string, KnownRate>();
  for (const source of order) {
    for (const rate of known) {
      const ageDays = daysBetween(rate.date, asOf);
      if (rate.source !== source || ageDays < 0 || ageDays > maximumAgeDays || chosen.has(rate.currency))
        continue;
      chosen.set(rate.currency, rate);
    }
  }
  return chosen;
}
