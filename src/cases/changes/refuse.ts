import { HoldfastError, addDays, type Day } from '../../domain/index.ts';

/** The error for a change that cannot be made as it was asked for. */
export function refused(code: string, message: string, hint?: string): HoldfastError {
  return new HoldfastError(code, message, hint === undefined ? {} : { hint });
}

/** Throws BAD_DAY_RANGE unless a day lies between two others, both included. */
export function assertDayBetween(what: string, day: Day, first: Day, last: Day): void {
  if (day >= first && day <= last) return;
  throw refused('BAD_DAY_RANGE', `${what} is ${day}: it must be from ${first} to ${last}.`);
}

/** The last day that anything with an end may be given: what is meant to last longer is another thing. */
export const yearAfter = (day: Day): Day => addDays(day, 366);
