import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallCounts, type LimiterRules } from '../../connectors/kit/call-counts.ts';
import { Limiter, limiterOf, type Release } from '../../connectors/kit/limiter.ts';
import type { CallBudget, CompanyId, PlatformName } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import { connectPlatform, SkippingClock } from '../support/connected-platform.ts';

const START_MS = Date.parse('2026-03-11T10:00:00Z');
const RULES: LimiterRules = { perSecond: 4, perMinute: 20, perDay: 50, concurrent: 3 };

/** What every process reads and writes, as a table would keep it. */
class SharedBudget implements CallBudget {
  saved: string | null = null;

  async change<T>(work: (saved: string | null) => { state: string; result: T }): Promise<T> {
    await nextTurn();
    const { state, result } = work(this.saved);
    this.saved = state;
    return result;
  }
}

/** Time that goes on to the next sleeper when nobody else can do anything. */
class NextSleeperClock implements Clock {
  #nowMs = START_MS;
  #sleepers: { atMs: number; wake: () => void }[] = [];

  nowMs = (): number => this.#nowMs;
  monotonicMs = (): number => this.#nowMs - START_MS;
  deadline = (): AbortSignal => new AbortController().signal;
  every = (): (() => Promise<void>) => () => Promise.resolve();

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ atMs: this.#nowMs + ms, wake }));
  }

  async runOut(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 8; turn += 1) await nextTurn();
      this.#sleepers.sort((one, two) => one.atMs - two.atMs);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }
}

const task = fc.record({
  process: fc.constantFrom(0, 1),
  atMs: fc.integer({ min: 0, max: 100_000 }),
  forMs: fc.integer({ min: 0, max: 5_000 }),
});

describe('two processes over one budget', () => {
  it('together never exceed a second, a minute, a day or the calls at once, however they interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(task, { minLength: 20, maxLength: 80, size: 'max' }), async (tasks) => {
        const clock = new NextSleeperClock();
        const budget = new SharedBudget();
        const limiters = [new Limiter(RULES, budget), new Limiter(RULES, budget)];
        const starts: number[] = [];
        let running = 0;
        let most = 0;
        let refused = 0;
        const work = tasks.map(async ({ process, atMs, forMs }) => {
          await clock.sleep(atMs);
          const release = await limiters[process]!.acquire(clock).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'PLATFORM_DAY_LIMIT' });
            return null;
          });
          if (release === null) return void (refused += 1);
          starts.push(clock.nowMs());
          most = Math.max(most, (running += 1));
          await clock.sleep(forMs);
          running -= 1;
          await release();
        });
        await Promise.all([clock.runOut(), ...work]);
        const apart = (calls: number, ms: number): boolean =>
          starts.every((start, at) => (starts[at + calls] ?? Infinity) - start >= ms);
        expect(apart(4, 1_000)).toBe(true);
        expect(apart(20, 60_000)).toBe(true);
        expect(most).toBeLessThanOrEqual(3);
        expect(starts.length).toBe(Math.min(tasks.length, 50));
        expect(refused).toBe(Math.max(0, tasks.length - 50));
      }),
      { numRuns: 25 },
    );
  });

  it('hand a place on when it is given back in the other process', async () => {
    const clock = new NextSleeperClock();
    const budget = new SharedBudget();
    const rules = { ...RULES, concurrent: 1, perSecond: null };
    const one = await new Limiter(rules, budget).acquire(clock);
    const waiting = new Limiter(rules, budget).acquire(clock);
    const given = clock.sleep(1_000).then(() => one());
    await Promise.all([clock.runOut(), waiting, given]);
    expect(clock.nowMs() - START_MS).toBeLessThan(2_000);
  });

  it('get back the place of one that was killed, once its call is certainly over', async () => {
    const clock = new NextSleeperClock();
    const budget = new SharedBudget();
    const rules = { ...RULES, concurrent: 1 };
    await new Limiter(rules, budget).acquire(clock, undefined, 0, 30_000);
    const waiting = new Limiter(rules, budget).acquire(clock).then(() => clock.nowMs() - START_MS);
    await clock.runOut();
    const waited = await waiting;
    expect(waited).toBeGreaterThanOrEqual(30_000);
    expect(waited).toBeLessThan(60_000);
  });

  it('rest together when the platform asked one of them to', async () => {
    const clock = new NextSleeperClock();
    const budget = new SharedBudget();
    await new Limiter(RULES, budget).pause(20_000, clock.nowMs());
    const waiting = new Limiter(RULES, budget).acquire(clock).then(() => clock.nowMs() - START_MS);
    await clock.runOut();
    expect(await waiting).toBeGreaterThanOrEqual(20_000);
    await new Limiter(RULES, budget).pause(900_000, clock.nowMs());
    await expect(new Limiter(RULES, budget).acquire(clock)).rejects.toMatchObject({
      code: 'PLATFORM_RATE_LIMITED',
      sent: 'no',
      retryAfterMs: 900_000,
    });
  });

  it('know what headers told the other one', async () => {
    const clock = new NextSleeperClock();
    const budget = new SharedBudget();
    const release = await new Limiter(RULES, budget).acquire(clock);
    await release({ minute: 0, day: 12 });
    const other = new Limiter(RULES, budget);
    expect(await other.dayLeft(clock.nowMs())).toBe(12);
    expect(await other.dayLeft(clock.nowMs(), 50)).toBe(0);
    const waiting = other.acquire(clock).then(() => clock.nowMs() - START_MS);
    await clock.runOut();
    expect(await waiting).toBeGreaterThan(50_000);
  });
});

