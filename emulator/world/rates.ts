import { Random } from './random.ts';

/** What one unit of a currency was worth in US dollars when the walk begins; only a plausible start. */
const DOLLARS: Record<string, number> = { USD: 1, GBP: 1.29, EUR: 1.09, CAD: 0.72, CHF: 1.13, AUD: 0.65 };

/** Other currencies a company with this base currency bills in, the commonest first. */
export function foreignCurrencies(baseCurrency: string): string[] {
  const usual: Record<string, string[]> = { GBP: ['EUR', 'USD'], EUR: ['GBP', 'USD'], USD: ['CAD', 'GBP'] };
  return usual[baseCurrency] ?? ['EUR', 'USD'].filter((currency) => currency !== baseCurrency);
}

/**
 * Exchange rates of one company: base currency for one unit of the foreign one, one rate a calendar month, walking
 * by at most 0.8 % from month to month.
 */
export class MonthlyRates {
  readonly #seed: string;
  readonly #base: string;
  readonly #walks = new Map<string, Map<string, string>>();

  constructor(seed: string, baseCurrency: string) {
    this.#seed = seed;
    this.#base = baseCurrency;
  }

  /** The rate of the day's month as a decimal string with six places; '1' in the base currency. */
  rate(currency: string, day: string): string {
    if (currency === this.#base) return '1';
    let walk = this.#walks.get(currency);
    if (walk === undefined) {
      walk = this.#walk(currency);
      this.#walks.set(currency, walk);
    }
    const rate = walk.get(day.slice(0, 7));
    if (rate === undefined) throw new Error(`no ${currency} rate for ${day}`);
    return rate;
  }

  #walk(currency: string): Map<string, string> {
    const random = new Random(`${this.#seed}/rate/${currency}`);
    const walk = new Map<string, string>();
    let rate = (DOLLARS[currency] ?? 1) / (DOLLARS[this.#base] ?? 1);
    for (let month = 0; month < 12 * 40; month += 1) {
      rate *= 1 + random.between(-0.008, 0.008);
      walk.set(
        `${2010 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`,
        rate.toFixed(6),
      );
      // A walk of forty years would wander off; it is pulled back gently to where it began.
      rate += ((DOLLARS[currency] ?? 1) / (DOLLARS[this.#base] ?? 1) - rate) * 0.02;
    }
    return walk;
  }
}
