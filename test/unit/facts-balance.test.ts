import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, daysBetween } from '../../src/domain/index.ts';
import {
  bucketOf,
  computeFacts,
  describeFacts,
  useRatio,
  type Figures,
  type Position,
} from '../../src/facts/index.ts';
import { RATES, someLedger } from '../support/arbitraries.ts';
import {
  AS_OF,
  factsById,
  factsOf,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  rateTable,
} from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const bucketSum = ({ ageing }: Figures): number => sum(Object.values(ageing) as number[]);
const overdueSum = ({ ageing }: Figures): number => bucketSum({ ageing } as Figures) - ageing.current;
const pick = (position: Pick<Position, 'invoices' | 'credits'>, currency: string) => ({
  invoices: position.invoices.filter((one) => one.currency === currency),
  credits: position.credits.filter((one) => one.currency === currency),
});

describe('an ageing bucket', () => {
  it.each([
    [-60, 'current'],
    [-1, 'current'],
    [0, 'current'],
    [1, 'd1_30'],
    [30, 'd1_30'],
    [31, 'd31_60'],
    [60, 'd31_60'],
    [61, 'd61_90'],
    [90, 'd61_90'],
    [91, 'd91'],
    [4000, 'd91'],
  ] as const)('of %s days past due is %s', (days, bucket) => expect(bucketOf(days)).toBe(bucket));

  it('takes what falls due on the as-of day for current, and the day before for overdue', () => {
    const facts = factsOf({
      invoices: [
        openInvoice('today', 10_00, { due: AS_OF }),
        openInvoice('yesterday', 5_00, { due: '2026-03-10' }),
      ],
    });
    expect(facts.own.base).toMatchObject({ overdueMinor: 5_00, ageing: { current: 10_00, d1_30: 5_00 } });
    expect(facts.own.daysOverdueMax).toBe(1);
  });

  it('counts calendar days across the change to summer time', () => {
    const facts = factsOf({
      asOf: day('2026-03-30'),
      invoices: [
        openInvoice('a', 1_00, { due: '2026-03-28' }),
        openInvoice('b', 2_00, { due: '2026-02-28' }),
      ],
    });
    expect(facts.own.base?.ageing).toMatchObject({ d1_30: 3_00, d31_60: 0 });
    expect(facts.own.daysOverdueMax).toBe(30);
  });
});

describe('the figures of any customer, alone, with its family and in its group', () => {
  const positions = (input: Parameters<typeof computeFacts>[0]): Position[] =>
    computeFacts(input).flatMap((facts) => [
      facts.own,
      facts.total,
      ...(facts.group === null ? [] : [facts.group.position]),
    ]);

  it('balance to the unit in every currency: the buckets less what is unapplied are the exposure', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const position of positions(input)) {
          for (const figures of position.byCurrency) {
            const { invoices, credits } = pick(position, figures.currency);
            expect(bucketSum(figures)).toBe(sum(invoices.map((one) => one.openMinor)));
            expect(figures.unappliedMinor).toBe(sum(credits.map((one) => one.openMinor)));
            expect(bucketSum(figures) - figures.unappliedMinor).toBe(figures.exposureMinor);
            expect(figures.overdueMinor).toBe(overdueSum(figures));
          }
        }
      }),
    );
  });

  it('balance to the unit in base currency too, although every currency was rounded', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const { base, conversions } of positions(input)) {
          if (base === null) throw new Error('every rate is known here');
          expect(bucketSum(base) - base.unappliedMinor).toBe(base.exposureMinor);
          expect(sum(conversions.map((one) => one.baseMinor))).toBe(base.exposureMinor);
          expect(base.overdueMinor).toBe(overdueSum(base));
        }
      }),
    );
  });

  it('show for every currency the sum that was converted, its rate and where the rate is from', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        for (const { byCurrency, conversions } of positions(input)) {
          expect(conversions.map((one) => [one.currency, one.openMinor])).toEqual(
            byCurrency.map((one) => [one.currency, one.exposureMinor]),
          );
          for (const { currency, rate, source } of conversions) {
            expect([rate, source]).toEqual(
              currency === 'GBP' ? ['1', 'base'] : [RATES.get(currency)?.rate, 'file'],
            );
          }
        }
      }),
    );
  });

  it('age with the days alone: nothing is lost between the buckets from one day to the next', () => {
    fc.assert(
      fc.property(someLedger, fc.integer({ min: 1, max: 120 }), (input, days) => {
        const later = computeFacts({ ...input, asOf: addDays(input.asOf, days) });
        computeFacts(input).forEach((before, i) => {
          const after = later[i];
          expect(after?.own.base?.exposureMinor).toBe(before.own.base?.exposureMinor);
          expect(after?.own.base?.overdueMinor).toBeGreaterThanOrEqual(before.own.base?.overdueMinor ?? 0);
          if (before.own.daysOverdueMax > 0) {
            expect(after?.own.daysOverdueMax).toBe(before.own.daysOverdueMax + days);
          }
        });
      }),
    );
  });

  it('do not depend on the order in which items lie in the mirror', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        const shuffled = { ...input, invoices: [...input.invoices].reverse() };
        expect(JSON.stringify(computeFacts(shuffled))).toBe(JSON.stringify(computeFacts(input)));
      }),
    );
  });

  it('add up to the whole ledger over all customers', () => {
    fc.assert(
      fc.property(someLedger, (input) => {
        const facts = computeFacts(input);
        for (const currency of ['GBP', 'EUR', 'JPY', 'KWD']) {
          const shown = facts.flatMap((one) => one.own.byCurrency.filter((c) => c.currency === currency));
          const { invoices, credits } = pick(input, currency);
          expect(sum(shown.map((one) => one.exposureMinor))).toBe(
            sum(invoices.map((one) => one.openMinor)) - sum(credits.map((one) => one.openMinor)),
          );
        }
      }),
    );
  });
});

