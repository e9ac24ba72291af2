import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decideStandings, type StandingRecord } from '../../src/decisions/index.ts';
import { addDays, type CustomerId, type Day } from '../../src/domain/index.ts';
import { readFacts } from '../../src/facts/index.ts';
import type { Connection } from '../../src/mirror/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import type { Store } from '../../src/store/index.ts';
import { backtest, readBacktestLedger, type BacktestLedger } from '../../src/whatif/index.ts';
import { policyWith } from '../support/facts-builders.ts';
import { connect } from '../support/fake-platform.ts';
import { day } from '../support/mirror-records.ts';
import { describeStandings } from '../support/naive-backtest.ts';
import { HOUR_MS, letHappen, someDays, type Happening } from '../support/past-days.ts';
import { sharedStore } from '../support/temp-store.ts';

/** What happens, happens from here on; the documents are of the weeks before. */
const FIRST = day('2026-03-02');
const FROM = day('2026-01-25');
const policy = policyWith((one) => {
  one.exposure.drafts.weightPercent = 50;
  one.rules = [
    { rule: 'near-limit', useAtLeastPercent: 80, standing: 'watch' },
    { rule: 'over-limit', useAbovePercent: 100, standing: 'hold' },
    { rule: 'overdue', daysAtLeast: 10, amountAtLeast: 100, orShareAtLeastPercent: 20, standing: 'hold' },
  ];
});

const { store, close } = sharedStore();
afterAll(close);
let companies = 0;

/** Lives through the days; the last one ends with a finished sync, for an unfinished one has no figures. */
async function live(days: Happening[][]): Promise<Connection> {
  const connection = await connect(store, { company: `company-${(companies += 1)}` });
  for (const [number, happenings] of days.entries()) {
    let atMs = Date.parse(`${addDays(FIRST, number)}T00:00:00Z`);
    for (const one of happenings) await letHappen(store, connection.id, one, (atMs += HOUR_MS));
  }
  const lastMs = Date.parse(`${addDays(FIRST, days.length)}T09:00:00Z`);
  await letHappen(store, connection.id, { what: 'run', pages: [{}], published: true }, lastMs);
  return connection;
}

/** The product's own way, day by day: read the facts as of the day, judge, decide. */
async function product(from: Store, connection: Connection, to: Day) {
  const days: Record<string, Record<string, string>> = {};
  let prior = new Map<CustomerId, StandingRecord>();
  for (let asOf = FROM; asOf <= to; asOf = addDays(asOf, 1)) {
    const { facts } = await readFacts(from.reader, connection, policy, asOf);
    const standings = decideStandings(facts, evaluate(facts, policy), prior, policy);
    prior = new Map(standings.map((one) => [one.customerId, one]));
    days[asOf] = describeStandings(standings);
  }
  return days;
}

async function replayed(ledger: BacktestLedger, to: Day) {
  const judged = new Map<number, Record<string, string>>();
  await backtest(ledger, {
    ...{ from: FROM, to, policies: [policy] },
    onJudged: (number, standings, whose) => {
      const before = Object.fromEntries([...whose].map((id) => [id, '']));
      judged.set(number, { ...judged.get(number), ...before, ...describeStandings(standings) });
    },
  });
  const days: Record<string, Record<string, string>> = {};
  let now: Record<string, string> = {};
  for (let number = 0; addDays(FROM, number) <= to; number += 1) {
    now = { ...now, ...judged.get(number) };
    const known = Object.entries(now).filter(([, standing]) => standing !== '');
    days[addDays(FROM, number)] = Object.fromEntries(known.sort());
  }
  return days;
}

describe('a backtest of a company that was synced again and again', () => {
  it('decides each day as the product does from the facts of that day, before the first sync and after it', async () => {
    await fc.assert(
      fc.asyncProperty(someDays, async (days) => {
        const connection = await live(days);
        const to = addDays(FIRST, days.length);
        const ledger = await readBacktestLedger(store.reader, connection, { from: FROM, to }, 'then');
        if (!ledger.invoices.some(({ issueDate }) => issueDate <= to)) return;
        expect(await replayed(ledger, to)).toEqual(await product(store, connection, to));
      }),
      { numRuns: 15 },
    );
  });
});
