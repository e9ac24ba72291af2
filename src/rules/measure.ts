import { convertMinor, daysBetween, type Day } from '../domain/index.ts';
import type { Conversion, CustomerFacts } from '../facts/index.ts';
import type { Standing } from '../policy/index.ts';
import type { Flag } from './flag.ts';

/** Days past due on the facts' day; negative while not due yet. */
export function daysPastDue(facts: CustomerFacts): (dueDate: Day) => number {
  return (dueDate) => daysBetween(dueDate, facts.asOf);
}

/** A rule whose standing is 'clear' only informs. */
export function severityOf(standing: Standing): Flag['severity'] {
  return standing === 'clear' ? 'info' : standing;
}

/**
 * Some of a position's items summed per currency at the rates that the facts used, each currency rounded once;
 * null when a rate is missing.
 */
export function sumAtRates(
  items: { currency: string; openMinor: number }[],
  facts: CustomerFacts,
): Conversion[] | null {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(item.currency, (sums.get(item.currency) ?? 0) + item.openMinor);
  const conversions = [...sums].map(([currency, openMinor]) => {
    const rate = facts.total.conversions.find((conversion) => conversion.currency === currency);
    if (rate === undefined) return null;
    return {
      ...rate,
      openMinor,
      baseMinor: convertMinor(openMinor, currency, facts.baseCurrency, rate.rate),
    };
  });
  return conversions.includes(null) ? null : conversions.filter((conversion) => conversion !== null);
}
