import { describe, expect, it } from 'vitest';
import { median, ratioOf } from '../../bench/support/median.ts';
import { measured, notMeasured, passes, resultOf, shown } from '../../bench/support/results.ts';
import { renderRows } from '../../bench/support/table.ts';

describe('a figure of the bench', () => {
  it('passes when it is just at its bar, and is short just beyond', () => {
    expect(passes(measured('a', 1.5, '', { atMost: 1.5 }))).toBe(true);
    expect(passes(measured('a', 1.5001, '', { atMost: 1.5 }))).toBe(false);
    expect(passes(measured('a', 1.5, '', { atLeast: 1.5 }))).toBe(true);
    expect(passes(measured('a', 1.4999, '', { atLeast: 1.5 }))).toBe(false);
  });

  it('is judged before it is rounded', () => {
    const row = measured('a', 1.504, '', { atMost: 1.5 });
    expect(resultOf('sync', row)).toMatchObject({ figure: 1.5, pass: false });
  });

  it('never passes when it could not be measured', () => {
    const row = notMeasured('a', 'ms', { atMost: 50 }, new Error('no night began'));
    expect(passes(row)).toBe(false);
    expect(passes(measured('a', NaN, 'ms', { atMost: 50 }))).toBe(false);
    expect(resultOf('sync', row)).toEqual({
      bench: 'sync',
      what: 'a',
      figure: null,
      unit: 'ms',
      bar: 50,
      pass: false,
    });
  });

  it('is judged by nobody without a bar', () => {
    expect(resultOf('sync', shown('a', 123.46, 'MB'))).toMatchObject({
      bar: null,
      pass: null,
      figure: 123.5,
    });
  });
});

describe('the table of the bench', () => {
  const rows = [
    measured('fast enough', 1.234, '', { atMost: 1.5 }, '1.1 to 1.3'),
    measured('too slow', 2, 'ms', { atMost: 1 }),
    notMeasured('broken', '', { atLeast: 3 }, new Error('it ended')),
    shown('for information', 7, 'MB'),
  ];

  it('says what, bar, figure and pass or short, one line each', () => {
    expect(renderRows(rows).split('\n').slice(0, 5)).toEqual([
      'what             bar    figure',
      'fast enough      ≤ 1.5    1.23  pass',
      'too slow         ≤ 1      2 ms  short',
      'broken           ≥ 3         –  failed',
      'for information           7 MB',
    ]);
  });

  it('gives the reason of a failure and the notes below', () => {
    const text = renderRows(rows);
    expect(text).toContain('  fast enough: 1.1 to 1.3');
    expect(text).toContain('  broken: failed: it ended');
  });
});

describe('medians and ratios', () => {
  it('takes the middle value, and the mean of two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 9])).toBe(3);
    expect(() => median([])).toThrow('no values');
  });

  it('divides the medians and tells how far single rounds lie apart', () => {
    expect(ratioOf([10, 30, 20], [10, 10, 20])).toEqual({ figure: 2, lowest: 1, highest: 3 });
    expect(() => ratioOf([1], [1, 2])).toThrow('as many values');
  });
});
