import { addDays, daysBetween, type Day } from '../domain/index.ts';

/** The days of a period by number, 0 = the first; other days have numbers below 0 or beyond the last. */
export class DayLine {
  readonly first: Day;
  readonly length: number;
  readonly #numbers = new Map<Day, number>();
  readonly #days: Day[];

  constructor(first: Day, last: Day) {
    this.first = first;
    this.length = daysBetween(first, last) + 1;
    this.#days = Array.from({ length: this.length }, (_, number) => addDays(first, number));
  }

  /** The day of a number. */
  day(number: number): Day {
    return this.#days[number] ?? addDays(this.first, number);
  }

  /** The number of a day. Counted once for each day that occurs. */
  number(day: Day): number {
    const known = this.#numbers.get(day);
    if (known !== undefined) return known;
    const number = daysBetween(this.first, day);
    this.#numbers.set(day, number);
    return number;
  }
}

export const dayAfter = (day: Day): Day => addDays(day, 1);
