import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectionId,
  dayAt,
  instantAt,
  parseDay,
  timeAt,
  type ConnectionId,
  type Day,
} from '../../src/domain/index.ts';
import type { Night } from '../../src/decisions/index.ts';
import { isOpen, type DispatchWindow } from '../../src/reminders/index.ts';
import { dueRuns, type FailedNights, type ScheduledConnection } from '../../src/scheduler/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const id = connectionId('xero-1');

/** Zones with their changes of the clock in 2026, and some without. */
const DST_CHANGES: [zone: string, days: string[]][] = [
  ['Europe/London', ['2026-03-29', '2026-10-25']],
  ['Europe/Berlin', ['2026-03-29', '2026-10-25']],
  ['America/New_York', ['2026-03-08', '2026-11-01']],
  ['America/St_Johns', ['2026-03-08', '2026-11-01']],
  ['Atlantic/Azores', ['2026-03-29', '2026-10-25']],
  ['Australia/Lord_Howe', ['2026-04-05', '2026-10-04']],
  ['Pacific/Auckland', ['2026-04-05', '2026-09-27']],
  ['Africa/Cairo', ['2026-04-24', '2026-10-30']],
  ['America/Santiago', ['2026-04-05', '2026-09-06']],
  ['Asia/Kolkata', ['2026-03-29']],
  ['Pacific/Kiritimati', ['2026-10-25']],
];
const CASES = DST_CHANGES.flatMap(([zone, days]) => days.map((day) => [zone, parseDay(day)] as const));

function connection(timeZone: string, fields: Partial<ScheduledConnection> = {}): ScheduledConnection {
  return { id, timeZone, state: 'active', ...fields };
}

const office = (timeZone: string): DispatchWindow => ({
  timeZone,
  from: '09:00',
  to: '17:00',
  weekdays: [1, 2, 3, 4, 5],
});

interface World {
  night?: Night | undefined;
  failed?: FailedNights | undefined;
  dispatchedAtMs?: number | undefined;
}

function ask(nowMs: number, one: ScheduledConnection, world: World = {}) {
  const { night, failed, dispatchedAtMs } = world;
  const past = {
    nights: night === undefined ? [] : [night],
    failures: new Map(failed === undefined ? [] : [[one.id, failed] as const]),
    dispatchedAtMs: new Map(dispatchedAtMs === undefined ? [] : [[one.id, dispatchedAtMs] as const]),
  };
  return dueRuns(nowMs, [one], past, office);
}

function night(day: Day, state: Night['state'], startedAtMs: number): Night {
  return {
    connectionId: id,
    day,
    state,
    startedAtMs,
    finishedAtMs: state === 'running' ? null : startedAtMs + MINUTE_MS,
  };
}

/** Lets a connection live through some time, a look every `stepMs`; every night that is due succeeds at once. */
function live(timeZone: string, fromMs: number, toMs: number, stepMs = MINUTE_MS, first?: Night) {
  const began: { day: Day; atMs: number }[] = [];
  let last = first;
  for (let nowMs = fromMs; nowMs < toMs; nowMs += stepMs) {
    if (ask(nowMs, connection(timeZone), { night: last }).nights.length === 0) continue;
    const day = dayAt(nowMs, timeZone);
    began.push({ day, atMs: nowMs });
    last = night(day, 'done', nowMs);
  }
  return began;
}

const daysFrom = (day: Day, count: number): Day[] =>
  Array.from({ length: count }, (_, index) =>
    dayAt(Date.parse(`${day}T12:00:00Z`) + index * 24 * HOUR_MS, 'UTC'),
  );

