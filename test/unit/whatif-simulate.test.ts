import { describe, expect, it } from 'vitest';
import { parsePercent } from '../../src/cli/commands/simulate.ts';
import { customerId } from '../../src/domain/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { simulate, type SimulatedChange, type Simulation } from '../../src/whatif/index.ts';
import {
  factsInput,
  ledgerCustomer,
  limitTable,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';

const NOTHING: SimulatedChange = { limitsPercent: null, ratesPercent: new Map(), termsDays: null };

/**
 * c1 owes 900.00 of 1,000.00, c2 owes 500.00 in euros (430.00) without a limit, c3 is a sub-customer of c1. The group
 * Wood (c4, c5) may owe 2,000.00 and owes 1,700.00.
 */
const today = factsInput({
  customers: [
    ledgerCustomer('c1'),
    ledgerCustomer('c2', { currency: 'EUR' }),
    ledgerCustomer('c3', { parent: 'c1' }),
    ledgerCustomer('c4'),
    ledgerCustomer('c5'),
  ],
  invoices: [
    openInvoice('INV-1', 600_00),
    openInvoice('INV-2', 300_00, { customer: 'c3' }),
    openInvoice('INV-3', 500_00, { customer: 'c2', currency: 'EUR' }),
    openInvoice('INV-4', 1200_00, { customer: 'c4' }),
    openInvoice('INV-5', 500_00, { customer: 'c5' }),
  ],
  limits: limitTable({ c1: 1000_00, c4: { group: 'Wood' }, c5: { group: 'Wood' } }, { Wood: 2000_00 }),
  rates: rateTable({ EUR: '0.86' }),
});

const whatIf = (
  change: Partial<SimulatedChange>,
  more: { input?: FactsInput; failing?: string } = {},
): Simulation =>
  simulate({
    ...{ input: more.input ?? today, prior: new Map(), policy: policyWith(), excluded: new Set() },
    change: { ...NOTHING, ...change },
    ...(more.failing === undefined ? {} : { failing: customerId(more.failing) }),
  });

describe('a simulation', () => {
  it('of nothing changes nothing', () => {
    const { today: now, simulated, changes, breaches, newFlags, failure } = whatIf({});
    expect(simulated).toEqual(now);
    expect([changes, breaches, newFlags, failure]).toEqual([[], [], [], null]);
    expect(now).toMatchObject({ exposureMinor: 3030_00, held: 0, breaches: 0, overMinor: 0 });
  });

  it('of limits that fall by a fifth says who breaches, and by how much', () => {
    const { breaches, simulated, changes } = whatIf({ limitsPercent: -20 });
    const shape = breaches.map(({ name, group, limitMinor, overMinor, overTodayMinor }) => [
      group ?? name,
      limitMinor,
      overMinor,
      overTodayMinor,
    ]);
    expect(shape).toEqual([
      ['Customer c1', 800_00, 100_00, 0],
      ['Wood', 1600_00, 100_00, 0],
    ]);
    expect(simulated).toMatchObject({ breaches: 2, overMinor: 200_00, held: 1, heldExposureMinor: 900_00 });
    // 112.5 % of its limit: from 110 % on the default policy holds. The group stands at 106.25 %.
    expect(changes.map(({ name, from, to, held }) => [name, from, to, held])).toEqual([
      ['Customer c1', 'watch', 'hold', true],
      ['Customer c3', 'watch', 'hold', false],
      ['Customer c4', 'watch', 'approve-first', false],
      ['Customer c5', 'watch', 'approve-first', false],
    ]);
  });

  it('of limits that fall to nothing makes everybody with a limit cash only', () => {
    const { changes } = whatIf({ limitsPercent: -100 });
    expect(changes.find(({ customerId: id }) => id === customerId('c1'))).toMatchObject({ to: 'prepay' });
  });

  it('of a currency converts anew', () => {
    const { simulated, newFlags } = whatIf({ ratesPercent: new Map([['EUR', 150]]) });
    // 500.00 EUR at 0.86 × 2.5 = 1,075.00: from 1,000.00 on somebody should set a limit.
    expect(simulated.exposureMinor).toBe(3030_00 - 430_00 + 1075_00);
    expect(newFlags.map(({ customerId: id, rule, figureMinor }) => [id, rule, figureMinor])).toEqual([
      ['c2', 'unassessed', 1075_00],
    ]);
  });

  it('of a currency that no rate is known of, or of the company’s own, is refused', () => {
    for (const [currency, message] of [
      ['JPY', 'No usable rate of JPY is known.'],
      ['GBP', 'GBP is the currency of the company itself'],
    ] as const) {
      const refused = (): unknown => whatIf({ ratesPercent: new Map([[currency, 5]]) });
      expect(refused).toThrow(expect.objectContaining({ code: 'CURRENCY_UNKNOWN' }) as Error);
      expect(refused).toThrow(message);
    }
  });

  it('of shorter terms makes invoices overdue, never before they were issued', () => {
    const { today: now, simulated } = whatIf({ termsDays: -30 });
    expect([now.overdueMinor, simulated.overdueMinor]).toEqual([0, 0]);
    const old = {
      ...today,
      invoices: [
        { ...openInvoice('INV-1', 600_00), issueDate: openInvoice('X', 1, { due: '2026-02-01' }).dueDate },
      ],
    };
    expect(whatIf({ termsDays: -30 }, { input: old }).simulated.overdueMinor).toBe(600_00);
    expect(whatIf({ termsDays: -20 }, { input: old }).simulated.overdueMinor).toBe(0);
  });

  it('of another policy judges by it', () => {
    const other = policyWith((policy) => {
      policy.rules = [{ rule: 'over-limit', useAbovePercent: 85, standing: 'stop' }];
    });
    const { changes } = simulate({
      ...{ input: today, prior: new Map(), policy: policyWith(), otherPolicy: other },
      ...{ change: NOTHING, excluded: new Set() },
    });
    expect(changes[0]).toMatchObject({ name: 'Customer c1', from: 'watch', to: 'stop', held: true });
  });

  it('gives the same twice and leaves its input alone', () => {
    const before = JSON.stringify(today.invoices);
    expect(whatIf({ limitsPercent: -20, termsDays: -9 })).toEqual(
      whatIf({ limitsPercent: -20, termsDays: -9 }),
    );
    expect(JSON.stringify(today.invoices)).toBe(before);
  });
});

describe('the failure of a customer', () => {
  it('costs its exposure with its sub-customers, of which an insurer pays a part', () => {
    const insured = { insurer: 'Acme', limitMinor: 500_00, coverPercent: 90, until: null };
    const notes = {
      ...today.notes,
      limitTerms: new Map([[customerId('c1'), { temporary: [], insured, reviewOn: null }]]),
    };
    const { failure } = whatIf({}, { input: { ...today, notes }, failing: 'c1' });
    // min(900, 500) × 90 % = 450.00 insured.
    expect(failure).toMatchObject({
      ...{ customerId: 'c1', members: ['c3'], exposureMinor: 900_00 },
      ...{ insuredMinor: 450_00, ownRiskMinor: 450_00 },
    });
  });

  it('is that of its legal debtor, and shows how concentrated the rest is', () => {
    const { failure } = whatIf({}, { failing: 'c3' });
    expect(failure?.customerId).toBe('c1');
    expect(failure?.share).toBeCloseTo(900 / 3030, 10);
    expect(failure?.before).toMatchObject({ debtors: 4, exposureMinor: 3030_00, topFiveShare: 1 });
    expect(failure?.before.largestShare).toBeCloseTo(1200 / 3030, 10);
    expect(failure?.after).toMatchObject({ debtors: 3, exposureMinor: 2130_00 });
    expect(failure?.after.largestShare).toBeCloseTo(1200 / 2130, 10);
    expect(failure?.after.index).toBeCloseTo((1200 ** 2 + 500 ** 2 + 430 ** 2) / 2130 ** 2, 10);
  });

  it('of a customer that owes nothing costs nothing', () => {
    const nobody = factsInput({});
    expect(computeFacts(nobody)).toHaveLength(1);
    expect(whatIf({}, { input: nobody, failing: 'c1' }).failure).toMatchObject({
      ...{ exposureMinor: 0, ownRiskMinor: 0, share: null },
      before: { debtors: 0, largestShare: null, index: null },
    });
  });
});

describe('a percentage on the command line', () => {
  it.each([
    ['-20%', -20],
    ['20%', 20],
    ['+12.5%', 12.5],
    ['-100%', -100],
    ['0%', 0],
  ])('%s is %d', (text, percent) => {
    expect(parsePercent(text)).toBe(percent);
  });

  it.each(['-120%', '--20%', '+-20%', '-20', '20 %', 'twenty', '', '1e3%', '-0.00001%', '2000%', 'NaN%'])(
    'is not %s',
    (text) => {
      expect(() => parsePercent(text)).toThrow();
    },
  );
});
