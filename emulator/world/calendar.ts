import { DateTime } from 'luxon';
import type { Random } from './random.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const OPENS_AT_MINUTE = 8 * 60;
const CLOSES_AT_MINUTE = 17 * 60 + 30;

/**
 * A company's working calendar. Inside the generator days are whole numbers (days since 1970-01-01), because a
 * million invoices are dated with them; `text` gives the 'YYYY-MM-DD' of the book.
 */
export class WorkCalendar {
  /** The company's calendar day at nowMs. */
  readonly today: number;
  /** The last day on which work has been done: today, or yesterday while the office has hardly opened. */
  readonly lastWorkedDay: number;
  readonly #zone: string;
  readonly #nowMs: number;
  readonly #texts = new Map<number, string>();
  readonly #midnights = new Map<number, number>();

  constructor(zone: string, nowMs: number) {
    const now = DateTime.fromMillis(nowMs, { zone });
    if (!now.isValid) throw new Error(`unknown time zone ${zone}`);
    this.#zone = zone;
    this.#nowMs = nowMs;
    this.today = dayNumber(now.toFormat('yyyy-MM-dd'));
    this.lastWorkedDay = now.hour >= 9 ? this.today : this.today - 1;
  }

  /** 'YYYY-MM-DD' of a day number. */
  text(day: number): string {
    let text = this.#texts.get(day);
    if (text === undefined) {
      text = new Date(day * DAY_MS).toISOString().slice(0, 10);
      this.#texts.set(day, text);
    }
    return text;
  }

  /** Saturdays and Sundays move to the Monday after, or to the Friday before when that Monday has not come. */
  workday(day: number): number {
    const weekday = (((day + 4) % 7) + 7) % 7;
    if (weekday !== 0 && weekday !== 6) return Math.min(day, this.lastWorkedDay);
    const monday = day + (weekday === 6 ? 2 : 1);
    return monday <= this.lastWorkedDay ? monday : day - (weekday === 6 ? 1 : 2);
  }

  /** An instant in the office hours of that day and before now, epoch ms UTC; whole seconds two times in three. */
  instant(day: number, random: Random): number {
    const midnight = this.#midnightMs(day);
    const opens = midnight + OPENS_AT_MINUTE * MINUTE_MS;
    const closes = Math.min(midnight + CLOSES_AT_MINUTE * MINUTE_MS, this.#nowMs - MINUTE_MS);
    const at = Math.floor(opens + random.next() * Math.max(0, closes - opens));
    const exact = random.chance(0.33) ? at : at - (at % 1000);
    return Math.min(exact, this.#nowMs - MINUTE_MS);
  }

  /** Noon of that day in the company's zone, epoch ms UTC. */
  noonMs(day: number): number {
    return this.#midnightMs(day) + 12 * 60 * MINUTE_MS;
  }

  /** Midnight by the offset in force at noon: changes of the clocks happen at night, office hours do not see them. */
  #midnightMs(day: number): number {
    let midnight = this.#midnights.get(day);
    if (midnight === undefined) {
      const noon = DateTime.fromISO(`${this.text(day)}T12:00:00`, { zone: this.#zone });
      midnight = noon.toMillis() - 12 * 60 * MINUTE_MS;
      this.#midnights.set(day, midnight);
    }
    return midnight;
  }
}

/** Days since 1970-01-01 of a 'YYYY-MM-DD'. */
export function dayNumber(text: string): number {
  return Math.round(Date.parse(`${text}T00:00:00Z`) / DAY_MS);
}