describe('a restart', () => {
  it('keeps counts of the day and the minute, and the pause', async () => {
    const budget = new SharedBudget();
    const clock = new NextSleeperClock();
    const before = new Limiter({ ...RULES, perSecond: null }, budget);
    for (let calls = 0; calls < 20; calls += 1) await (await before.acquire(clock))();
    const after = new Limiter({ ...RULES, perSecond: null }, budget);
    expect(await after.dayLeft(clock.nowMs())).toBe(30);
    const waiting = after.acquire(clock).then(() => clock.nowMs() - START_MS);
    await clock.runOut();
    expect(await waiting).toBeGreaterThanOrEqual(60_000);
  });

  it('starts afresh from what cannot be read', () => {
    for (const saved of ['', 'null', '{}', '{"starts":7}', '[[', '{"v":2}'])
      expect(new CallCounts(RULES, saved).waitMs(START_MS)).toBe(0);
  });

  it('takes what was counted alone along when a session brings the first shared budget', async () => {
    const clock = new NextSleeperClock();
    const known = new Map<string, Limiter>();
    const companyId = 'c' as CompanyId;
    const budget = new SharedBudget();
    const before = new CallCounts(RULES);
    for (let calls = 0; calls < 5; calls += 1) before.count(clock.nowMs());
    budget.saved = before.save();
    const alone = limiterOf(known, { companyId }, RULES);
    for (let calls = 0; calls < 3; calls += 1) await (await alone.acquire(clock))();
    const shared = limiterOf(known, { companyId, budget }, RULES);
    expect(await shared.dayLeft(clock.nowMs())).toBe(42);
    expect(JSON.parse(budget.saved ?? '{}')).toMatchObject({ dayCount: 8 });
    expect(limiterOf(known, { companyId, budget: new SharedBudget() }, RULES)).toBe(shared);
    expect(await shared.dayLeft(clock.nowMs())).toBe(42);
  });
});

