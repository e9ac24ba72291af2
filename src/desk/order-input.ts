import type { CustomerFacts, Conversion } from '../facts/index.ts';
import type { StandingRecord } from '../decisions/index.ts';
import type { Member } from './limit-checks.ts';
import type { Freshness, Order } from './order-answer.ts';

/** What an answer is decided from. */
export interface OrderInput {
  /** From the customer that orders to its legal debtor; just the customer when that is itself. */
  path: readonly [Member, ...Member[]];
  /** As it is now, decided as if nobody had released anything. */
  standing: StandingRecord;
  order: Order;
  /** The order in base currency; null when no rate is known that is young enough. */
  orderInBase: Conversion | null;
  freshness: Freshness;
  /** Why the customer or its debtor is on the exclusion list; null = neither is. */
  excluded: string | null;
  /** A person took our hold of the debtor away on the platform, and that wins. */
  holdTakenAway: boolean;
}

/** Exposure that is looked at: the customer's, with its sub-customers. */
export const exposureOf = (facts: CustomerFacts): number | null => facts.total.base?.exposureMinor ?? null;
