import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertMinor, exponentOf, formatMoney, toDecimal, toMinor } from '../../src/domain/index.ts';

/** Half away from zero over whole numbers of any size: the reference that the fast paths are held against. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n ? -1n : 1n;
  return (sign * (2n * numerator * sign + denominator)) / (2n * denominator);
}

describe('an amount of money', () => {
  it('is kept in the minor unit of its currency', () => {
    expect([exponentOf('GBP'), exponentOf('JPY'), exponentOf('KWD')]).toEqual([2, 0, 3]);
    expect(toMinor(12.34, 'GBP')).toBe(1234);
    expect(toMinor(1234, 'JPY')).toBe(1234);
    expect(toMinor(1.234, 'KWD')).toBe(1234);
    expect(toMinor('12.34', 'EUR')).toBe(1234);
  });

  it('loses the noise of floating point', () => {
    expect(toMinor(362.07000000000005, 'GBP')).toBe(36207);
    expect(toMinor(0.1 + 0.2, 'GBP')).toBe(30);
    expect(toMinor(1.1 * 3, 'KWD')).toBe(3300);
    expect(toMinor(-1e-9, 'GBP')).toBe(0);
    expect(Object.is(toMinor(-0.001, 'GBP'), 0)).toBe(true);
  });

  it('is rounded half away from zero at the minor unit', () => {
    expect([toMinor(1.005, 'GBP'), toMinor(-1.005, 'GBP')]).toEqual([101, -101]);
    expect([toMinor('2.675', 'GBP'), toMinor('2.6749', 'GBP')]).toEqual([268, 267]);
    expect([toMinor(0.5, 'JPY'), toMinor(-0.5, 'JPY'), toMinor(0.4999, 'JPY')]).toEqual([1, -1, 0]);
    expect(toMinor('1.0004999999999999999999999999', 'KWD')).toBe(1000);
  });

  it.each([NaN, Infinity, -Infinity, Number('1e400'), 2 ** 53, '1e400', 'NaN', '', 'abc', '12,50'])(
    'is refused when it is %s',
    (amount) => {
      expect(() => toMinor(amount, 'GBP')).toThrow(expect.objectContaining({ code: 'BAD_AMOUNT' }));
    },
  );

  it('is the same by the quick path for numbers and by the exact path for text', () => {
    const cents = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 });
    const tenths = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(cents, tenths, (whole, tenth) => {
        const text = new Decimal(whole).times(10).plus(tenth).div(1000).toFixed();
        expect(toMinor(Number(text), 'GBP')).toBe(toMinor(text, 'GBP'));
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from its decimal text as it was', () => {
    const currency = fc.constantFrom('GBP', 'JPY', 'KWD');
    fc.assert(
      fc.property(fc.integer({ min: -1e13, max: 1e13 }), currency, (minor, code) => {
        expect(toMinor(toDecimal(minor, code), code)).toBe(minor);
      }),
    );
  });

  it('is written for people with thousands, its own decimal places and its currency', () => {
    expect(formatMoney(214000, 'GBP')).toBe('2,140.00 GBP');
    expect(formatMoney(-123456789, 'GBP')).toBe('-1,234,567.89 GBP');
    expect(formatMoney(1234567, 'JPY')).toBe('1,234,567 JPY');
    expect(formatMoney(5, 'KWD')).toBe('0.005 KWD');
  });
});

describe('a conversion', () => {
  it('minds that currencies have different minor units', () => {
    expect(convertMinor(1000, 'JPY', 'GBP', '0.0052')).toBe(520);
    expect(convertMinor(1_000, 'KWD', 'GBP', '2.55')).toBe(255);
    expect(convertMinor(100_00, 'GBP', 'JPY', '190.5')).toBe(19050);
    expect(convertMinor(777, 'GBP', 'GBP', '3')).toBe(777);
  });

  it('is rounded once, half away from zero', () => {
    expect([convertMinor(1, 'EUR', 'GBP', '0.5'), convertMinor(-1, 'EUR', 'GBP', '0.5')]).toEqual([1, -1]);
    expect(convertMinor(1, 'EUR', 'GBP', '0.4999999')).toBe(0);
    expect(Object.is(convertMinor(-1, 'EUR', 'GBP', '0.4'), 0)).toBe(true);
  });

  it('agrees with whole-number arithmetic for every sum and every rate that a file may hold', () => {
    const minor = fc.integer({ min: -1e14, max: 1e14 });
    const rate = fc.tuple(fc.bigInt(0n, 999_999_999n), fc.bigInt(0n, 999_999_999_999n));
    fc.assert(
      fc.property(minor, rate, (sum, [whole, fraction]) => {
        const text = `${whole}.${String(fraction).padStart(12, '0')}`;
        const exact = divideRounded(BigInt(sum) * (whole * 10n ** 12n + fraction), 10n ** 12n);
        fc.pre(exact < 2n ** 53n && exact > -(2n ** 53n));
        expect(BigInt(convertMinor(sum, 'EUR', 'GBP', text))).toBe(exact);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not tipped over a half by digits that were cut off', () => {
    // Sums and rates whose product ends in .499999999999 after nine digits and more.
    const sum = fc.bigInt(10n ** 10n, 10n ** 13n).map((ten) => ten - (ten % 10n) + 3n);
    fc.assert(
      fc.property(sum, (minor) => {
        const rate = (499_999_999_999n * inverse(minor, 10n ** 12n)) % 10n ** 12n;
        const below = (minor * rate) / 10n ** 12n;
        const text = `0.${String(rate).padStart(12, '0')}`;
        expect(BigInt(convertMinor(Number(minor), 'EUR', 'GBP', text))).toBe(below);
      }),
    );
  });
});

/** The number that times `value` leaves 1 modulo `modulus`; both have no divisor in common. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, value % modulus];
  let [found, step] = [0n, 1n];
  while (next > 0n) {
    const times = rest / next;
    [rest, next] = [next, rest - times * next];
    [found, step] = [step, found - times * step];
  }
  return ((found % modulus) + modulus) % modulus;
}
