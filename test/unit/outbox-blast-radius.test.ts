import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blastRadius } from '../../src/outbox/blast-radius.ts';
import { policyWith } from '../support/facts-builders.ts';

const limits = policyWith().gates.blastRadius;
const stops = (count: number, customers: number, nights: number[] = []): boolean =>
  blastRadius(count, customers, nights, limits) !== null;

describe('the effects of one kind in one night wait for a person', () => {
  it.each([
    [20, 60, false],
    [21, 60, true],
    [20, 400, false],
    [21, 400, true],
    [21, 420, false],
    [100, 2000, false],
    [101, 2000, true],
  ])(
    'when they are more than 20 or 5 %% of the customers: %s of %s customers, %s',
    (count, customers, answer) => {
      expect(stops(count, customers)).toBe(answer);
    },
  );

  it.each([
    [12, [4, 4, 4, 4, 4, 4, 4], false],
    [13, [4, 4, 4, 4, 4, 4, 4], true],
    [13, [4, 4, 4, 4, 4, 4], false],
    [15, [1, 1, 1, 5, 9, 9, 9], false],
    [16, [1, 1, 1, 5, 9, 9, 9], true],
    [9, [0, 0, 0, 2, 4, 9, 9, 9], false],
    [10, [0, 0, 0, 2, 4, 9, 9, 9], true],
  ])('when they are more than three times the median: %s after nights of %s, %s', (count, nights, answer) => {
    expect(stops(count, 2000, nights)).toBe(answer);
  });

  it('but not for up to five of them after nights in which nothing was done', () => {
    const quiet = Array<number>(28).fill(0);
    expect([stops(5, 2000, quiet), stops(6, 2000, quiet)]).toEqual([false, true]);
  });

  it('with the reason in words', () => {
    expect(blastRadius(21, 60, [], limits)).toBe("21 in one night, more than the policy's 20");
    expect(blastRadius(13, 2000, Array<number>(7).fill(4), limits)).toMatch(
      /^13 in one night, .*three times/,
    );
  });

  it('never when nothing is to be done, and with every one more as well once they do', () => {
    const nights = fc.array(fc.nat(40), { maxLength: 28 });
    fc.assert(
      fc.property(fc.nat(300), fc.nat(5000), nights, (count, customers, last) => {
        expect(stops(0, customers, last)).toBe(false);
        if (stops(count, customers, last)) expect(stops(count + 1, customers, last)).toBe(true);
        expect(stops(count, customers, last)).toBe(stops(count, customers, [...last].reverse()));
      }),
    );
  });
});
