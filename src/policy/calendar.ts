import { addDays, weekday, type Day } from '../domain/index.ts';
import { readPublicHolidays } from './public-holidays.ts';
import type { PolicyDocument } from './schema.ts';

/** The part of a policy that says when people are at work. */
export type Calendar = Pick<PolicyDocument, 'calendar' | 'reminders'>;

/** A year and a day: whoever has no working day within it has none. */
const LOOK_AHEAD_DAYS = 366;

/**
 * Whether people work on a day in a country (ISO 3166-1; '' = not known, then only holidays of '*' count): a working day
 * of the week there, else one of `reminders.window.weekdays`, and no holiday. Pure.
 */
export function isWorkingDay(policy: Calendar, country: string, day: Day): boolean {
  const weekdays = policy.calendar.workingDays[country] ?? policy.reminders.window.weekdays;
  return weekdays.includes(weekday(day)) && !isHoliday(policy, country, day);
}

/** The first working day at or after a day; the day itself when there is none within a year. */
export function nextWorkingDay(policy: Calendar, country: string, day: Day): Day {
  for (let ahead = 0; ahead <= LOOK_AHEAD_DAYS; ahead += 1) {
    const candidate = addDays(day, ahead);
    if (isWorkingDay(policy, country, candidate)) return candidate;
  }
  return day;
}

/** A holiday that the policy names, everywhere or for the country, or a public one when the policy keeps them. */
function isHoliday({ calendar }: Calendar, country: string, day: Day): boolean {
  const named = [...(calendar.holidays['*'] ?? []), ...(calendar.holidays[country] ?? [])];
  return named.includes(day) || (calendar.publicHolidays && readPublicHolidays(country, day).has(day));
}
