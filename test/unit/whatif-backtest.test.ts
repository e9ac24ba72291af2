import { describe, expect, it } from 'vitest';
import { addDays, customerId } from '../../src/domain/index.ts';
import {
  backtest,
  caveatsOf,
  type Backtest,
  type BacktestLedger,
  type PlayedHold,
} from '../../src/whatif/index.ts';
import { BEGIN, plannedInvoice, smallLedger, type PlannedInvoice } from '../support/backtest-ledgers.ts';
import { ledgerCustomer, limitTable, policyWith } from '../support/facts-builders.ts';

const on = (number: number) => addDays(BEGIN, number);

/** Holds from 30 days overdue and at least 250.00, as the default policy does; released when nothing is. */
async function holdsOf(invoices: PlannedInvoice[], fields: Parameters<typeof smallLedger>[0] = {}) {
  const result = await run(smallLedger({ invoices: invoices.map(plannedInvoice), ...fields }));
  return result.replays[0]!;
}

const run = (ledger: BacktestLedger, good?: Backtest['good']): Promise<Backtest> =>
  backtest(ledger, { from: BEGIN, to: on(120), policies: [policyWith()], ...(good && { good }) });

/** Due on day 0 and not paid before day 45: overdue by 30 days from day 30 on. */
const LATE: PlannedInvoice = {
  ...{ number: 'INV-1', issued: -30, due: 0, totalMinor: 1000_00 },
  paid: [{ on: 45, amountMinor: 1000_00 }],
};
const only = (holds: PlayedHold[]): PlayedHold => {
  expect(holds).toHaveLength(1);
  return holds[0]!;
};

describe('a hold in a backtest', () => {
  it('begins on the day that the rule asks for it and ends on the day that its cause is gone', async () => {
    const { holds, held, totals } = await holdsOf([LATE]);
    expect(only(holds)).toMatchObject({
      ...{ customerId: 'c1', from: on(30), until: on(45), days: 15, standing: 'hold', rules: ['overdue'] },
      ...{ exposureMinor: 1000_00, overdueMinor: 1000_00, daysOverdueMax: 30 },
    });
    expect([held.customers[29], held.customers[30], held.customers[44], held.customers[45]]).toEqual([
      0, 1, 1, 0,
    ]);
    expect(held.exposureMinor[44]).toBe(1000_00);
    expect(totals).toMatchObject({ holds: 1, customers: 1, heldDays: 15, exposureAtHoldMinor: 1000_00 });
  });

  it('that lasts beyond the period has no end, and counts its days within it', async () => {
    const { holds } = await holdsOf([{ ...LATE, paid: [] }]);
    expect(only(holds)).toMatchObject({ from: on(30), until: null, days: 91 });
  });

  it('says how much of what was open was paid on time, late, credited, or never', async () => {
    const { holds } = await holdsOf([
      { ...LATE, paid: [] },
      { number: 'INV-2', issued: 0, due: 60, totalMinor: 500_00, paid: [{ on: 50, amountMinor: 500_00 }] },
      {
        ...{ number: 'INV-3', issued: 0, due: 20, totalMinor: 900_00 },
        paid: [
          { on: 40, amountMinor: 400_00 },
          { on: 50, amountMinor: 100_00, by: 'credit-note' },
        ],
      },
    ]);
    expect(only(holds).outcome).toMatchObject({
      verdict: 'justified',
      open: { paidOnTimeMinor: 500_00, paidLateMinor: 400_00, creditedMinor: 100_00, unpaidMinor: 1400_00 },
      daysLate: 20,
    });
  });

  it('would have kept back what was sold from the next day on and is unpaid and past due today', async () => {
    const sale = (number: string, issued: number, paid: number | null): PlannedInvoice => ({
      ...{ number, issued, due: issued + 30, totalMinor: 300_00 },
      paid: paid === null ? [] : [{ on: paid, amountMinor: 300_00 }],
    });
    const { holds, totals } = await holdsOf([
      LATE,
      sale('INV-ON-THE-DAY', 30, null),
      sale('INV-UNPAID', 31, null),
      sale('INV-ON-TIME', 40, 60),
      sale('INV-LATE', 44, 80),
      sale('INV-AFTER', 45, null),
    ]);
    // What is unpaid is 30 days overdue by day 90, and begins a second hold that the period ends.
    const [first, second] = holds;
    expect([first?.from, first?.until, second?.from]).toEqual([on(30), on(45), on(90)]);
    expect(first?.outcome.sold).toEqual({
      ...{ invoices: 3, paidOnTimeMinor: 300_00, paidLateMinor: 300_00, unpaidMinor: 300_00 },
      ...{ creditedMinor: 0, notDueMinor: 0 },
    });
    expect(totals).toMatchObject({ avoidedMinor: 300_00, catches: 1 });
  });

  it('speaks of the legal debtor, with what its sub-customers owe', async () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })];
    const { holds } = await holdsOf([{ ...LATE, customer: 'c2' }], { customers });
    expect(only(holds)).toMatchObject({ customerId: 'c1', members: ['c1', 'c2'], exposureMinor: 1000_00 });
  });

  it('is not placed on the exclusion list', async () => {
    const { holds, reminders } = await holdsOf([LATE], { excluded: new Set([customerId('c1')]) });
    expect([holds, reminders]).toEqual([[], []]);
  });
});

