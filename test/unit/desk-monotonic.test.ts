import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noCaseNotes } from '../../src/cases/index.ts';
import { decideOrder, type Answer, type OrderInput } from '../../src/desk/index.ts';
import { customerId } from '../../src/domain/index.ts';
import { someLedger } from '../support/arbitraries.ts';
import { deskInput, FRESH } from '../support/desk-orders.ts';
import { policyWith } from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

const RANK: Record<Answer, number> = { yes: 0, ask: 1, no: 2 };
const someOrder = fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 100 }));

/** Any customer of any ledger, perhaps released, excluded or looked at with old figures. */
const someInput: fc.Arbitrary<OrderInput> = fc
  .record({
    ledger: someLedger,
    customer: fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5'),
    releasedUpTo: fc.oneof(fc.constant(null), fc.integer({ min: -100_000, max: 900_000 })),
    isExcluded: fc.boolean(),
    isStale: fc.boolean(),
    withoutUnassessed: fc.boolean(),
  })
  .map(({ ledger, customer, releasedUpTo, isExcluded, isStale, withoutUnassessed }) => {
    const releases =
      releasedUpTo === null
        ? []
        : [
            {
              id: 1,
              customerId: customerId(customer),
              scope: 'amount' as const,
              upToExposureMinor: releasedUpTo,
              orderReference: null,
              reason: 'agreed',
              by: 'Nadia',
              from: day('2026-03-01'),
              until: day('2026-03-31'),
            },
          ];
    const policy = policyWith((one) => {
      if (withoutUnassessed) one.rules = one.rules.filter(({ rule }) => rule !== 'unassessed');
    });
    return deskInput({
      facts: { ...ledger, notes: { ...noCaseNotes, releases } },
      customer,
      policy,
      more: {
        excluded: isExcluded ? 'the owner handles it' : null,
        freshness: { ...FRESH, stale: isStale ? 'The last sync is 30 hours old' : null },
      },
    });
  });

/** The same question with another amount, in base currency. */
function answerTo(input: OrderInput, amountMinor: number): Answer {
  const { orderInBase } = input;
  if (orderInBase === null) throw new Error('the order has no rate');
  return decideOrder({
    ...input,
    order: { ...input.order, amountMinor },
    orderInBase: { ...orderInBase, openMinor: amountMinor, baseMinor: amountMinor },
  }).answer;
}

describe('the order desk', () => {
  it('never answers a larger order better', () => {
    fc.assert(
      fc.property(someInput, someOrder, someOrder, (input, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        expect(RANK[answerTo(input, large)]).toBeGreaterThanOrEqual(RANK[answerTo(input, small)]);
      }),
      { numRuns: 400 },
    );
  });

  it('names the largest order that it says yes to', () => {
    fc.assert(
      fc.property(someInput, (input) => {
        const { yesUpToMinor } = decideOrder(input);
        if (yesUpToMinor === null) return expect(answerTo(input, 1_000_000_000_000)).toBe('yes');
        if (yesUpToMinor > 0) expect(answerTo(input, yesUpToMinor)).toBe('yes');
        expect(answerTo(input, yesUpToMinor + 1)).not.toBe('yes');
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same bytes for the same question', () => {
    fc.assert(
      fc.property(someInput, (input) => {
        expect(JSON.stringify(decideOrder(input))).toBe(JSON.stringify(decideOrder(structuredClone(input))));
      }),
      { numRuns: 50 },
    );
  });
});