describe('a customer in several currencies', () => {
  const rates = rateTable({ EUR: '0.8613' }, day('2026-03-02'));

  it('owes the sum of each, converted once and rounded once per currency', () => {
    const facts = factsOf({
      rates,
      invoices: [
        openInvoice('a', 100_00),
        openInvoice('b', 10_01, { currency: 'EUR' }),
        openInvoice('c', 10_01, { currency: 'EUR' }),
      ],
      credits: [openCredit('d', 1_00, { currency: 'EUR' })],
    });
    // EUR 10.01 + 10.01 − 1.00 = 19.02; × 0.8613 = 16.381926 → GBP 16.38.
    expect(facts.own.conversions).toEqual([
      {
        currency: 'EUR',
        rate: '0.8613',
        date: '2026-03-02',
        source: 'file',
        openMinor: 19_02,
        baseMinor: 16_38,
      },
      { currency: 'GBP', rate: '1', date: AS_OF, source: 'base', openMinor: 100_00, baseMinor: 100_00 },
    ]);
    expect(facts.own.base?.exposureMinor).toBe(116_38);
  });

  it('cannot be summed when one rate is missing, which is not the same as owing nothing', () => {
    const facts = factsOf({
      rates,
      invoices: [openInvoice('a', 100_00), openInvoice('b', 5_00, { currency: 'USD', due: '2026-01-31' })],
      limits: limitTable({ c1: 50_00 }),
    });
    expect(facts.own.base).toBeNull();
    expect(facts.own.missingRates).toEqual(['USD']);
    expect(facts.own.byCurrency.map((one) => one.currency)).toEqual(['GBP', 'USD']);
    expect(useRatio(facts)).toBeNull();
    expect(describeFacts(facts)).toMatchObject({
      exposureMinor: null,
      unappliedMinor: null,
      overdueMinor: null,
      ageing: null,
      daysOverdueMax: daysBetween(day('2026-01-31'), AS_OF),
      missingRates: ['USD'],
    });
  });
});

describe('what a customer uses of its limit', () => {
  it('is its exposure with its sub-customers over the limit', () => {
    const facts = factsById({
      customers: [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })],
      invoices: [openInvoice('a', 30_00), openInvoice('b', 50_00, { customer: 'c2' })],
      limits: limitTable({ c1: 100_00, c2: 25_00 }),
    });
    expect(facts.get('c1') && useRatio(facts.get('c1')!)).toBe(0.8);
    expect(facts.get('c2') && useRatio(facts.get('c2')!)).toBe(2);
  });

  it.each([
    ['was never assessed', {}, null, 'not-assessed'],
    ['is cash only', { c1: 0 }, 0, 'cash-only'],
    ['is unlimited', { c1: { limit: { kind: 'unlimited' as const } } }, null, 'unlimited'],
  ])('is no number when it %s', (_what, limits, limitMinor, limitKind) => {
    const facts = factsOf({ invoices: [openInvoice('a', 30_00)], limits: limitTable(limits) });
    expect(useRatio(facts)).toBeNull();
    expect(describeFacts(facts)).toMatchObject({ limitMinor, limitKind, useRatio: null });
  });
});
