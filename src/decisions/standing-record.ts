import type { CustomerId, Day } from '../domain/index.ts';
import type { Standing } from '../policy/index.ts';
import type { Reason } from './reason.ts';

/** A part of a clearing payment. `amountMinor` is in the invoice's own currency; `number` null = on account. */
export interface ClearingPart {
  customerId: CustomerId;
  remoteId: string | null;
  number: string | null;
  currency: string;
  amountMinor: number;
}

/** The smallest payment that makes a standing milder: a hold or stop milder than a hold, others one step at least. */
export interface Clearing {
  /** In base currency, each currency of the parts converted and rounded once. */
  amountMinor: number;
  currency: string;
  /** The invoices to be paid (the last perhaps in part), in that order. */
  invoices: string[];
  /** '2,140.00 GBP on INV-0101 and INV-0117 lifts this hold.' */
  sentence: string;
  parts: ClearingPart[];
}

/** What makes a standing milder: a payment, or why none does. Both null: there is nothing to clear. */
export interface Clears {
  clearing: Clearing | null;
  unpayable: string | null;
}

/** How a customer stands, and why. */
export interface StandingRecord extends Clears {
  customerId: CustomerId;
  standing: Standing;
  /** The day on which it came to be what it is. */
  since: Day;
  /** The first is what gives it; then the most severe first. */
  reasons: Reason[];
}

/** What a new decision needs to know of the one before. */
export type PriorStanding = Pick<StandingRecord, 'customerId' | 'standing' | 'since' | 'reasons'>;

/** A customer's standing today, beside what it was. */
export interface StandingDecision extends StandingRecord {
  from: Standing;
  changed: boolean;
}
