import { addDays, dayAt, instantAt, timeAt, weekday, type Day } from '../domain/index.ts';
import { isWorkingDay, type Policy } from '../policy/index.ts';

/** When messages may leave: hours and days of the week in the organisation's zone, and working days of the customer. */
export interface DispatchWindow {
  timeZone: string;
  from: string;
  to: string;
  weekdays: number[];
  /** Whether people work on a day where the customer is; missing: they work on all of `weekdays`. */
  isWorkingDay?: (day: Day) => boolean;
}

/** After a year of days without work there is none. */
const LOOK_AHEAD_DAYS = 366;

/** The window of an organisation, or with a country (ISO 3166-1) the one for its customers there. */
export function windowOf(policy: Policy, timeZone: string, country?: string): DispatchWindow {
  const window = { timeZone, ...policy.reminders.window };
  return country === undefined
    ? window
    : { ...window, isWorkingDay: (day) => isWorkingDay(policy, country, day) };
}

/** Whether an instant lies inside the window; its end is outside. */
export function isOpen(window: DispatchWindow, nowMs: number): boolean {
  const time = timeAt(nowMs, window.timeZone);
  return time >= window.from && time < window.to && isWindowDay(window, dayAt(nowMs, window.timeZone));
}

/** The first instant at or after `nowMs` at which the window is open; `nowMs` itself when it never is. */
export function nextOpening(window: DispatchWindow, nowMs: number): number {
  if (isOpen(window, nowMs)) return nowMs;
  let day = dayAt(nowMs, window.timeZone);
  for (let ahead = 0; ahead <= LOOK_AHEAD_DAYS; ahead += 1) {
    const opening = instantAt(day, window.from, window.timeZone);
    if (opening >= nowMs && isWindowDay(window, day)) return opening;
    day = addDays(day, 1);
  }
  return nowMs;
}

/** The end of the window on the window day after the one that `fromMs` falls on: later than that a message is stale. */
export function expiryAfter(window: DispatchWindow, fromMs: number): number {
  let day = addDays(dayAt(fromMs, window.timeZone), 1);
  for (let ahead = 0; ahead <= LOOK_AHEAD_DAYS && !isWindowDay(window, day); ahead += 1)
    day = addDays(day, 1);
  return instantAt(day, window.to, window.timeZone);
}

const isWindowDay = (window: DispatchWindow, day: Day): boolean =>
  window.weekdays.includes(weekday(day)) && (window.isWorkingDay?.(day) ?? true);
