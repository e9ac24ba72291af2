import { addDays, dayAt, instantAt, timeAt, weekday, type Day } from '../domain/index.ts';
import type { Policy } from '../policy/index.ts';

/** When messages may leave: working days and hours in a zone. Thin now: public holidays come with the calendar. */
export interface DispatchWindow {
  timeZone: string;
  from: string;
  to: string;
  weekdays: number[];
}

export function windowOf(policy: Policy, timeZone: string): DispatchWindow {
  return { timeZone, ...policy.reminders.window };
}

/** Whether an instant lies inside the window; its end is outside. */
export function isOpen(window: DispatchWindow, nowMs: number): boolean {
  const time = timeAt(nowMs, window.timeZone);
  return isWindowDay(window, dayAt(nowMs, window.timeZone)) && time >= window.from && time < window.to;
}

/** The first instant at or after `nowMs` at which the window is open. */
export function nextOpening(window: DispatchWindow, nowMs: number): number {
  if (isOpen(window, nowMs)) return nowMs;
  let day = dayAt(nowMs, window.timeZone);
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const opening = instantAt(day, window.from, window.timeZone);
    if (isWindowDay(window, day) && opening >= nowMs) return opening;
    day = addDays(day, 1);
  }
  return nowMs;
}

/** The end of the window on the window day after the one that `fromMs` falls on: later than that a message is stale. */
export function expiryAfter(window: DispatchWindow, fromMs: number): number {
  let day = addDays(dayAt(fromMs, window.timeZone), 1);
  while (!isWindowDay(window, day)) day = addDays(day, 1);
  return instantAt(day, window.to, window.timeZone);
}

const isWindowDay = (window: DispatchWindow, day: Day): boolean => window.weekdays.includes(weekday(day));
