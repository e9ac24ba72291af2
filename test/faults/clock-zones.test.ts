import { describe, expect, it } from 'vitest';
import { dayAt, tryDay } from '../../src/domain/index.ts';

/** Instants and the day that it is then, where the rules of a zone were changed or are odd. */
const ZONE_DAYS: [zone: string, instant: string, day: string][] = [
  // Samoa left 30 December 2011 out.
  ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31'],
  // Turkey stayed at +3 in 2016.
  ['Europe/Istanbul', '2016-12-31T20:59:59Z', '2016-12-31'],
  ['Europe/Istanbul', '2016-12-31T21:00:00Z', '2017-01-01'],
  // North Korea was half an hour off from 2015 to 2018.
  ['Asia/Pyongyang', '2017-06-30T15:15:00Z', '2017-06-30'],
  ['Asia/Pyongyang', '2019-06-30T15:15:00Z', '2019-07-01'],
  ['Asia/Kathmandu', '2026-03-10T18:14:59Z', '2026-03-10'],
  ['Asia/Kathmandu', '2026-03-10T18:15:00Z', '2026-03-11'],
  ['Pacific/Kiritimati', '2026-03-10T10:00:00Z', '2026-03-11'],
  ['Pacific/Honolulu', '2026-03-11T09:59:59Z', '2026-03-10'],
  ['Europe/London', '2026-03-29T00:59:59Z', '2026-03-29'],
  ['Europe/London', '2026-10-24T23:00:00Z', '2026-10-25'],
  ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01'],
];

describe('days', () => {
  it('fault 43: that are none are nobody\u2019s due date', () => {
    for (const none of ['2026-02-29', '2100-02-29', '1900-02-29', '2026-04-31', '2026-13-01'])
      expect(tryDay(none)).toBeNull();
    expect(tryDay('2000-02-29')).toBe('2000-02-29');
  });

  it.each(ZONE_DAYS)(
    'fault 43: in %s are what they were there at %s, whatever the zone\u2019s rule was before',
    (zone, instant, day) => {
      expect(dayAt(Date.parse(instant), zone)).toBe(day);
    },
  );
});
