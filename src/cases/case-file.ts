import type { CustomerId, Day, DocumentId } from '../domain/index.ts';
import type { LimitTable } from './limits.ts';

/** Above the permanent limit from a day to a day (both included); ends by itself. Minor units, base currency. */
export interface TemporaryLimit {
  amountMinor: number;
  from: Day;
  to: Day;
  reason: string;
}

/** What an insurer would pay of this customer's debt: up to `limitMinor`, `coverPercent` of it. */
export interface InsuredLimit {
  insurer: string;
  limitMinor: number;
  coverPercent: number;
  until: Day | null;
}

/** What belongs to a customer's limit beside its amount. */
export interface LimitTerms {
  temporary: TemporaryLimit[];
  insured: InsuredLimit | null;
  /** When somebody has to look at the limit again. */
  reviewOn: Day | null;
}

/** An invoice, or part of one, that the customer disputes. It stays in exposure and leaves the chase. */
export interface Dispute {
  id: number;
  customerId: CustomerId;
  invoiceId: DocumentId;
  invoiceNumber: string;
  /** In the invoice's currency; null = all of it. */
  amountMinor: number | null;
  reason: string;
  owner: string;
  openedOn: Day;
  /** After this day it is chased again. At most 30 days after `openedOn`, or after the last review. */
  reviewBy: Day;
  /** Only an approved dispute may lift a hold. */
  approvedBy: string | null;
}

/** A customer's word to pay an amount by a day. */
export interface PaymentPromise {
  id: number;
  customerId: CustomerId;
  amountMinor: number;
  currency: string;
  promisedOn: Day;
  dueOn: Day;
  /** Empty = not of certain invoices. */
  invoiceIds: DocumentId[];
  takenBy: string;
  state: 'open' | 'kept' | 'broken' | 'withdrawn';
}

/** A standing that a person set. It never clears itself, unless it was given an end. */
export interface ManualStanding {
  customerId: CustomerId;
  standing: 'watch' | 'approve-first' | 'prepay' | 'hold' | 'stop';
  cause: 'person' | 'fraud' | 'insurer';
  reason: string;
  by: string;
  from: Day;
  /** The last day on which it counts; null = until somebody takes it away. */
  until: Day | null;
}

/** A person let a customer be served although the policy holds it, up to an exposure and a day. */
export interface HoldRelease {
  id: number;
  customerId: CustomerId;
  scope: 'customer' | 'order' | 'amount';
  /** Base currency. The hold is back when the exposure is above it. */
  upToExposureMinor: number;
  /** 'order' only: the order's own reference, and what is left of it to be let through. */
  orderReference: string | null;
  reason: string;
  by: string;
  from: Day;
  until: Day;
}

/** What people know beside limits. */
export interface CaseNotes {
  limitTerms: ReadonlyMap<CustomerId, LimitTerms>;
  tags: ReadonlyMap<CustomerId, readonly string[]>;
  /** Open ones, whether their review is due or not. */
  disputes: readonly Dispute[];
  /** All of a customer's, newest first, up to 100 each. */
  promises: readonly PaymentPromise[];
  manualStandings: readonly ManualStanding[];
  releases: readonly HoldRelease[];
}

/** Everything that people know of one connection's customers at one moment. */
export interface CaseFile extends CaseNotes {
  limits: LimitTable;
}

/** Of which moment a case file is. */
export interface CaseMoment {
  /** Only what counts on this day (ends, beginnings, reviews). */
  asOf: Day;
  /** Only what was written down until then, epoch ms; Infinity = everything. */
  knownAtMs: number;
}

/** Nobody noted anything. */
export const noCaseNotes: CaseNotes = {
  limitTerms: new Map(),
  tags: new Map(),
  disputes: [],
  promises: [],
  manualStandings: [],
  releases: [],
};
