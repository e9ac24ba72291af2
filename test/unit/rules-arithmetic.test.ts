import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { evaluate, type Flag } from '../../src/rules/index.ts';
import type { OpenInvoice } from '../../src/mirror/index.ts';
import { someLedger } from '../support/arbitraries.ts';
import { policyWith } from '../support/facts-builders.ts';

const policy = policyWith();
const flagsOf = (input: FactsInput): Flag[] => evaluate(computeFacts(input), policy);
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const opens = (items: { currency: string; openMinor: number }[], currency: string): number =>
  sum(items.filter((item) => item.currency === currency).map((item) => item.openMinor));

/** A ledger in one currency, where a payment of so much is exactly so much. */
const someSimpleLedger = someLedger.map((input) => ({
  ...input,
  invoices: input.invoices.map((invoice) => ({ ...invoice, currency: 'GBP' })),
  credits: input.credits.map((credit) => ({ ...credit, currency: 'GBP' })),
}));

/** The ledger after a payment on these invoices, in this order. */
function afterPayment(input: FactsInput, numbers: string[], amountMinor: number): FactsInput {
  let left = amountMinor;
  const paid = new Map<string, number>();
  for (const number of numbers) {
    const invoice = input.invoices.find((one) => one.number === number);
    const part = Math.min(left, invoice?.openMinor ?? 0);
    paid.set(number, part);
    left -= part;
  }
  expect(left).toBe(0);
  const invoices = input.invoices.map((one): OpenInvoice => {
    return { ...one, openMinor: one.openMinor - (paid.get(one.number) ?? 0) };
  });
  return { ...input, invoices: invoices.filter((one) => one.openMinor > 0) };
}

const isRaised = (input: FactsInput, flag: Flag): boolean =>
  flagsOf(input).some((other) => other.customerId === flag.customerId && other.rule === flag.rule);

describe('the arithmetic of a flag can be done again from what it shows:', () => {
  it('per currency, the invoices less the credits are what was converted', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const { inputs } of flagsOf(input)) {
          for (const rate of inputs.rates) {
            const shown = opens(inputs.invoices, rate.currency) - opens(inputs.credits, rate.currency);
            expect(shown).toBe(rate.openMinor);
          }
          const named = new Set([...inputs.invoices, ...inputs.credits].map((item) => item.currency));
          expect(new Set(inputs.rates.map((rate) => rate.currency))).toEqual(named);
        }
      }),
    );
  });

  it('the figure is the sum of what was converted, to the unit', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const flag of flagsOf(input)) {
          expect(flag.figureMinor).toBe(sum(flag.inputs.rates.map((rate) => rate.baseMinor)));
        }
      }),
    );
  });

  it('the figure has reached the threshold, or passed it where it must be passed', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const { rule, figureMinor, thresholdMinor } of flagsOf(input)) {
          if (rule === 'cash-only') continue;
          const mustPass = rule === 'over-limit' || rule === 'group-over-limit';
          expect(figureMinor).toBeGreaterThanOrEqual((thresholdMinor ?? 0) + (mustPass ? 1 : 0));
        }
      }),
    );
  });

  it('every amount is a whole number of minor units', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const { figureMinor, thresholdMinor, clearsWith, inputs } of flagsOf(input)) {
          const amounts = [figureMinor, thresholdMinor, clearsWith.amountMinor, inputs.limitMinor];
          const items = [...inputs.invoices, ...inputs.credits].map((item) => item.openBaseMinor);
          for (const amount of [...amounts, ...items]) {
            expect(amount === null || Number.isSafeInteger(amount)).toBe(true);
          }
        }
      }),
    );
  });
});

describe('what a flag says would clear it', () => {
  it('clears it when it is paid on the invoices that it names', () => {
    fc.assert(
      fc.property(someSimpleLedger, (input) => {
        for (const flag of flagsOf(input)) {
          if (flag.rule === 'cash-only' && flag.inputs.credits.length > 0) continue;
          const { amountMinor, invoices } = flag.clearsWith;
          expect(amountMinor).toBeGreaterThan(0);
          expect(isRaised(afterPayment(input, invoices, amountMinor), flag)).toBe(false);
        }
      }),
    );
  });

  it('is the least that clears a flag about a limit: one minor unit less does not', () => {
    fc.assert(
      fc.property(someSimpleLedger, (input) => {
        for (const flag of flagsOf(input)) {
          // A group's flag goes from a member that has nothing open any more, and arrears may be a trifle short.
          if (flag.rule.startsWith('group-') || flag.rule === 'overdue' || flag.inputs.credits.length > 0)
            continue;
          const { amountMinor, invoices } = flag.clearsWith;
          expect(isRaised(afterPayment(input, invoices, amountMinor - 1), flag)).toBe(true);
        }
      }),
    );
  });

  it('for arrears is all of them: while the tolerance is left the flag stays', () => {
    fc.assert(
      fc.property(someSimpleLedger, (input) => {
        for (const flag of flagsOf(input).filter((one) => one.rule === 'overdue')) {
          expect(flag.clearsWith.amountMinor).toBe(flag.figureMinor);
          const short = flag.clearsWith.amountMinor - 1_00;
          expect(isRaised(afterPayment(input, flag.clearsWith.invoices, short), flag)).toBe(true);
        }
      }),
    );
  });

  it('names no more invoices than it takes', () => {
    fc.assert(
      fc.property(someSimpleLedger, (input) => {
        for (const { rule, clearsWith, inputs } of flagsOf(input)) {
          if (rule === 'cash-only') continue;
          const named = inputs.invoices.slice(0, clearsWith.invoices.length);
          expect(named.map((invoice) => invoice.number)).toEqual(clearsWith.invoices);
          const without = sum(named.slice(0, -1).map((invoice) => invoice.openMinor));
          expect(without).toBeLessThan(clearsWith.amountMinor);
        }
      }),
    );
  });
});

describe('judging', () => {
  it('is pure: the same facts and policy give the same bytes, and neither is touched', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        const facts = computeFacts(input);
        const before = JSON.stringify([facts, policy]);
        const first = JSON.stringify(evaluate(facts, policy));
        expect(JSON.stringify(evaluate(facts, policy))).toBe(first);
        expect(JSON.stringify(evaluate(computeFacts(structuredClone(input)), policyWith()))).toBe(first);
        expect(JSON.stringify([facts, policy])).toBe(before);
      }),
    );
  });

  it('raises a rule at most once for a customer', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        const names = flagsOf(input).map((flag) => `${flag.customerId} ${flag.rule}`);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});
