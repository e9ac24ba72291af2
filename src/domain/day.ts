import { DateTime, IANAZone } from 'luxon';
import { HoldfastError } from './errors.ts';

/** A calendar day of the organisation, 'YYYY-MM-DD'. Compares rightly as text. */
export type Day = string & { readonly __day: true };

const DAY_MS = 86_400_000;
const PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Parses 'YYYY-MM-DD'. Throws BAD_DAY when it is no day of the calendar (2026-02-30, 26-1-1). */
export function parseDay(text: string): Day {
  const day = tryDay(text);
  if (day === null) throw new HoldfastError('BAD_DAY', `"${text}" is not a day. Write it as YYYY-MM-DD.`);
  return day;
}

/** As parseDay, but null for what is no day. Years outside 1900–2199 are taken as mistakes. */
export function tryDay(text: string): Day | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  if (year < 1900 || year > 2199) return null;
  const ms = Date.UTC(year, Number(match[2]) - 1, Number(match[3]));
  return isoOf(ms) === text ? (text as Day) : null;
}

/** The day that an instant falls on in an IANA zone. */
export function dayAt(instantMs: number, timeZone: string): Day {
  return DateTime.fromMillis(instantMs, { zone: timeZone }).toISODate() as Day;
}

/** Whether a text names an IANA time zone that this machine knows, such as 'Europe/London'. */
export function isZone(text: string): boolean {
  return text.includes('/') && IANAZone.isValidZone(text);
}

/** Whole calendar days from one day to a later one; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return numberOf(to) - numberOf(from);
}

export function addDays(day: Day, days: number): Day {
  return isoOf(utcMs(day) + days * DAY_MS) as Day;
}

/** ISO weekday, 1 = Monday … 7 = Sunday. */
export function weekday(day: Day): number {
  return ((new Date(utcMs(day)).getUTCDay() + 6) % 7) + 1;
}

/** The instant (epoch ms) of a local wall time 'HH:MM' on a day in a zone; a time lost to a DST gap moves on. */
export function instantAt(day: Day, time: string, timeZone: string): number {
  return DateTime.fromISO(`${day}T${time}`, { zone: timeZone }).toMillis();
}

/** Local wall time 'HH:MM' of an instant in a zone. */
export function timeAt(instantMs: number, timeZone: string): string {
  return DateTime.fromMillis(instantMs, { zone: timeZone }).toFormat('HH:mm');
}

const utcMs = (day: Day): number => numberOf(day) * DAY_MS;

/**
 * Days since 1970-01-01, counted from the digits: a judgement asks for it more often than for anything else, and
 * Date.parse takes ten times as long. The year is taken to begin in March, so that the leap day is its last.
 */
function numberOf(day: Day): number {
  const [month, date] = [digits(day, 5, 7), digits(day, 8, 10)];
  const year = digits(day, 0, 4) - (month <= 2 ? 1 : 0);
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return year * 365 + leapDays + dayOfYear - 719_468;
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) number = number * 10 + text.charCodeAt(at) - 48;
  return number;
}

const isoOf = (ms: number): string => dayText(Math.floor(ms / DAY_MS));

/** numberOf backwards. Years have four digits here. */
function dayText(number: number): string {
  const sinceEra = number + 719_468;
  const era = Math.floor(sinceEra / 146_097);
  const ofEra = sinceEra - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return `${year}-${month < 10 ? '0' : ''}${month}-${date < 10 ? '0' : ''}${date}`;
}
