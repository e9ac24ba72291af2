import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dayAt,
  daysBetween,
  instantAt,
  isZone,
  parseDay,
  timeAt,
  tryDay,
  weekday,
  type Day,
} from '../../src/domain/index.ts';

const someDay = fc
  .integer({ min: Date.UTC(1900, 0, 1) / 86_400_000, max: Date.UTC(2199, 11, 31) / 86_400_000 })
  .map((number) => addDays(parseDay('1970-01-01'), number));

describe('a day', () => {
  it.each(['2026-02-30', '2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '26-1-1', '2026-3-1'])(
    'is not %s',
    (text) => {
      expect(tryDay(text)).toBeNull();
      expect(() => parseDay(text)).toThrow(expect.objectContaining({ code: 'BAD_DAY' }));
    },
  );

  it.each([
    '',
    ' 2026-03-11',
    '2026-03-11T00:00:00Z',
    '2026/03/11',
    '1899-12-31',
    '2200-01-01',
    '0001-01-01',
  ])('is not "%s" either', (text) => expect(tryDay(text)).toBeNull());

  it('may be the 29th of February in a leap year only', () => {
    expect(tryDay('2024-02-29')).toBe('2024-02-29');
    expect(tryDay('2000-02-29')).toBe('2000-02-29');
    expect(addDays(parseDay('2024-02-28'), 1)).toBe('2024-02-29');
    expect(addDays(parseDay('2026-02-28'), 1)).toBe('2026-03-01');
  });

  it('is a whole number of days from any other, also across a change to summer time', () => {
    expect(daysBetween(parseDay('2026-03-28'), parseDay('2026-03-30'))).toBe(2);
    expect(daysBetween(parseDay('2026-10-24'), parseDay('2026-10-26'))).toBe(2);
    expect(daysBetween(parseDay('2025-12-31'), parseDay('2026-03-11'))).toBe(70);
    expect(daysBetween(parseDay('2026-03-11'), parseDay('2026-03-01'))).toBe(-10);
  });

  it('comes back after going on and going back', () => {
    fc.assert(
      fc.property(someDay, fc.integer({ min: -2000, max: 2000 }), (from, days) => {
        const to = addDays(from, days);
        expect(daysBetween(from, to)).toBe(days);
        expect(addDays(to, -days)).toBe(from);
        expect(from < to).toBe(days > 0);
      }),
    );
  });

  it('has the weekday that the calendar says, Monday first', () => {
    expect(weekday(parseDay('2026-03-09'))).toBe(1);
    expect(weekday(parseDay('2026-03-11'))).toBe(3);
    expect(weekday(parseDay('2026-03-15'))).toBe(7);
    fc.assert(
      fc.property(someDay, (from) => {
        expect(weekday(addDays(from, 1))).toBe((weekday(from) % 7) + 1);
      }),
    );
  });
});

describe('an instant', () => {
  const midnight = Date.parse('2026-03-11T00:30:00Z');

  it('falls on the day of the zone that it is looked at in', () => {
    expect(dayAt(midnight, 'Europe/London')).toBe('2026-03-11');
    expect(dayAt(midnight, 'America/New_York')).toBe('2026-03-10');
    expect(dayAt(midnight, 'Pacific/Kiritimati')).toBe('2026-03-11');
    expect(dayAt(Date.parse('2026-03-11T11:00:00Z'), 'Pacific/Auckland')).toBe('2026-03-12');
  });

  it('has the wall time of the zone in summer and in winter', () => {
    expect(timeAt(Date.parse('2026-01-15T09:00:00Z'), 'Europe/London')).toBe('09:00');
    expect(timeAt(Date.parse('2026-07-15T09:00:00Z'), 'Europe/London')).toBe('10:00');
    expect(timeAt(Date.parse('2026-07-15T09:00:00Z'), 'Asia/Kathmandu')).toBe('14:45');
  });

  it('is found from a wall time, an hour earlier in summer', () => {
    const at = (text: string): number => instantAt(parseDay(text), '09:00', 'Europe/London');
    expect(at('2026-03-27')).toBe(Date.parse('2026-03-27T09:00:00Z'));
    expect(at('2026-03-30')).toBe(Date.parse('2026-03-30T08:00:00Z'));
  });

  it('moves on when the wall time was lost to the change to summer time', () => {
    const lost = instantAt(parseDay('2026-03-29'), '01:30', 'Europe/London');
    expect(lost).toBe(Date.parse('2026-03-29T01:30:00Z'));
    expect(timeAt(lost, 'Europe/London')).toBe('02:30');
  });

  it('keeps its day and time there and back, but for the lost hour', () => {
    const zone = fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tokyo');
    const time = fc.integer({ min: 3 * 60, max: 23 * 60 + 59 }).map(clockTime);
    fc.assert(
      fc.property(someDay.filter(isRecent), time, zone, (date, wall, timeZone) => {
        const instant = instantAt(date, wall, timeZone);
        expect([dayAt(instant, timeZone), timeAt(instant, timeZone)]).toEqual([date, wall]);
      }),
    );
  });
});

describe('a time zone', () => {
  it.each([
    ['Europe/London', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Europe/Londn', false],
    ['GMT+1', false],
    ['', false],
    ['/', false],
  ])('%s is known: %s', (text, known) => expect(isZone(text)).toBe(known));
});

describe('arithmetic of days', () => {
  it('agrees with the calendar on every day from 1900 to 2199', () => {
    const first = parseDay('1900-01-01');
    const firstMs = Date.UTC(1900, 0, 1);
    const wrong: string[] = [];
    for (let number = 0; ; number += 1) {
      const text = new Date(firstMs + number * 86_400_000).toISOString().slice(0, 10);
      if (text >= '2200') break;
      if (addDays(first, number) !== text || daysBetween(first, parseDay(text)) !== number) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });
});

const isRecent = (day: Day): boolean => day > '2010' && day < '2040';
const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