describe('a good customer wrongly held', () => {
  const overLimit = { caseFile: { limits: limitTable({ c1: 500_00 }) } };
  const big = (paidOn: number): PlannedInvoice => ({
    ...{ number: 'INV-1', issued: 10, due: 40, totalMinor: 900_00 },
    paid: [{ on: paidOn, amountMinor: 900_00 }],
  });

  it('is one that settles everything by its due day', async () => {
    const { holds, totals } = await holdsOf([big(40)], overLimit);
    expect(only(holds)).toMatchObject({
      from: on(10),
      rules: ['over-limit'],
      outcome: { verdict: 'needless' },
    });
    expect(totals).toMatchObject({ verdicts: { needless: 1 }, needlessExposureMinor: 900_00 });
  });

  it('may pay so many days after its due day, and not one more', async () => {
    expect(only((await holdsOf([big(54)], overLimit)).holds).outcome.verdict).toBe('needless');
    expect(only((await holdsOf([big(55)], overLimit)).holds).outcome.verdict).toBe('justified');
  });

  it('may pay so many days after the hold began where that is later than its due day', async () => {
    const overdue = (paidOn: number) => ({ ...big(paidOn), issued: -5, due: -3 });
    expect(only((await holdsOf([overdue(14)], overLimit)).holds).outcome.verdict).toBe('needless');
    expect(only((await holdsOf([overdue(15)], overLimit)).holds).outcome.verdict).toBe('justified');
  });

  it('is none when anything was paid later than passes as late at all, however soon after the hold', async () => {
    const soon = { ...LATE, paid: [{ on: 31, amountMinor: 1000_00 }] };
    expect(only((await holdsOf([soon])).holds).outcome.verdict).toBe('justified');
    const generous = await run(smallLedger({ invoices: [plannedInvoice(soon)] }), {
      withinDays: 14,
      lateDays: 60,
    });
    expect(generous.replays[0]?.holds[0]?.outcome.verdict).toBe('needless');
  });

  it('is none when what it was sold meanwhile stayed unpaid', async () => {
    const sold: PlannedInvoice = { number: 'INV-2', issued: 12, due: 20, totalMinor: 10_00 };
    const { holds } = await holdsOf([big(40), sold], overLimit);
    expect(holds[0]).toMatchObject({ rules: ['over-limit'], outcome: { verdict: 'justified' } });
  });

  it('cannot be told while the time to pay is not over', async () => {
    const open: PlannedInvoice = { number: 'INV-1', issued: 118, due: 150, totalMinor: 900_00 };
    const known = { ...overLimit, knownUntil: on(121) };
    const { holds } = await holdsOf([open], known);
    expect(only(holds).outcome).toMatchObject({ verdict: 'too-early', open: { notDueMinor: 900_00 } });
  });
});