describe('the night', () => {
  it.each(CASES)('in %s happens once a day through the change of the clock on %s', (zone, change) => {
    const days = daysFrom(dayAt(Date.parse(`${change}T12:00:00Z`) - 24 * HOUR_MS, 'UTC'), 3);
    const began = live(zone, instantAt(days[0]!, '00:00', zone), instantAt(days[2]!, '23:59', zone));
    expect(began.map((one) => one.day)).toEqual(days);
    for (const { atMs } of began) expect(timeAt(atMs, zone) >= '02:00').toBe(true);
    for (const { atMs } of began) expect(timeAt(atMs, zone) < '03:01').toBe(true);
  });

  it('happens once on every day that the machine is awake for, wherever it is and whenever it looks', () => {
    const zones = DST_CHANGES.map(([zone]) => zone);
    const days = fc.integer({ min: 0, max: 364 });
    const step = fc.integer({ min: 5, max: 59 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), days, step, (zone, dayOfYear, stepMinutes) => {
        const fromMs = Date.UTC(2026, 0, 1) + dayOfYear * 24 * HOUR_MS;
        const began = live(zone, fromMs, fromMs + 4 * 24 * HOUR_MS, stepMinutes * MINUTE_MS);
        const count = new Set(began.map((one) => one.day)).size;
        expect(began.length).toBe(count);
        // Four days of watching see at least the three whole local days among them.
        expect(count).toBeGreaterThanOrEqual(3);
      }),
      { numRuns: 50 },
    );
  });

  it('never happens twice on a day however the clock jumps', () => {
    const jump = fc.oneof(
      fc.constant(MINUTE_MS),
      fc.constantFrom(-HOUR_MS, HOUR_MS, -24 * HOUR_MS, 24 * HOUR_MS, -30 * MINUTE_MS),
    );
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 400 }), fc.constantFrom(...CASES), (jumps, [zone, day]) => {
        const seen = new Set<Day>();
        let nowMs = instantAt(day, '00:00', zone);
        let last: Night | undefined;
        for (const ms of jumps) {
          nowMs += ms;
          if (ask(nowMs, connection(zone), { night: last }).nights.length === 0) continue;
          const today = dayAt(nowMs, zone);
          expect(seen.has(today)).toBe(false);
          seen.add(today);
          last = night(today, 'done', nowMs);
        }
      }),
    );
  });

  it('waits for 02:00 in the organisation’s own zone, not in the machine’s', () => {
    const auckland = connection('Pacific/Auckland');
    const before = instantAt(parseDay('2026-03-11'), '01:59', 'Pacific/Auckland');
    const yesterday = night(parseDay('2026-03-10'), 'done', before - 24 * HOUR_MS);
    expect(ask(before, auckland, { night: yesterday }).nights).toEqual([]);
    expect(ask(before + MINUTE_MS, auckland, { night: yesterday }).nights).toEqual([id]);
  });

  it('is made up for after downtime, but only for today and once', () => {
    const lastWeek = night(
      parseDay('2026-03-04'),
      'done',
      instantAt(parseDay('2026-03-04'), '02:00', 'Europe/London'),
    );
    const wakes = instantAt(parseDay('2026-03-11'), '14:37', 'Europe/London');
    const began = live('Europe/London', wakes, wakes + 8 * HOUR_MS, MINUTE_MS, lastWeek);
    expect(began).toEqual([{ day: '2026-03-11', atMs: wakes }]);
  });

  it('of a company that was connected at noon happens at once', () => {
    const noon = instantAt(parseDay('2026-03-11'), '12:00', 'Europe/London');
    expect(ask(noon, connection('Europe/London')).nights).toEqual([id]);
  });

  it.each(['reconnect', 'disconnected'] as const)(
    'does not happen while the connection is in state %s',
    (state) => {
      const noon = instantAt(parseDay('2026-03-11'), '12:00', 'Europe/London');
      const due = ask(noon, connection('Europe/London', { state }));
      expect(due).toEqual({ nights: [], dispatches: [], clockBehind: [] });
    },
  );

  it('is not run while the clock lies before the newest night, and that is said', () => {
    const today = instantAt(parseDay('2026-03-11'), '12:00', 'Europe/London');
    const ahead = night(parseDay('2026-03-12'), 'done', today + 14 * HOUR_MS);
    const due = ask(today, connection('Europe/London'), { night: ahead });
    expect(due.nights).toEqual([]);
    expect(due.clockBehind).toEqual([id]);
  });
});