describe('the queue of one process', () => {
  const one = { ...RULES, concurrent: 1, perSecond: null };

  it('serves in the order of asking', async () => {
    const clock = new SkippingClock(() => START_MS);
    const limiter = new Limiter(one);
    const served: number[] = [];
    const first = await limiter.acquire(clock);
    const rest = [1, 2, 3, 4].map(async (number) => {
      const release = await limiter.acquire(clock);
      served.push(number);
      await release();
    });
    await first();
    await Promise.all(rest);
    expect(served).toEqual([1, 2, 3, 4]);
  });

  it('lets go of one that is told to stop, wherever it stands, and keeps serving the others', async () => {
    const clock = new SkippingClock(() => START_MS);
    const limiter = new Limiter(one);
    const first = await limiter.acquire(clock);
    const stops = [new AbortController(), new AbortController()];
    const [head, middle] = stops.map((stop) => limiter.acquire(clock, stop.signal));
    const last = limiter.acquire(clock);
    stops[1]!.abort();
    await expect(middle).rejects.toMatchObject({ code: 'CANCELLED' });
    stops[0]!.abort();
    await expect(head).rejects.toMatchObject({ code: 'CANCELLED' });
    await first();
    await (
      await last
    )();
    const done = new AbortController();
    done.abort();
    await expect(limiter.acquire(clock, done.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await (
      await limiter.acquire(clock)
    )();
  });

  it('is not stopped by a call that the day has no room for', async () => {
    const clock = new SkippingClock(() => START_MS);
    const limiter = new Limiter({ ...one, perDay: 51 });
    const releases: Release[] = [];
    await (
      await limiter.acquire(clock, undefined, 50)
    )();
    await expect(limiter.acquire(clock, undefined, 50)).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT' });
    releases.push(await limiter.acquire(clock, undefined, 10));
    await releases[0]!();
  });
});

describe('what is kept', () => {
  it('stays small however many calls the limits allow', () => {
    const counts = new CallCounts({ perSecond: null, perMinute: 1_000_000, perDay: null, concurrent: 10 });
    for (let call = 0; call < 20_000; call += 1) counts.count(START_MS + call * 9);
    expect(counts.save().length).toBeLessThan(4_000);
  });

  it('bundles without letting more through than the rule says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 100, maxLength: 300, size: 'max' }),
        (gaps) => {
          const counts = new CallCounts({ ...RULES, perDay: null });
          const starts: number[] = [];
          let nowMs = START_MS;
          for (const gap of gaps) {
            nowMs += gap;
            nowMs += counts.waitMs(nowMs);
            counts.count(nowMs);
            starts.push(nowMs);
          }
          const apart = (calls: number, ms: number): boolean =>
            starts.every((start, at) => (starts[at + calls] ?? Infinity) - start >= ms);
          return apart(4, 1_000) && apart(20, 60_000);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('never locks up when the wall clock is set back or forward', () => {
    const counts = new CallCounts({ ...RULES, perDay: null });
    for (let call = 0; call < 20; call += 1) counts.count(START_MS);
    counts.pauseUntil(START_MS + 80_000, START_MS);
    counts.seed({ minute: 0, day: null }, START_MS);
    counts.takeSlot('killed', START_MS + 100_000);
    counts.endDay(START_MS + 80_000_000, START_MS);
    for (const nowMs of [START_MS - 90 * 86_400_000, 0, START_MS + 90 * 86_400_000]) {
      const seen = new CallCounts({ ...RULES, perDay: null }, counts.save());
      expect(seen.waitMs(nowMs)).toBe(0);
      expect(seen.slotsOfOthers('me', nowMs)).toBe(0);
    }
  });

  it('holds a day to be over until the platform said, also past midnight, asking once an hour', () => {
    const counts = new CallCounts({ ...RULES, perDay: null });
    const untilMs = START_MS + 20 * 3_600_000;
    counts.endDay(untilMs, START_MS);
    expect(() => counts.waitMs(START_MS + 3_599_999)).toThrow(/used up/);
    const nextDayMs = Date.parse('2026-03-12T01:00:00Z');
    expect(counts.waitMs(nextDayMs), 'asks').toBe(0);
    counts.endDay(untilMs, nextDayMs);
    const sameDay = { ...RULES, perDay: null };
    expect(() => new CallCounts(sameDay, counts.save()).waitMs(nextDayMs + 3_599_999)).toThrow(/used up/);
    expect(counts.waitMs(untilMs)).toBe(0);
  });

  it('believes an end of the day no longer than an hour when it was told while the clock was a day ahead', () => {
    const counts = new CallCounts({ ...RULES, perDay: null });
    const aheadMs = START_MS + 20 * 3_600_000;
    counts.endDay(aheadMs + 24 * 3_600_000, aheadMs);
    expect(counts.waitMs(START_MS + 25 * 3_600_000)).toBe(0);
  });
});

describe.each<PlatformName>(['xero', 'quickbooks'])('calls to %s', (name) => {
  const sessionOver = async () => {
    const platform = await connectPlatform(name);
    const budget = new SharedBudget();
    const open = (tokens = platform.grant.tokens) =>
      platform.connector.open({
        companyId: platform.company,
        nowMs: () => platform.clock.nowMs(),
        accessToken: () => Promise.resolve(tokens.accessToken),
        budget,
      });
    return { platform, budget, open };
  };

  it('are counted in the budget, and their places given back', async () => {
    const { platform, budget, open } = await sessionOver();
    const session = open();
    await session.readOrganisation();
    const state = JSON.parse(budget.saved ?? '{}') as { dayCount: number; slots: unknown[] };
    expect(state.dayCount).toBe(session.calls());
    expect(state.slots).toEqual([]);
    await platform.close();
  });

  it('give their place back when they fail, and leave the outcome of a write as it is', async () => {
    const { platform, budget, open } = await sessionOver();
    platform.emulator.faults.add({ server: name, path: '/**', status: 500, body: {} });
    await expect(open().readOrganisation()).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
    expect((JSON.parse(budget.saved ?? '{}') as { slots: unknown[] }).slots).toEqual([]);
    await platform.close();
  });

  it('of bulk stop before the reserve, while what settles an effect still goes through', async () => {
    const { platform, budget, open } = await sessionOver();
    const counts = new CallCounts({ ...RULES, perDay: null });
    counts.count(platform.clock.nowMs());
    counts.seed({ minute: null, day: 30 }, platform.clock.nowMs());
    budget.saved = counts.save();
    const session = open();
    await expect(session.forecast()).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT', sent: 'no' });
    await expect(session.readRows([{ kind: 'invoice', remoteId: ID }])).rejects.toMatchObject({
      code: 'PLATFORM_DAY_LIMIT',
    });
    await expect(session.readOrganisation()).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT' });
    counts.seed({ minute: null, day: 10 }, platform.clock.nowMs());
    budget.saved = counts.save();
    await expect(session.sendInvoice(ID as never, 'k')).rejects.toMatchObject({
      code: 'PLATFORM_DAY_LIMIT',
      sent: 'no',
    });
    await expect(session.findSend(ID as never, 0)).rejects.not.toMatchObject({ code: 'PLATFORM_DAY_LIMIT' });
    await platform.close();
  });
});

const ID = '00000000-0000-4000-8000-000000000000';

describe('what the headers of Xero say', () => {
  it('stops bulk reads when its own count of the day runs out, whatever ours says', async () => {
    const limits = {
      perMinute: null,
      perDay: 54,
      appPerMinute: null,
      concurrent: 5,
      clock: 'world',
    } as const;
    const platform = await connectPlatform('xero', { limits });
    const read = () => platform.session.readOrganisation();
    await read();
    await expect(read()).rejects.toMatchObject({ code: 'PLATFORM_DAY_LIMIT', sent: 'no' });
    expect((await platform.session.readHold(ID as never)).held).toBe(false);
    await platform.close();
  });
});
