import { describe, expect, it } from 'vitest';
import { customerId } from '../../src/domain/index.ts';
import { computeFacts } from '../../src/facts/index.ts';
import { evaluate, type Flag } from '../../src/rules/index.ts';
import {
  factsById,
  factsInput,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';

const policy = policyWith();
const flagsOf = (fields: Parameters<typeof factsInput>[0], by = policy): Flag[] =>
  evaluate(computeFacts(factsInput(fields)), by);
const brief = (flags: Flag[]): string[] => flags.map((flag) => `${flag.rule} ${flag.severity}`);
const owing = (minor: number, limit: number): string[] =>
  brief(
    flagsOf({ invoices: minor === 0 ? [] : [openInvoice('1', minor)], limits: limitTable({ c1: limit }) }),
  );

describe('a customer with a limit of 1,000.00', () => {
  it.each([
    [0, []],
    [799_90, []],
    [799_99, []],
    [800_00, ['near-limit watch']],
    [999_99, ['near-limit watch']],
    [1000_00, ['near-limit watch']],
    [1000_01, ['over-limit approve-first']],
    [1000_10, ['over-limit approve-first']],
    [1100_00, ['over-limit approve-first']],
    [1100_01, ['over-limit hold']],
    [1100_10, ['over-limit hold']],
    [50_000_00, ['over-limit hold']],
  ])('that owes %s pence is flagged %s', (minor, flags) => {
    expect(owing(minor, 1000_00)).toEqual(flags);
  });

  it('is judged by what it owes less what it has in its favour', () => {
    const invoices = [openInvoice('1', 1250_00)];
    const limits = limitTable({ c1: 1000_00 });
    const flags = flagsOf({ invoices, credits: [openCredit('2', 150_00)], limits });
    expect(brief(flags)).toEqual(['over-limit approve-first']);
    expect(flags[0]).toMatchObject({ figureMinor: 1100_00, thresholdMinor: 1000_00 });
    expect(flagsOf({ invoices, credits: [openCredit('2', 9_999_00)], limits })).toEqual([]);
  });
});

describe('a limit that no percentage divides evenly', () => {
  it('is met at the exact share and not a minor unit before it', () => {
    // 80 % of 0.99 is 0.792: 0.79 is less, 0.80 is more. 110 % of 0.99 is 1.089.
    expect([79, 80, 99, 100, 108, 109].map((minor) => owing(minor, 99)[0])).toEqual([
      undefined,
      'near-limit watch',
      'near-limit watch',
      'over-limit approve-first',
      'over-limit approve-first',
      'over-limit hold',
    ]);
  });

  it('may be one minor unit', () => {
    expect([owing(1, 1), owing(2, 1)]).toEqual([['near-limit watch'], ['over-limit hold']]);
  });
});

describe('a customer that', () => {
  it('has a limit of nothing is cash only: any open item asks for payment in advance', () => {
    expect(owing(0, 0)).toEqual([]);
    expect(owing(1, 0)).toEqual(['cash-only prepay']);
    const [flag] = flagsOf({ invoices: [openInvoice('1', 5_00)], limits: limitTable({ c1: 0 }) });
    expect(flag).toMatchObject({
      figureMinor: 5_00,
      thresholdMinor: 0,
      clearsWith: { amountMinor: 5_00, invoices: ['1'] },
    });
  });

  it('is unlimited is never over a limit and never unassessed', () => {
    const limits = limitTable({ c1: { limit: { kind: 'unlimited' } } });
    expect(flagsOf({ invoices: [openInvoice('1', 9_999_999_00)], limits })).toEqual([]);
  });

  it.each([
    [999_99, []],
    [1000_00, ['unassessed info']],
    [5000_00, ['unassessed info']],
  ])('was never assessed and owes %s pence is flagged %s, and never over a limit', (minor, flags) => {
    expect(brief(flagsOf({ invoices: [openInvoice('1', minor)] }))).toEqual(flags);
  });

  it('is a sub-customer without a limit leaves that question to its debtor', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })];
    const flags = flagsOf({ customers, invoices: [openInvoice('1', 1000_00, { customer: 'c2' })] });
    expect(flags.map((flag) => [flag.customerId, flag.rule])).toEqual([['c1', 'unassessed']]);
  });

  it('has sub-customers is judged with what they owe, and they by their own limits', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })];
    const invoices = [openInvoice('1', 600_00), openInvoice('2', 600_00, { customer: 'c2' })];
    const flags = flagsOf({ customers, invoices, limits: limitTable({ c1: 1000_00, c2: 700_00 }) });
    expect(flags.map((flag) => [flag.customerId, flag.rule, flag.figureMinor])).toEqual([
      ['c1', 'over-limit', 1200_00],
      ['c2', 'near-limit', 600_00],
    ]);
    expect(flags[0]?.explanation).toContain('with its 1 sub-customer owes');
  });

  it('owes in several currencies is judged in base currency, with the rate and its source in words', () => {
    const rates = rateTable({ EUR: '0.8613' });
    const invoices = [openInvoice('1', 1000_00, { currency: 'EUR' })];
    const [flag] = flagsOf({ invoices, rates, limits: limitTable({ c1: 1000_00 }) });
    expect(flag).toMatchObject({ rule: 'near-limit', figureMinor: 861_30, currency: 'GBP' });
    expect(flag?.explanation).toMatch(/1,000\.00 EUR at 0\.8613 \(.*2026-03-11/);
  });
});

