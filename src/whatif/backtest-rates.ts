import { chooseRates } from '../facts/index.ts';
import type { KnownRate } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { DatedRates } from './backtest-ledger.ts';
import type { DayLine } from './day-line.ts';

/** The rates that count on each day of a period, and when they change. */
export class RateLine {
  readonly #byDay: ReadonlyMap<string, KnownRate>[] = [];
  /** Per currency, the numbers of the days on which its rate is another than the day before, ascending. */
  readonly #changes = new Map<string, number[]>();

  constructor({ rebuilt, exact }: DatedRates, line: DayLine, { maximumAgeDays, order }: Policy['rates']) {
    const dated = [...rebuilt].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
    const newest = new Map<string, KnownRate>();
    let at = 0;
    for (let number = 0; number < line.length; number += 1) {
      const day = line.day(number);
      for (let rate = dated[at]; rate !== undefined && rate.date <= day; rate = dated[(at += 1)])
        newest.set(`${rate.source} ${rate.currency}`, rate);
      const known = exact.get(day) ?? [...newest.values()];
      this.#byDay.push(chooseRates(known, day, maximumAgeDays, order));
      if (number > 0) this.#noteChanges(number);
    }
  }

  /** What one unit of each foreign currency is worth on a day; a currency without a usable rate is left out. */
  on(number: number): ReadonlyMap<string, KnownRate> {
    return this.#byDay[number] ?? new Map();
  }

  /** The number of the next day after `number` on which the rate of a currency changes; Infinity when none does. */
  nextChange(currency: string, number: number): number {
    const changes = this.#changes.get(currency);
    return changes?.find((change) => change > number) ?? Infinity;
  }

  #noteChanges(number: number): void {
    const [before, now] = [this.on(number - 1), this.on(number)];
    for (const currency of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(currency)?.rate === now.get(currency)?.rate) continue;
      const list = this.#changes.get(currency) ?? [];
      list.push(number);
      this.#changes.set(currency, list);
    }
  }
}
