import { createRequire } from 'node:module';
import type Holidays from 'date-holidays';
import type { HolidaysTypes } from 'date-holidays';
import { addDays, tryDay, type Day } from '../domain/index.ts';

const HOUR_MS = 3_600_000;
const NONE: ReadonlySet<Day> = new Set();

/** Days off by country and year; a few countries over a few years, so nothing is ever dropped. */
const known = new Map<string, ReadonlySet<Day>>();
let load: typeof Holidays | null = null;

/**
 * The public holidays of a country around a day: all of its year and of the year before, which may reach into it. Days of
 * a part of the country (a state, a canton) are not among them. Empty for a country that nobody knows. The holidays of
 * the world take a tenth of a second to load, so they are loaded when the first policy asks for them.
 */
export function readPublicHolidays(country: string, day: Day): ReadonlySet<Day> {
  if (country === '') return NONE;
  const year = Number(day.slice(0, 4));
  const key = `${country} ${year}`;
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const days = new Set([...daysOff(country, year - 1), ...daysOff(country, year)]);
  known.set(key, days);
  return days;
}

function daysOff(country: string, year: number): Day[] {
  load ??= createRequire(import.meta.url)('date-holidays') as typeof Holidays;
  const found = new load(country).getHolidays(year);
  return Array.isArray(found) ? found.filter((holiday) => holiday.type === 'public').flatMap(daysOf) : [];
}

/**
 * The days on which more than half is a holiday: one that begins on an evening is kept on the day after, half a
 * Christmas Eve on none.
 */
function daysOf({ date, start, end }: HolidaysTypes.Holiday): Day[] {
  const localMs = Date.parse(`${date.slice(0, 19).replace(' ', 'T')}Z`);
  const first = dayOf(localMs + 12 * HOUR_MS);
  const last = dayOf(localMs + (end.getTime() - start.getTime()) - 12 * HOUR_MS);
  const days: Day[] = [];
  for (let day = first; day !== null && last !== null && day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

const dayOf = (ms: number): Day | null => tryDay(new Date(ms).toISOString().slice(0, 10));
