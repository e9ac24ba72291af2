import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type CustomerId } from '../../src/domain/index.ts';
import { decideStandings, type StandingDecision, type StandingRecord } from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { compareStandings, type Policy } from '../../src/policy/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import { someCase, somePolicy } from '../support/arbitrary-cases.ts';
import { daysToDue, someCurrency, someCustomerId, someLedger } from '../support/arbitraries.ts';
import { AS_OF, openInvoice, policyWith } from '../support/facts-builders.ts';

const policy = policyWith();
const nobody: ReadonlyMap<CustomerId, StandingRecord> = new Map();

function decide(input: FactsInput, prior = nobody, by: Policy = policy): StandingDecision[] {
  const facts = computeFacts(input);
  return decideStandings(facts, evaluate(facts, by), prior, by);
}

describe('with no standing before it', () => {
  const without = { numRuns: 100 };
  /** Without the share of the balance, which any new invoice makes smaller. */
  const amountsOnly = policyWith((draft) => {
    for (const rule of draft.rules) if (rule.rule === 'overdue') delete rule.orShareAtLeastPercent;
  });
  const invoiceOf = (due: fc.Arbitrary<number>) =>
    fc
      .record({
        minor: fc.integer({ min: 100, max: 500_000 }),
        customer: someCustomerId,
        currency: someCurrency,
        due,
      })
      .map(({ minor, due: days, ...rest }) =>
        openInvoice('NEW', minor, { ...rest, due: addDays(AS_OF, days) }),
      );

  function expectNoBetter(before: FactsInput, after: FactsInput, by: Policy): void {
    const now = new Map(decide(after, nobody, by).map((one) => [one.customerId, one.standing]));
    for (const { customerId, standing } of decide(before, nobody, by)) {
      expect(compareStandings(now.get(customerId) ?? 'clear', standing)).toBeGreaterThanOrEqual(0);
    }
  }

  it('one more open invoice never improves a standing, as far as amounts decide', () => {
    fc.assert(
      fc.property(someLedger, invoiceOf(daysToDue), (input, invoice) =>
        expectNoBetter(input, { ...input, invoices: [...input.invoices, invoice] }, amountsOnly),
      ),
      without,
    );
  });

  it('one more invoice that is long overdue never improves a standing by the default policy', () => {
    fc.assert(
      fc.property(someLedger, invoiceOf(fc.integer({ min: -200, max: -30 })), (input, invoice) =>
        expectNoBetter(input, { ...input, invoices: [...input.invoices, invoice] }, policy),
      ),
      without,
    );
  });

  it('a day that passes never improves a standing', () => {
    fc.assert(
      fc.property(someLedger, fc.integer({ min: 1, max: 40 }), (input, days) =>
        expectNoBetter(input, { ...input, asOf: addDays(input.asOf, days) }, policy),
      ),
      without,
    );
  });

  it('deciding again from the same facts changes nothing', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        const first = decide(input);
        const again = decide(input, new Map(first.map((one) => [one.customerId, one])));
        expect(again.map((one) => one.standing)).toEqual(first.map((one) => one.standing));
        expect(again.some((one) => one.changed)).toBe(false);
      }),
      without,
    );
  });

  describe('and with disputes, releases, drafts and a policy of one’s own', () => {
    const withoutShare = somePolicy.map((own) => {
      for (const rule of own.rules) if (rule.rule === 'overdue') delete rule.orShareAtLeastPercent;
      return own;
    });
    const counted = (input: FactsInput, by: Policy): FactsInput => ({ ...input, exposure: by.exposure });

    it('one more open invoice never improves a standing, as far as amounts decide', () => {
      fc.assert(
        fc.property(someCase, withoutShare, invoiceOf(daysToDue), (ledger, own, invoice) => {
          const input = counted(ledger, own);
          expectNoBetter(input, { ...input, invoices: [...input.invoices, invoice] }, own);
        }),
        without,
      );
    });

    it('a day that passes never improves a standing', () => {
      fc.assert(
        fc.property(someCase, somePolicy, fc.integer({ min: 1, max: 40 }), (ledger, own, days) => {
          const input = counted(ledger, own);
          expectNoBetter(input, { ...input, asOf: addDays(input.asOf, days) }, own);
        }),
        without,
      );
    });

    it('deciding again from the same facts changes nothing, down to the bytes', () => {
      fc.assert(
        fc.property(someCase, somePolicy, (ledger, own) => {
          const input = counted(ledger, own);
          const first = decide(input, nobody, own);
          expect(JSON.stringify(decide(structuredClone(input), nobody, own))).toBe(JSON.stringify(first));
          const again = decide(input, new Map(first.map((one) => [one.customerId, one])), own);
          expect(again.map((one) => one.standing)).toEqual(first.map((one) => one.standing));
        }),
        without,
      );
    });
  });
});
