import { describe, expect, it } from 'vitest';
import { isWorkingDay, nextWorkingDay } from '../../src/policy/index.ts';
import { expiryAfter, isOpen, nextOpening, windowOf } from '../../src/reminders/index.ts';
import { day } from '../support/mirror-records.ts';
import { policyOf } from '../support/policy-text.ts';

const plain = policyOf();
const kept = policyOf(
  'calendar: { publicHolidays: true, workingDays: { IL: [7, 1, 2, 3, 4] }, holidays: { "*": [2026-12-24], GB: [2026-03-11] } }',
);
const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', '');

describe('a working day', () => {
  it.each([
    ['2026-03-13', 'GB', true, 'Friday'],
    ['2026-03-14', 'GB', false, 'Saturday'],
    ['2026-03-15', 'GB', false, 'Sunday'],
    ['2026-12-25', 'GB', true, 'Christmas, which this policy does not keep'],
  ])('without a calendar: %s in %s is one: %s (%s)', (text, country, expected) => {
    expect(isWorkingDay(plain, country, day(text))).toBe(expected);
  });

  it.each([
    ['2026-04-03', 'GB', false, 'Good Friday'],
    ['2026-04-03', 'US', true, 'Good Friday, which is no holiday there'],
    ['2026-04-06', 'GB', false, 'Easter Monday'],
    ['2026-12-25', 'GB', false, 'Christmas'],
    ['2026-12-28', 'GB', false, 'the day that stands for Boxing Day on a Saturday'],
    ['2026-11-26', 'US', false, 'Thanksgiving'],
    ['2026-11-26', 'GB', true, 'Thanksgiving, which is no holiday there'],
    ['2026-10-31', 'US', false, 'Halloween, a Saturday'],
    ['2026-07-14', 'FR', false, 'the 14th of July'],
    ['2026-03-11', 'GB', false, 'named by the policy for the country'],
    ['2026-03-11', 'IE', true, 'named by the policy for another country'],
    ['2026-12-24', 'IE', false, 'named by the policy for everywhere'],
    ['2026-12-24', '', false, 'the same where the country is not known'],
    ['2026-12-25', '', true, 'Christmas, but nobody knows where'],
    ['2026-12-25', 'XX', true, 'Christmas in a country that there is not'],
    ['2026-03-15', 'IL', true, 'Sunday in a country that works on it'],
    ['2026-03-13', 'IL', false, 'Friday in a country that does not'],
  ])('with one: %s in %s is one: %s (%s)', (text, country, expected) => {
    expect(isWorkingDay(kept, country, day(text))).toBe(expected);
  });

  it('is not taken by what is no holiday of the whole day', () => {
    // Christmas Eve is half a day off in some of Germany's offices, and Halloween an evening in America.
    const policy = policyOf('calendar: { publicHolidays: true }');
    expect(isWorkingDay(policy, 'DE', day('2026-12-24'))).toBe(true);
    expect(isWorkingDay(policy, 'US', day('2025-10-31'))).toBe(true);
  });

  it('comes after a holiday that begins in the evening', () => {
    // The Jewish new year of 2026 begins on Friday evening and is kept on Saturday and Sunday.
    const policy = policyOf('calendar: { publicHolidays: true, workingDays: { IL: [7, 1, 2, 3, 4] } }');
    expect(isWorkingDay(policy, 'IL', day('2026-09-13'))).toBe(false);
    expect(isWorkingDay(policy, 'IL', day('2026-09-14'))).toBe(true);
  });
});

describe('the next working day', () => {
  it.each([
    ['2026-03-10', 'GB', '2026-03-10'],
    ['2026-03-11', 'GB', '2026-03-12'],
    ['2026-04-03', 'GB', '2026-04-07'],
    ['2026-12-24', 'GB', '2026-12-29'],
    ['2026-12-31', 'GB', '2026-12-31'],
    ['2027-01-01', 'GB', '2027-01-04'],
  ])('at or after %s in %s is %s', (from, country, expected) => {
    expect(nextWorkingDay(kept, country, day(from))).toBe(expected);
  });

  it('is the day itself where nobody works for a year', () => {
    const all = Array.from({ length: 400 }, (_, i) =>
      new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
    );
    const policy = policyOf(`calendar: { holidays: { '*': [${all.join(', ')}] } }`);
    expect(nextWorkingDay(policy, 'GB', day('2026-01-02'))).toBe('2026-01-02');
  });
});

describe('the dispatch window for customers in a country', () => {
  const at = (text: string): number => Date.parse(text);
  const good = at('2026-04-03T10:00:00Z');

  it('is closed on their holiday and open for others', () => {
    expect(isOpen(windowOf(kept, 'Europe/London', 'GB'), good)).toBe(false);
    expect(isOpen(windowOf(kept, 'Europe/London', 'US'), good)).toBe(true);
    expect(isOpen(windowOf(kept, 'Europe/London'), good)).toBe(true);
  });

  it('opens after Easter, and lets what was ready lapse on the working day after', () => {
    const window = windowOf(kept, 'Europe/London', 'GB');
    expect(iso(nextOpening(window, good))).toBe('2026-04-07T08:00');
    expect(iso(expiryAfter(window, at('2026-04-02T09:00:00Z')))).toBe('2026-04-07T16:00');
  });

  it('needs a day on which both sides work', () => {
    const israel = windowOf(kept, 'Europe/London', 'IL');
    expect(isOpen(israel, at('2026-03-13T10:00:00Z'))).toBe(false);
    expect(isOpen(israel, at('2026-03-15T10:00:00Z'))).toBe(false);
    expect(iso(nextOpening(israel, at('2026-03-13T10:00:00Z')))).toBe('2026-03-16T09:00');
  });

  it('does not look for ever where nobody works', () => {
    const all = Array.from({ length: 800 }, (_, i) =>
      new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
    );
    const window = windowOf(
      policyOf(`calendar: { holidays: { '*': [${all.join(', ')}] } }`),
      'Europe/London',
      'GB',
    );
    expect(nextOpening(window, good)).toBe(good);
    expect(expiryAfter(window, good)).toBeGreaterThan(good);
  });
});
