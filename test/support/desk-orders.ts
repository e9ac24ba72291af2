import { decideOrder, type Freshness, type OrderAnswer, type OrderInput } from '../../src/desk/index.ts';
import { convertMinor, customerId } from '../../src/domain/index.ts';
import type { StandingRecord } from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { familyOf, standingNow } from '../../src/desk/standing-now.ts';
import { pathOf } from '../../src/desk/path.ts';
import { AS_OF, factsInput, policyWith } from './facts-builders.ts';

/** Figures of this morning. */
export const FRESH: Freshness = {
  asOf: AS_OF,
  run: 7,
  syncedAtMs: Date.parse('2026-03-11T02:00:00Z'),
  newerRun: null,
  stale: null,
};

export interface DeskCase {
  facts?: Partial<FactsInput>;
  /** Who orders; c1 unless said otherwise. */
  customer?: string;
  amountMinor?: number;
  currency?: string;
  reference?: string;
  policy?: Policy;
  before?: ReadonlyMap<ReturnType<typeof customerId>, StandingRecord>;
  more?: Partial<OrderInput>;
}

/** What the desk decides, from the facts to the answer as it does in real life; an order of 100.00 GBP by c1. */
export function deskAnswer(one: DeskCase = {}): OrderAnswer {
  return decideOrder(deskInput(one));
}

export function deskInput(one: DeskCase): OrderInput {
  const { customer = 'c1', amountMinor = 100_00, currency = 'GBP', policy = policyWith() } = one;
  const input = factsInput(one.facts);
  const around = new Map(computeFacts(input).map((facts) => [facts.customer.id, facts]));
  const id = customerId(customer);
  const rate = currency === 'GBP' ? '1' : input.rates.get(currency)?.rate;
  return {
    path: pathOf(id, around, policy),
    standing: standingNow(id, familyOf(id, around), one.before ?? new Map(), policy),
    order: { amountMinor, currency, reference: one.reference ?? null },
    orderInBase:
      rate === undefined
        ? null
        : {
            currency,
            rate,
            date: AS_OF,
            source: currency === 'GBP' ? 'base' : 'file',
            openMinor: amountMinor,
            baseMinor: convertMinor(amountMinor, currency, 'GBP', rate),
          },
    freshness: FRESH,
    excluded: null,
    holdTakenAway: false,
    ...one.more,
  };
}