describe('money in a backtest', () => {
  it('is converted at the rate of the hold’s first day', async () => {
    const rates = [
      { currency: 'EUR', rate: '0.8', date: on(25), source: 'file' as const },
      { currency: 'EUR', rate: '0.5', date: on(40), source: 'file' as const },
    ];
    const { holds } = await holdsOf([{ ...LATE, currency: 'EUR' }], { rates });
    expect(only(holds)).toMatchObject({ from: on(30), exposureMinor: 800_00 });
    expect(only(holds).outcome.open.paidLateMinor).toBe(800_00);
  });

  it('decides nothing where no rate is recent enough: not even that a hold is over', async () => {
    const rates = [{ currency: 'EUR', rate: '0.8', date: on(0), source: 'file' as const }];
    const { holds } = await holdsOf([{ ...LATE, currency: 'EUR' }], { rates });
    expect(only(holds)).toMatchObject({ from: on(30), until: on(45) });
    const stale = await holdsOf([{ ...LATE, currency: 'EUR' }], { rates: [{ ...rates[0]!, date: on(-2) }] });
    expect(stale.holds).toEqual([]);
  });
});

describe('reminders in a backtest', () => {
  it('follow the ladder of the policy, each once, and count by step', async () => {
    const { reminders, totals } = await holdsOf([LATE]);
    expect(reminders.map(({ on: day, step }) => [day, step])).toEqual([
      [on(1), 1],
      [on(7), 7],
      [on(14), 14],
      [on(30), 30],
    ]);
    expect(totals.reminders).toEqual({
      ...{ total: 4, customers: 1 },
      bySteps: [1, 7, 14, 30].map((step) => ({ step, sent: 1 })),
    });
  });
});

describe('two policies', () => {
  it('are replayed side by side over the same days', async () => {
    const strict = policyWith((policy) => {
      policy.name = 'Strict';
      policy.rules = [{ rule: 'overdue', daysAtLeast: 5, standing: 'hold' }];
    });
    const ledger = smallLedger({ invoices: [plannedInvoice(LATE)] });
    const { replays } = await backtest(ledger, { from: BEGIN, to: on(60), policies: [strict, policyWith()] });
    expect(replays.map(({ policy, holds }) => [policy.name, holds[0]?.from])).toEqual([
      ['Strict', on(5)],
      ['Default policy', on(30)],
    ]);
  });
});

describe('the days of a backtest', () => {
  const ledger = (exactFrom: number): BacktestLedger =>
    smallLedger({ invoices: [plannedInvoice(LATE)], exactFrom: on(exactFrom) });

  it('are counted as rebuilt before the first sync, and the caveats say how many', async () => {
    for (const [exactFrom, rebuilt, text] of [
      [300, 121, '121 days of 121 (100 %) lie before the first sync'],
      [100, 100, '100 days of 121 (83 %) lie before the first sync'],
      [-5, 0, 'Every day is judged by what the mirror held at its end.'],
    ] as const) {
      const result = await run(ledger(exactFrom));
      expect(result.reconstructedDays).toBe(rebuilt);
      expect(caveatsOf(result, 'then')[0]).toContain(text);
    }
  });

  it.each([
    [on(10), on(9), 'BAD_PERIOD', 'begins on 2026-01-17, after it ends on 2026-01-16'],
    [on(0), on(301), 'BAD_PERIOD', 'lies after the last sync'],
    [addDays(BEGIN, -2000), on(0), 'BAD_PERIOD', '2001 days are more than'],
    [on(-90), on(-80), 'NO_HISTORY', 'Nothing was invoiced on or before'],
  ])('from %s to %s are refused: %s', async (from, to, code, message) => {
    const refused = backtest(ledger(300), { from, to, policies: [policyWith()] });
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('are reported as clusters are done, and whoever is told may end it', async () => {
    const seen: string[] = [];
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2')];
    const two = smallLedger({ customers, invoices: [plannedInvoice(LATE)] });
    const onProgress = (done: number, total: number): void => {
      seen.push(`${done}/${total}`);
      if (done === 3) throw new Error('enough');
    };
    const policies = [policyWith(), policyWith()];
    await expect(backtest(two, { from: BEGIN, to: on(9), policies, onProgress })).rejects.toThrow('enough');
    expect(seen).toEqual(['1/4', '2/4', '3/4']);
  });
});
