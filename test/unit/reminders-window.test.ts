import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAt, timeAt, weekday } from '../../src/domain/index.ts';
import {
  expiryAfter,
  isOpen,
  nextOpening,
  windowOf,
  type DispatchWindow,
} from '../../src/reminders/index.ts';
import { policyWith } from '../support/facts-builders.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000', '');
const london = windowOf(policyWith(), 'Europe/London');
const MINUTE_MS = 60_000;

describe('the dispatch window of 09:00 to 17:00 on working days', () => {
  it.each([
    ['2026-03-11T08:59:59Z', false],
    ['2026-03-11T09:00:00Z', true],
    ['2026-03-11T16:59:59Z', true],
    ['2026-03-11T17:00:00Z', false],
    ['2026-03-14T12:00:00Z', false],
    ['2026-03-15T12:00:00Z', false],
    ['2026-03-16T12:00:00Z', true],
  ])('at %s is open: %s', (text, open) => {
    expect(isOpen(london, at(text))).toBe(open);
  });

  it('opens an hour earlier by the world’s clock in summer', () => {
    expect(isOpen(london, at('2026-03-27T08:30:00Z'))).toBe(false);
    expect(isOpen(london, at('2026-03-30T08:30:00Z'))).toBe(true);
    expect(iso(nextOpening(london, at('2026-03-27T18:00:00Z')))).toBe('2026-03-30T08:00:00Z');
    expect(iso(nextOpening(london, at('2026-10-23T18:00:00Z')))).toBe('2026-10-26T09:00:00Z');
  });

  it('is that of the zone: in New York it opens when London has lunch', () => {
    const newYork = windowOf(policyWith(), 'America/New_York');
    expect(iso(nextOpening(newYork, at('2026-03-11T10:00:00Z')))).toBe('2026-03-11T13:00:00Z');
  });

  it.each([
    ['inside', '2026-03-11T10:00:00Z', '2026-03-11T10:00:00Z'],
    ['before it', '2026-03-11T03:00:00Z', '2026-03-11T09:00:00Z'],
    ['after it', '2026-03-11T17:00:00Z', '2026-03-12T09:00:00Z'],
    ['on Friday evening', '2026-03-13T17:00:00Z', '2026-03-16T09:00:00Z'],
    ['on Sunday', '2026-03-15T12:00:00Z', '2026-03-16T09:00:00Z'],
  ])('opens next, seen from %s', (_what, now, opening) => {
    expect(iso(nextOpening(london, at(now)))).toBe(opening);
  });

  it.each([
    ['on Wednesday', '2026-03-11T09:00:00Z', '2026-03-12T17:00:00Z'],
    ['on Friday', '2026-03-13T09:00:00Z', '2026-03-16T17:00:00Z'],
    ['on the Friday before summer time', '2026-03-27T09:00:00Z', '2026-03-30T16:00:00Z'],
  ])('lets what was ready %s lapse at the end of the next working day', (_what, from, expiry) => {
    expect(iso(expiryAfter(london, at(from)))).toBe(expiry);
  });
});

describe('any window', () => {
  const time = fc.integer({ min: 0, max: 23 * 60 + 59 });
  const text = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const someWindow: fc.Arbitrary<DispatchWindow> = fc
    .record({
      times: fc.uniqueArray(fc.integer({ min: 4 * 60, max: 23 * 60 }), { minLength: 2, maxLength: 2 }),
      weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      timeZone: fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
    })
    .map(({ times, ...rest }) => {
      const [from = 0, to = 0] = [...times].sort((a, b) => a - b);
      return { ...rest, from: text(from), to: text(to) };
    });
  const someInstant = fc
    .tuple(fc.integer({ min: 0, max: 365 }), time)
    .map(([days, minutes]) => at('2026-01-01T00:00:00Z') + days * 86_400_000 + minutes * MINUTE_MS);

  it('is open at its next opening and closed in every minute before', () => {
    fc.assert(
      fc.property(someWindow, someInstant, (window, now) => {
        const opening = nextOpening(window, now);
        expect(opening).toBeGreaterThanOrEqual(now);
        expect(isOpen(window, opening)).toBe(true);
        if (opening > now) expect(isOpen(window, opening - MINUTE_MS)).toBe(false);
        const between = Math.floor((now + opening) / 2);
        if (opening > now) expect(nextOpening(window, between)).toBe(opening);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves at least one whole window to whatever became ready', () => {
    fc.assert(
      fc.property(someWindow, someInstant, (window, now) => {
        const ready = nextOpening(window, now);
        const expiry = expiryAfter(window, ready);
        expect(dayAt(expiry, window.timeZone) > dayAt(ready, window.timeZone)).toBe(true);
        expect(timeAt(expiry, window.timeZone)).toBe(window.to);
        expect(window.weekdays).toContain(weekday(dayAt(expiry, window.timeZone)));
      }),
      { numRuns: 300 },
    );
  });
});
