import { inflateSync } from 'node:zlib';
import type { Day } from '../domain/index.ts';
import type { Standing } from '../policy/index.ts';
import type { Ageing } from '../facts/index.ts';
import type { Flag, RuleName } from '../rules/index.ts';

/** So many rows of a list stand on one page. */
export const ROWS_MAX = 200;

export const BUCKETS = ['current', 'd1_30', 'd31_60', 'd61_90', 'd91'] as const;

/** Sums over all customers of a connection, in base minor units. */
export interface Totals {
  exposureMinor: number;
  overdueMinor: number;
  unappliedMinor: number;
  ageing: Ageing;
  /** Customers that are left out of the sums because a rate is missing. */
  leftOut: number;
}

/** A flag as pages show it. */
export interface FlagLine extends Pick<
  Flag,
  'rule' | 'severity' | 'figureMinor' | 'thresholdMinor' | 'explanation'
> {
  customer: string;
  days: number;
}

/** A customer with open items as pages show it. Own items; `useRatio` and `days` count sub-customers too. */
export interface CustomerLine {
  name: string;
  standing: Standing;
  /** What would make the standing milder, or why no payment does; null when it is clear. */
  clears: string | null;
  /** Null when a rate is missing. */
  exposureMinor: number | null;
  ageing: Ageing | null;
  unappliedMinor: number | null;
  days: number;
  /** Minor units; 'unlimited'; null = not set. */
  limit: number | 'unlimited' | null;
  useRatio: number | null;
}

/** A list cut into the pages that are shown, each packed: a large company's would fill the memory otherwise. */
export interface PackedList {
  rows: number;
  pages: Uint8Array[];
}

/** The rows of one page, counted from 1; none beyond the last. */
export function unpackPage<T>(list: PackedList, page: number): T[] {
  const packed = list.pages[page - 1];
  return packed === undefined ? [] : (JSON.parse(inflateSync(packed).toString()) as T[]);
}

/**
 * What the stages say of a connection on a day, in the size of a page: made where the work does no harm, and small
 * enough to be handed to the web process at once.
 */
export interface Books {
  asOf: Day;
  run: number;
  syncedAtMs: number;
  currency: string;
  totals: Totals;
  flagCounts: Partial<Record<RuleName, number>>;
  /** FlagLine, most severe first. */
  flags: PackedList;
  /** CustomerLine, largest exposure first. */
  customers: PackedList;
  /** What a person should do, the first of them. */
  tasks: string[];
  taskCount: number;
  /** Customers whose balance the platform gives otherwise, the widest apart first: the first of them. */
  differences: BalanceLine[];
}

/** A customer's balance here and there, in minor units of its currency. */
export interface BalanceLine {
  customer: string;
  currency: string;
  mirrorMinor: number;
  platformMinor: number;
}
