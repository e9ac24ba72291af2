import { describe, expect, it } from 'vitest';
import { judgePromise, type PaymentPromise } from '../../src/cases/index.ts';
import { day } from '../support/mirror-records.ts';

const promise = (state: PaymentPromise['state'] = 'open') => ({
  ...{ state, amountMinor: 500_00, dueOn: day('2026-03-10') },
});

describe('a promise', () => {
  it.each([
    ['is open on its day', 0, '2026-03-10', 'open'],
    ['is open through the grace of two days', 0, '2026-03-12', 'open'],
    ['is broken on the day after', 0, '2026-03-13', 'broken'],
    ['is broken when a penny is missing', 499_99, '2026-03-13', 'broken'],
    ['is kept once all of it was paid, before its day', 500_00, '2026-03-01', 'kept'],
    ['is kept for good', 500_00, '2027-01-01', 'kept'],
    ['is kept by more than was promised', 900_00, '2026-03-13', 'kept'],
  ])('%s', (_what, paidMinor, asOf, state) => {
    expect(judgePromise(promise(), paidMinor, day(asOf))).toBe(state);
  });

  it('that was withdrawn is neither kept nor broken', () => {
    for (const paid of [0, 500_00])
      expect(judgePromise(promise('withdrawn'), paid, day('2026-12-31'))).toBe('withdrawn');
  });
});