describe('a night that failed', () => {
  const zone = 'Europe/London';
  const today = parseDay('2026-03-11');
  const startedAtMs = instantAt(today, '02:00', zone);
  const failedNight = night(today, 'failed', startedAtMs);

  it('is tried again after half an hour, not before', () => {
    const world = { night: failedNight, failed: { day: today, count: 1, lastAtMs: startedAtMs } };
    expect(ask(startedAtMs + 29 * MINUTE_MS, connection(zone), world).nights).toEqual([]);
    expect(ask(startedAtMs + 30 * MINUTE_MS, connection(zone), world).nights).toEqual([id]);
  });

  it('is tried seven times on a day in all, then left to a person until the next day', () => {
    const tries: number[] = [];
    let world: World = {};
    const end = startedAtMs + 24 * HOUR_MS;
    for (let nowMs = startedAtMs; nowMs <= end; nowMs += MINUTE_MS) {
      if (ask(nowMs, connection(zone), world).nights.length === 0) continue;
      tries.push((nowMs - startedAtMs) / MINUTE_MS);
      const day = dayAt(nowMs, zone);
      const count = world.failed?.day === day ? world.failed.count + 1 : 1;
      world = { night: night(day, 'failed', nowMs), failed: { day, count, lastAtMs: nowMs } };
    }
    expect(tries).toEqual([0, 30, 60, 90, 120, 150, 180, 24 * 60]);
  });

  it('before it could be written down is not tried again every minute', () => {
    const world = { failed: { day: today, count: 1, lastAtMs: startedAtMs } };
    expect(ask(startedAtMs + MINUTE_MS, connection(zone), world).nights).toEqual([]);
    expect(ask(startedAtMs + 30 * MINUTE_MS, connection(zone), world).nights).toEqual([id]);
  });

  it('while it still runs is left alone, and counts as dead after four hours', () => {
    const world = { night: night(today, 'running', startedAtMs) };
    expect(ask(startedAtMs + 4 * HOUR_MS - MINUTE_MS, connection(zone), world).nights).toEqual([]);
    expect(ask(startedAtMs + 4 * HOUR_MS, connection(zone), world).nights).toEqual([id]);
  });

  it('does not wait for the old hour to come round again when the clock is set back', () => {
    const later = { night: night(today, 'failed', startedAtMs + 10 * HOUR_MS) };
    expect(ask(startedAtMs + 2 * HOUR_MS, connection(zone), later).nights).toEqual([id]);
  });
});

describe('the dispatch window', () => {
  it.each(CASES)(
    'in %s around %s is used every ten minutes while it is open, and never outside',
    (zone, day) => {
      const fromMs = instantAt(day, '00:00', zone);
      let dispatchedAtMs: number | undefined;
      const times = new Map<Day, string[]>();
      for (let nowMs = fromMs; nowMs < fromMs + 48 * HOUR_MS; nowMs += MINUTE_MS) {
        if (ask(nowMs, connection(zone), { dispatchedAtMs }).dispatches.length === 0) continue;
        dispatchedAtMs = nowMs;
        expect(isOpen(office(zone), nowMs)).toBe(true);
        const today = dayAt(nowMs, zone);
        times.set(today, [...(times.get(today) ?? []), timeAt(nowMs, zone)]);
      }
      expect(times.size).toBeGreaterThan(0);
      for (const list of times.values()) {
        expect(list.length).toBe(48);
        expect([list[0], list.at(-1)]).toEqual(['09:00', '16:50']);
      }
    },
  );

  it('is closed for everybody while no policy can be read', () => {
    const noon = instantAt(parseDay('2026-03-11'), '12:00', 'Europe/London');
    const past = { nights: [], failures: new Map<ConnectionId, FailedNights>(), dispatchedAtMs: new Map() };
    expect(dueRuns(noon, [connection('Europe/London')], past, () => null).dispatches).toEqual([]);
  });

  it('opens again at once when the clock was set back by a day', () => {
    const tuesday = instantAt(parseDay('2026-03-10'), '12:00', 'Europe/London');
    const world = { dispatchedAtMs: tuesday + 24 * HOUR_MS };
    expect(ask(tuesday, connection('Europe/London'), world).dispatches).toEqual([id]);
  });
});
