import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type Day } from '../../src/domain/index.ts';
import { parsePolicy, type Policy } from '../../src/policy/index.ts';
import { backtest, type BacktestLedger } from '../../src/whatif/index.ts';
import { BEGIN, someBacktestLedger } from '../support/backtest-ledgers.ts';
import { policyWith } from '../support/facts-builders.ts';
import { describeStandings, naiveBacktest, type NaiveDay } from '../support/naive-backtest.ts';

const PERIOD = { from: BEGIN, to: addDays(BEGIN, 74) };

/** The backtest's days in the same words as the naive ones: what was not judged anew is as it was. */
async function days(ledger: BacktestLedger, policy: Policy): Promise<NaiveDay[]> {
  const judged = new Map<number, Record<string, string>>();
  const { replays } = await backtest(ledger, {
    ...PERIOD,
    policies: [policy],
    onJudged: (number, standings, whose) => {
      const gone = Object.fromEntries([...whose].map((id) => [id, '']));
      judged.set(number, { ...judged.get(number), ...gone, ...describeStandings(standings) });
    },
  });
  const [replay] = replays;
  const all: NaiveDay[] = [];
  let standings: Record<string, string> = {};
  for (let number = 0; addDays(BEGIN, number) <= PERIOD.to; number += 1) {
    const day = addDays(BEGIN, number);
    standings = sorted({ ...standings, ...judged.get(number) });
    const reminders = replay!.reminders
      .filter(({ on }) => on === day)
      .map((one) => `${one.billTo} ${one.step}`);
    all.push({ day, standings, held: heldOn(replay!.holds, day), reminders: reminders.sort() });
  }
  return all;
}

type Holds = Awaited<ReturnType<typeof backtest>>['replays'][number]['holds'];

/** With the exposure of the first day alone: the sum of all days is compared beside. */
function heldOn(holds: Holds, day: Day): Record<string, number | null> {
  const held = holds.filter(({ from, until }) => from <= day && (until === null || day < until));
  return Object.fromEntries(
    held.map((one) => [one.customerId, one.from === day ? one.exposureMinor : -1] as const).sort(),
  );
}

const sorted = (standings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(standings)
      .filter(([, text]) => text !== '')
      .sort(),
  );

function firstDayOnly(naive: NaiveDay[]): NaiveDay[] {
  return naive.map((one, i) => ({
    ...one,
    held: Object.fromEntries(
      Object.entries(one.held).map(([id, minor]) => [id, id in (naive[i - 1]?.held ?? {}) ? -1 : minor]),
    ),
  }));
}

const segmented = parsePolicy(
  `version: 1
name: Segments, overrides and credits
rates: { maximumAgeDays: 20, order: [platform, booked] }
exposure: { drafts: { weightPercent: 60 }, orders: { weightPercent: 40, horizonDays: 14 } }
overdue: { tolerance: 5, graceDays: 3, creditsClearOverdue: true }
segments:
  - { name: big, when: { balance: { atLeast: 2000 } }, set: { graceDays: 0, release: { useAtMostPercent: 70 } } }
  - { name: short, when: { termsDays: { atMost: 7 } }, set: { defaultLimit: 900, tolerance: 50 } }
overrides:
  - { customer: c4, reason: known well, until: '2026-02-10', set: { graceDays: 20, atMost: approve-first } }
  - { customer: Customer c3, reason: in trouble, until: '2026-02-20', set: { atLeast: hold } }
rules:
  - { rule: near-limit, useAtLeastPercent: 75, standing: watch, exceptSegments: [big] }
  - { rule: over-limit, useAbovePercent: 100, standing: hold }
  - { rule: overdue, daysAtLeast: 4, standing: watch }
  - { rule: overdue, daysAtLeast: 12, amountAtLeast: 300, orShareAtLeastPercent: 40, standing: hold }
  - { rule: cash-only, standing: prepay }
  - { rule: unassessed, openAtLeast: 1500, standing: approve-first, segments: [big] }
release: { useAtMostPercent: 90, overdueDaysBelow: 8, overdueBelow: 200 }
standings: { hold: { effect: hold }, stop: { effect: hold }, prepay: { effect: hold } }
releaseHolds: { automatic: true }
reminders: { automatic: true, steps: [-5, -1, 2, 9], entry: contextual, minimumDaysBetween: 3 }
`,
  'segmented',
);

const POLICIES: Record<string, Policy> = {
  'the default policy': policyWith(),
  'a policy with segments, overrides, grace and release thresholds': segmented,
  'a policy that forgives nothing': policyWith((policy) => {
    policy.rules = [
      { rule: 'overdue', daysAtLeast: 1, standing: 'hold' },
      { rule: 'over-limit', useAbovePercent: 80, standing: 'stop' },
    ];
    policy.overdue.tolerance = 0;
    policy.release.useAtMostPercent = 50;
    policy.reminders.minimumDaysBetween = 1;
  }),
};

describe('a backtest', () => {
  it.each(Object.keys(POLICIES))(
    'judges only when something can change, and finds all of it: %s',
    async (name) => {
      const policy = POLICIES[name]!;
      await fc.assert(
        fc.asyncProperty(someBacktestLedger, async (ledger) => {
          expect(await days(ledger, policy)).toEqual(firstDayOnly(naiveBacktest(ledger, policy, PERIOD)));
        }),
        { numRuns: 25 },
      );
    },
  );

  it('adds up what is held on each day', async () => {
    await fc.assert(
      fc.asyncProperty(someBacktestLedger, async (ledger) => {
        const { replays } = await backtest(ledger, { ...PERIOD, policies: [segmented] });
        const naive = naiveBacktest(ledger, segmented, PERIOD).map(({ held }) => Object.values(held));
        expect(replays[0]?.held).toEqual({
          customers: naive.map((held) => held.length),
          exposureMinor: naive.map((held) => held.reduce<number>((sum, minor) => sum + (minor ?? 0), 0)),
        });
      }),
      { numRuns: 25 },
    );
  });

  it('sees nothing of later days: cutting them off changes no day before', async () => {
    await fc.assert(
      fc.asyncProperty(someBacktestLedger, fc.integer({ min: 0, max: 73 }), async (ledger, cut) => {
        const last = addDays(BEGIN, cut);
        const known = <T extends { past: { from: Day }[] }>(records: T[]): T[] =>
          records.map((one) => ({ ...one, past: one.past.filter(({ from }) => from <= last) }));
        const shorter = {
          ...ledger,
          customers: known(ledger.customers),
          invoices: known(ledger.invoices),
          credits: known(ledger.credits),
          rates: { ...ledger.rates, rebuilt: ledger.rates.rebuilt.filter(({ date }) => date <= last) },
        };
        const upTo = (all: NaiveDay[]): NaiveDay[] => all.slice(0, cut + 1);
        expect(upTo(await days(shorter, segmented))).toEqual(upTo(await days(ledger, segmented)));
      }),
      { numRuns: 20 },
    );
  });
});
