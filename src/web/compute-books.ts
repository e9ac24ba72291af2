import { deflateSync } from 'node:zlib';
import type { StandingRecord } from '../decisions/index.ts';
import type { Day } from '../domain/index.ts';
import type { FactsDocument } from '../facts/index.ts';
import type { Flag } from '../rules/index.ts';
import { BUCKETS, ROWS_MAX, type Books, type CustomerLine, type FlagLine } from './books.ts';
import type { PackedList, Totals } from './books.ts';
import { compareFlags } from './words.ts';

/** How a customer stands, and what would make that milder. */
export type StandingLine = Pick<StandingRecord, 'standing' | 'clearing' | 'unpayable'>;

const CLEAR: StandingLine = { standing: 'clear', clearing: null, unpayable: null };

/** What books are made of. */
export interface BooksSource {
  currency: string;
  asOf: Day;
  run: number;
  syncedAtMs: number;
  facts: FactsDocument[];
  flags: Flag[];
  /** Customers without one are clear. */
  standings: ReadonlyMap<string, StandingLine>;
  tasks: string[];
  differences: Books['differences'];
}

/** Puts facts and findings into the size of a page. Pure. */
export function computeBooks(source: BooksSource): Books {
  const { currency, asOf, run, syncedAtMs, facts, flags, standings, tasks, differences } = source;
  const names = new Map(facts.map((one) => [one.customer.id, one.customer.name]));
  const flagCounts: Books['flagCounts'] = {};
  for (const { rule } of flags) flagCounts[rule] = (flagCounts[rule] ?? 0) + 1;
  const flagLine = (flag: Flag): FlagLine => describeFlag(flag, names.get(flag.customerId));
  const customerLine = (one: FactsDocument): CustomerLine =>
    describeCustomer(one, standings.get(one.customer.id) ?? CLEAR);
  return {
    asOf,
    run,
    syncedAtMs,
    currency,
    totals: sumFacts(facts),
    flagCounts,
    flags: pack(flags.toSorted(compareFlags), flagLine),
    customers: pack(listed(facts), customerLine),
    tasks: tasks.slice(0, ROWS_MAX),
    taskCount: tasks.length,
    differences,
  };
}

function describeFlag(flag: Flag, name: string | undefined): FlagLine {
  const { customerId, rule, severity, figureMinor, thresholdMinor, explanation, inputs } = flag;
  const { days } = inputs;
  return { customer: name ?? customerId, rule, severity, figureMinor, thresholdMinor, explanation, days };
}

function describeCustomer(
  facts: FactsDocument,
  { standing, clearing, unpayable }: StandingLine,
): CustomerLine {
  const { customer, exposureMinor, ageing, unappliedMinor, rollup, limitKind, limitMinor, useRatio } = facts;
  const limits = {
    'not-assessed': null,
    unlimited: 'unlimited',
    'cash-only': 0,
    amount: limitMinor,
  } as const;
  return {
    name: customer.name,
    standing,
    clears: clearing?.sentence ?? unpayable,
    exposureMinor,
    ageing,
    unappliedMinor,
    days: rollup?.daysOverdueMax ?? facts.daysOverdueMax,
    limit: limits[limitKind],
    useRatio,
  };
}

/** Those with open items, largest exposure first; who owes nothing and is owed nothing is left out. */
function listed(all: FactsDocument[]): FactsDocument[] {
  const exposure = (one: FactsDocument): number => one.exposureMinor ?? Infinity;
  return all
    .filter((one) => one.byCurrency.length > 0)
    .sort((a, b) => exposure(b) - exposure(a) || (a.customer.name < b.customer.name ? -1 : 1));
}

/** Own figures only: a parent's total contains its sub-customers, who are there themselves. */
function sumFacts(facts: FactsDocument[]): Totals {
  const ageing = { current: 0, d1_30: 0, d31_60: 0, d61_90: 0, d91: 0 };
  const totals: Totals = { exposureMinor: 0, overdueMinor: 0, unappliedMinor: 0, ageing, leftOut: 0 };
  for (const one of facts) {
    if (one.ageing === null) {
      totals.leftOut += 1;
      continue;
    }
    totals.exposureMinor += one.exposureMinor ?? 0;
    totals.overdueMinor += one.overdueMinor ?? 0;
    totals.unappliedMinor += one.unappliedMinor ?? 0;
    for (const bucket of BUCKETS) ageing[bucket] += one.ageing[bucket];
  }
  return totals;
}

/** Lines are made page by page, so that a long list never exists twice. */
function pack<Row, Line>(rows: Row[], line: (row: Row) => Line): PackedList {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < rows.length; at += ROWS_MAX) {
    const lines = rows.slice(at, at + ROWS_MAX).map(line);
    pages.push(new Uint8Array(deflateSync(JSON.stringify(lines), { level: 3 })));
  }
  return { rows: rows.length, pages };
}
