import { describe, expect, it } from 'vitest';
import {
  averageDaysDelinquent,
  bestPossibleDso,
  collectionEffectivenessIndex,
  describeCountedDays,
  dsoCountBack,
  dsoSimple,
  earlyDiscountAnnualCost,
  weightedDaysLate,
} from '../../src/facts/formulas.ts';

const THOUSAND = 1000_00;
const month = (salesMinor: number, days = 30) => ({ salesMinor, days });

describe('days sales outstanding', () => {
  it.each([
    // receivables, credit sales, days, DSO
    [15 * THOUSAND, 10 * THOUSAND, 30, 45],
    [4 * THOUSAND, 10 * THOUSAND, 30, 12],
    [0, 10 * THOUSAND, 30, 0],
    [36_500_00, 365_000_00, 365, 36.5],
  ])('of %s pence from sales of %s in %s days are %s', (receivables, sales, days, dso) => {
    expect(dsoSimple(receivables, sales, days)).toBe(dso);
  });

  it('are not defined without sales, or when more was credited than sold', () => {
    expect(dsoSimple(THOUSAND, 0, 30)).toBeNull();
    expect(dsoSimple(THOUSAND, -1, 30)).toBeNull();
    expect(bestPossibleDso(THOUSAND, 0, 30)).toBeNull();
  });

  it('are 33 above the best possible in the textbook case: 45 − 12', () => {
    const dso = dsoSimple(15 * THOUSAND, 10 * THOUSAND, 30);
    const best = bestPossibleDso(4 * THOUSAND, 10 * THOUSAND, 30);
    expect(averageDaysDelinquent(dso, best)).toBe(33);
    expect(averageDaysDelinquent(null, 12)).toBeNull();
    expect(averageDaysDelinquent(45, null)).toBeNull();
  });
});

describe('days counted back', () => {
  it.each([
    ['nothing owed', 0, [month(10)], 0],
    ['in our debt', -5, [month(10)], 0],
    ['half of the newest month', 5, [month(10)], 15],
    ['all of the newest month', 10, [month(10), month(10)], 30],
    ['a month and a third', 12, [month(10), month(6)], 40],
    ['months of their own lengths', 25, [month(10, 31), month(10, 28), month(10, 31)], 74.5],
    ['a month without sales, which counts full', 15, [month(10), month(0, 28), month(10, 31)], 73.5],
    [
      'a month with more credited than sold, which counts full',
      15,
      [month(10), month(-9, 28), month(10, 31)],
      73.5,
    ],
  ])('with %s', (_, receivables, months, days) => {
    expect(dsoCountBack(receivables, months)).toEqual({ days, isMore: false });
  });

  it('stop after 24 months and say that it is more', () => {
    const months = Array.from({ length: 30 }, () => month(1));
    expect(dsoCountBack(24, months)).toEqual({ days: 720, isMore: false });
    const more = dsoCountBack(25, months);
    expect(more).toEqual({ days: 720, isMore: true });
    expect(describeCountedDays(more)).toBe('> 720');
    expect(describeCountedDays(dsoCountBack(5, [month(9)]))).toBe('16.7');
  });

  it('say that it is more when the sales that are known end before the receivables do', () => {
    expect(dsoCountBack(25, [month(10), month(10)])).toEqual({ days: 60, isMore: true });
    expect(dsoCountBack(1, [])).toEqual({ days: 0, isMore: true });
  });
});

describe('the collection effectiveness index', () => {
  it.each([
    // begin, sales, end total, end current, months, percent
    [20, 15, 18, 10, 1, 68],
    [20, 15, 10, 10, 1, 100],
    [20, 15, 35, 10, 1, 0],
    // A quarter: 45 sold in three months count as 15.
    [20, 45, 18, 10, 3, 68],
  ])('of %s + %s sold − %s (%s of it current) over %s months is %s %%', (...row) => {
    const [begin, sales, end, current, months, percent] = row;
    const index = collectionEffectivenessIndex({
      beginReceivablesMinor: begin,
      creditSalesMinor: sales,
      endReceivablesMinor: end,
      endCurrentMinor: current,
      months,
    });
    expect(index).toBeCloseTo(percent, 10);
  });

  it('is not defined when there was nothing to collect', () => {
    const nothing = {
      beginReceivablesMinor: 0,
      creditSalesMinor: 10,
      endReceivablesMinor: 10,
      endCurrentMinor: 10,
    };
    expect(collectionEffectivenessIndex(nothing)).toBeNull();
  });
});

describe('an early-payment discount', () => {
  it.each([
    [2, 10, 30, 37.2],
    [1, 10, 30, 18.4],
    [2, 10, 60, 14.9],
    [3, 0, 14, 80.6],
  ])('of %s %% for payment within %s days instead of %s costs %s %% a year', (discount, early, net, cost) => {
    expect(Math.round((earlyDiscountAnnualCost(discount, early, net) ?? NaN) * 1000) / 10).toBe(cost);
  });

  it('has no yearly cost when nothing is left to pay or nothing is gained', () => {
    expect(earlyDiscountAnnualCost(100, 10, 30)).toBeNull();
    expect(earlyDiscountAnnualCost(2, 30, 30)).toBeNull();
    expect(earlyDiscountAnnualCost(2, 40, 30)).toBeNull();
    expect(earlyDiscountAnnualCost(0, 10, 30)).toBe(0);
  });
});

describe('weighted days late', () => {
  it('weigh by amount: 140 at 7 days and 85 at 55 are 25.1', () => {
    const late = weightedDaysLate([
      { amountMinor: 140_00, daysLate: 7 },
      { amountMinor: 85_00, daysLate: 55 },
    ]);
    expect(late?.toFixed(1)).toBe('25.1');
  });

  it('may be negative where customers pay early, and are not defined of nothing', () => {
    expect(weightedDaysLate([{ amountMinor: 1, daysLate: -3 }])).toBe(-3);
    expect(weightedDaysLate([])).toBeNull();
  });
});
