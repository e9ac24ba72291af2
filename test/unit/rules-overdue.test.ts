import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/domain/index.ts';
import { evaluateOne, type Flag } from '../../src/rules/index.ts';
import { AS_OF, factsOf, openCredit, openInvoice, policyWith, rateTable } from '../support/facts-builders.ts';

const policy = policyWith();
type Item = [days: number, minor: number];

/** The overdue flag of a customer with these invoices; days past due, minor units. */
function overdueOf(items: Item[], by = policy, creditMinor = 0): Flag | undefined {
  const invoices = items.map(([days, minor], i) =>
    openInvoice(`INV-${i + 1}`, minor, { due: addDays(AS_OF, -days) }),
  );
  const credits = creditMinor === 0 ? [] : [openCredit('CN', creditMinor)];
  return evaluateOne(factsOf({ invoices, credits }), by).find((flag) => flag.rule === 'overdue');
}
const severityOf = (...items: Item[]): string | undefined => overdueOf(items)?.severity;

describe('an overdue invoice of 300.00', () => {
  it.each([
    [-1, undefined],
    [0, undefined],
    [1, 'watch'],
    [14, 'watch'],
    [15, 'approve-first'],
    [29, 'approve-first'],
    [30, 'hold'],
    [365, 'hold'],
  ])('that is %s days past due asks for %s', (days, severity) => {
    expect(severityOf([days, 300_00])).toBe(severity);
  });
});

describe('what is 30 days overdue asks for a hold', () => {
  // The rest, current, makes the share small: 249.99 of 9,000.00 are 2.8 %.
  it.each([
    [249_99, 'approve-first'],
    [250_00, 'hold'],
    [250_01, 'hold'],
  ])('by its amount: %s pence ask for %s', (minor, severity) => {
    expect(severityOf([30, minor], [-5, 9000_00 - minor])).toBe(severity);
  });

  // Out of a balance of 1,000.00.
  it.each([
    [49_90, 'approve-first'],
    [49_99, 'approve-first'],
    [50_00, 'hold'],
    [50_01, 'hold'],
  ])('or by its share of the balance: %s pence of 1,000.00 ask for %s', (minor, severity) => {
    expect(severityOf([30, minor], [-5, 1000_00 - minor])).toBe(severity);
  });

  it('of which only what is that old counts, not what fell due since', () => {
    expect(severityOf([30, 20_00], [29, 900_00], [-5, 80_00])).toBe('approve-first');
    expect(severityOf([30, 20_00], [31, 230_00], [-5, 9000_00])).toBe('hold');
  });

  it('of a balance after credits, which make the share larger', () => {
    const items: Item[] = [
      [30, 40_00],
      [-5, 960_00],
    ];
    expect(overdueOf(items)?.severity).toBe('approve-first');
    expect(overdueOf(items, policy, 200_00)?.severity).toBe('hold');
  });

  it('by its amount alone when credits leave no balance to have a share of', () => {
    expect(overdueOf([[30, 100_00]], policy, 100_00)?.severity).toBe('approve-first');
    expect(overdueOf([[30, 250_00]], policy, 900_00)?.severity).toBe('hold');
  });
});

describe('a sum below the tolerance of 1.00', () => {
  it('is nothing, however old; at the tolerance it counts', () => {
    expect(severityOf([400, 99])).toBeUndefined();
    expect(severityOf([400, 1_00])).toBe('hold');
    expect(severityOf([1, 50], [2, 50])).toBe('watch');
    expect(severityOf([1, 50], [2, 49])).toBeUndefined();
  });

  it('does not count for an older rule because something younger is overdue too', () => {
    expect(severityOf([20, 50], [2, 100_00])).toBe('watch');
    expect(severityOf([40, 50], [2, 5_00])).toBe('watch');
    expect(severityOf([20, 1_00], [2, 100_00])).toBe('approve-first');
  });

  it('may be set to nothing', () => {
    const strict = policyWith((draft) => {
      draft.overdue.tolerance = 0;
    });
    expect(overdueOf([[1, 1]], strict)?.severity).toBe('watch');
    expect(overdueOf([], strict)).toBeUndefined();
  });
});

describe('days of grace', () => {
  const lenient = policyWith((draft) => {
    draft.overdue.graceDays = 5;
  });

  it.each([
    [5, undefined],
    [6, 'watch'],
    [19, 'watch'],
    [20, 'approve-first'],
    [34, 'approve-first'],
    [35, 'hold'],
  ])('move every threshold: %s days past due ask for %s', (days, severity) => {
    expect(overdueOf([[days, 300_00]], lenient)?.severity).toBe(severity);
  });

  it('are still shown as days overdue', () => {
    const flag = overdueOf([[6, 300_00]], lenient);
    expect(flag?.inputs.days).toBe(6);
    expect(flag?.inputs.invoices[0]?.daysOverdue).toBe(6);
  });
});

describe('an overdue flag', () => {
  it('lists what is overdue, oldest first, and nothing else', () => {
    const flag = overdueOf([
      [3, 20_00],
      [40, 10_00],
      [-2, 999_00],
    ]);
    expect(flag?.inputs.invoices.map((invoice) => [invoice.number, invoice.daysOverdue])).toEqual([
      ['INV-2', 40],
      ['INV-1', 3],
    ]);
    expect(flag?.inputs.credits).toEqual([]);
    expect(flag).toMatchObject({ figureMinor: 30_00, inputs: { days: 40, limitMinor: null } });
  });

  it('says in words what, how old and why', () => {
    const flag = overdueOf([[31, 300_00]]);
    expect(flag?.explanation).toBe(
      'Customer c1 is overdue with 300.00 GBP on 1 invoice, the oldest, INV-1, due 2026-02-08, 31 days ago; ' +
        '300.00 GBP of it is 30 days or more overdue, at least 15.00 GBP. The policy says hold from 30 days.',
    );
  });

  it('sums currencies at their rates, each rounded once', () => {
    const due = addDays(AS_OF, -31);
    const invoices = [
      openInvoice('a', 10_01, { due, currency: 'EUR' }),
      openInvoice('b', 10_01, { due, currency: 'EUR' }),
      openInvoice('c', 5_00, { due }),
    ];
    const facts = factsOf({ invoices, rates: rateTable({ EUR: '0.8613' }) });
    const flag = evaluateOne(facts, policy).find((one) => one.rule === 'overdue');
    // EUR 20.02 × 0.8613 = 17.243226 → 17.24; + 5.00.
    expect(flag?.figureMinor).toBe(22_24);
    expect(flag?.inputs.rates.map((one) => [one.currency, one.openMinor, one.baseMinor])).toEqual([
      ['EUR', 20_02, 17_24],
      ['GBP', 5_00, 5_00],
    ]);
  });
});
