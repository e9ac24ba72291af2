import { describe, expect, it } from 'vitest';
import type { Night } from '../../src/decisions/index.ts';
import { connectionId, parseDay } from '../../src/domain/index.ts';
import { PastTries, dueRuns } from '../../src/scheduler/index.ts';

const id = connectionId('xero-1');
const MINUTE_MS = 60_000;
const day = parseDay('2026-03-11');
const startedAtMs = Date.parse('2026-03-11T02:00:00Z');
const running: Night = { connectionId: id, day, state: 'running', startedAtMs, finishedAtMs: null };
const companies = [{ id, timeZone: 'Europe/London', state: 'active' as const }];

/** Whether the night of a company is due, whose newest night says 'running' and has nobody at it. */
const isDue = (tries: PastTries, atMs: number, interrupted = new Set([id])): boolean =>
  dueRuns(atMs, companies, { nights: [running], interrupted, ...tries.known() }, () => null).nights.length >
  0;

describe('a night that says it is running', () => {
  it('is left alone while somebody is at it', () => {
    expect(isDue(new PastTries(), startedAtMs + 60 * MINUTE_MS, new Set())).toBe(false);
  });

  it('is begun again at once when nobody is: its process was stopped or killed', () => {
    expect(isDue(new PastTries(), startedAtMs + MINUTE_MS)).toBe(true);
  });

  it('and takes its process along again and again has failed after the third time, and waits half an hour', () => {
    const tries = new PastTries();
    const lose = (minute: number): void => tries.lost(id, day, startedAtMs + minute * MINUTE_MS);
    lose(1);
    lose(2);
    expect(isDue(tries, startedAtMs + 2 * MINUTE_MS)).toBe(true);
    lose(3);
    expect(isDue(tries, startedAtMs + 4 * MINUTE_MS)).toBe(false);
    expect(isDue(tries, startedAtMs + 32 * MINUTE_MS)).toBe(false);
    expect(isDue(tries, startedAtMs + 33 * MINUTE_MS)).toBe(true);
  });

  it('is left to a person when it did so all day long', () => {
    const tries = new PastTries();
    for (let time = 0; time < 9; time += 1) tries.lost(id, day, startedAtMs + time * 31 * MINUTE_MS);
    expect(isDue(tries, startedAtMs + 20 * 60 * MINUTE_MS)).toBe(false);
  });

  it('has a clean slate once it was done', () => {
    const tries = new PastTries();
    for (let time = 0; time < 9; time += 1) tries.lost(id, day, startedAtMs);
    tries.succeeded(id);
    expect(isDue(tries, startedAtMs + MINUTE_MS)).toBe(true);
  });
});