describe('a group with a limit of 1,000.00', () => {
  const customers = [ledgerCustomer('c1'), ledgerCustomer('c2'), ledgerCustomer('c3')];
  const limits = limitTable(
    {
      c1: { group: 'Wood' },
      c2: { group: 'Wood', limit: { kind: 'amount', limitMinor: 5000_00 } },
      c3: { group: 'Wood' },
    },
    { Wood: 1000_00 },
  );

  it('flags every member that owes something when they are over it together', () => {
    const invoices = [openInvoice('1', 600_00), openInvoice('2', 500_01, { customer: 'c2' })];
    const flags = flagsOf({ customers, invoices, limits });
    expect(flags.map((flag) => [flag.customerId, flag.rule, flag.severity, flag.figureMinor])).toEqual([
      ['c1', 'group-over-limit', 'hold', 1100_01],
      ['c2', 'group-over-limit', 'hold', 1100_01],
    ]);
    expect(flags[0]?.inputs.invoices.map((invoice) => invoice.number).sort()).toEqual(['1', '2']);
    expect(flags[0]?.explanation).toContain('Wood');
  });

  it('is judged beside the member’s own limit', () => {
    const invoices = [openInvoice('2', 900_00, { customer: 'c2' })];
    const own = limitTable(
      { c2: { group: 'Wood', limit: { kind: 'amount', limitMinor: 100_00 } } },
      { Wood: 1000_00 },
    );
    expect(brief(flagsOf({ customers, invoices, limits: own }))).toEqual([
      'group-near-limit watch',
      'over-limit hold',
    ]);
  });

  it('of nothing is spoken of without dividing by it', () => {
    const none = limitTable({ c1: { group: 'Wood' } }, { Wood: 0 });
    const [flag] = flagsOf({ customers, invoices: [openInvoice('1', 5_00)], limits: none });
    expect(flag).toMatchObject({ rule: 'group-over-limit', severity: 'hold' });
    expect(flag?.explanation).not.toMatch(/Infinity|NaN/);
  });
});

describe('a customer that cannot be judged', () => {
  it('has one flag that says which rate is missing, whatever else is wrong with it', () => {
    const invoices = [
      openInvoice('1', 9_000_00, { due: '2025-01-01' }),
      openInvoice('2', 1, { currency: 'USD' }),
    ];
    const flags = flagsOf({ invoices, limits: limitTable({ c1: 100_00 }) });
    expect(brief(flags)).toEqual(['cannot-decide info']);
    expect(flags[0]).toMatchObject({ figureMinor: null, thresholdMinor: null });
    expect(flags[0]?.explanation).toContain('USD');
  });

  it('is one with a row in quarantine, and so is its parent, but not its neighbour', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' }), ledgerCustomer('c3')];
    const invoices = ['c1', 'c2', 'c3'].map((id) => openInvoice(id, 500_00, { customer: id }));
    const limits = limitTable({ c1: 100_00, c2: 100_00, c3: 100_00 });
    const flags = flagsOf({ customers, invoices, limits, incomplete: new Set([customerId('c2')]) });
    expect(flags.map((flag) => [flag.customerId, flag.rule])).toEqual([
      ['c1', 'cannot-decide'],
      ['c2', 'cannot-decide'],
      ['c3', 'over-limit'],
    ]);
  });

  it('is a member of a group of which a document could not be read', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2'), ledgerCustomer('c3')];
    const limits = limitTable({ c1: { group: 'Wood' }, c2: { group: 'Wood' } }, { Wood: 10_00 });
    const invoices = ['c1', 'c2', 'c3'].map((id) => openInvoice(id, 5_000_00, { customer: id }));
    const flags = flagsOf({ customers, invoices, limits, incomplete: new Set([customerId('c2')]) });
    expect(flags.map((flag) => [flag.customerId, flag.rule])).toEqual([
      ['c1', 'cannot-decide'],
      ['c2', 'cannot-decide'],
      ['c3', 'unassessed'],
    ]);
  });

  it('is a member of a group in which somebody owes in a currency without a rate', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2')];
    const limits = limitTable({ c1: { group: 'Wood' }, c2: { group: 'Wood' } }, { Wood: 10_00 });
    const invoices = [openInvoice('1', 500_00), openInvoice('2', 1, { customer: 'c2', currency: 'USD' })];
    expect(brief(flagsOf({ customers, invoices, limits }))).toEqual([
      'cannot-decide info',
      'cannot-decide info',
    ]);
  });
});

describe('a policy of one’s own', () => {
  it('moves the thresholds, and may begin exactly at a percentage or above it', () => {
    const own = policyWith((draft) => {
      draft.rules = [{ rule: 'over-limit', useAtLeastPercent: 100, standing: 'hold' }];
    });
    const at = (minor: number) =>
      brief(flagsOf({ invoices: [openInvoice('1', minor)], limits: limitTable({ c1: 1000_00 }) }, own));
    expect([at(999_99), at(1000_00)]).toEqual([[], ['over-limit hold']]);
  });

  it('that has no rule of a kind raises no flag of it', () => {
    const own = policyWith((draft) => {
      draft.rules = [{ rule: 'overdue', daysAtLeast: 1, standing: 'watch' }];
    });
    expect(flagsOf({ invoices: [openInvoice('1', 9_000_00)], limits: limitTable({ c1: 0 }) }, own)).toEqual(
      [],
    );
    expect(flagsOf({ invoices: [openInvoice('1', 9_000_00)] }, own)).toEqual([]);
  });

  it('that wants to hear of every debtor without a limit says exactly what would clear it', () => {
    const own = policyWith((draft) => {
      draft.rules = [{ rule: 'unassessed', openAtLeast: 0, standing: 'clear' }];
    });
    const [flag] = flagsOf({ invoices: [openInvoice('1', 5_00)] }, own);
    expect(flag?.clearsWith).toEqual({ amountMinor: 5_00, invoices: ['1'] });
    expect(flagsOf({ customers: [...factsById({}).values()].map((facts) => facts.customer) }, own)).toEqual(
      [],
    );
  });
});
