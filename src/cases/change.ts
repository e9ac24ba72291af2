import type { Day } from '../domain/index.ts';

/** Who changed what people know, when and why. */
export interface Change {
  by: string;
  atMs: number;
  /** From which day of the organisation on it counts; missing, for limits: for earlier days as well. */
  day?: Day;
  why?: string;
}

/** A change of something that begins on a day. */
export type DatedChange = Change & { day: Day };
