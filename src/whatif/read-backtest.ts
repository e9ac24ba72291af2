import { readCaseDays, readCaseFile, readExclusions, type CaseFile } from '../cases/index.ts';
import { addDays, dayAt, instantAt, type ConnectionId, type CustomerId, type Day } from '../domain/index.ts';
import {
  concernsEverybody,
  readBookedRates,
  readHistory,
  readListedRates,
  readQuarantined,
  type Connection,
  type KnownRate,
  type LedgerHistory,
  type Since,
} from '../mirror/index.ts';
import { inSnapshot, type Reader } from '../store/index.ts';
import type { BacktestLedger, Period } from './backtest-ledger.ts';

/**
 * Which limits a day is judged by: 'then' = those that were noted and counted on it (the first of a customer counts for
 * earlier days as well), 'today' = those of the last sync's day throughout.
 */
export type LimitsChoice = 'then' | 'today';

/** Reads all that a backtest of a period needs, through the doors of mirror and cases. Throws NOT_SYNCED. */
export async function readBacktestLedger(
  reader: Reader,
  connection: Connection,
  period: Period,
  limits: LimitsChoice,
): Promise<BacktestLedger> {
  return inSnapshot(reader, (then) => readThen(then, connection, period, limits));
}

async function readThen(
  reader: Reader,
  connection: Connection,
  period: Period,
  limits: LimitsChoice,
): Promise<BacktestLedger> {
  const history = await readHistory(reader, connection);
  const { customers, invoices, credits, drafts, orders, exactFrom, knownUntil } = history;
  return {
    baseCurrency: connection.baseCurrency,
    ...{ customers, invoices, credits, drafts, orders, exactFrom, knownUntil },
    rates: {
      rebuilt: [...history.listed, ...history.booked],
      exact: await readExactRates(reader, connection, history, period),
    },
    cases: await readCases(reader, connection, history, period, limits),
    incomplete: await readIncomplete(reader, connection.id, history),
    excluded: new Set((await readExclusions(reader, connection.id)).keys()),
  };
}

/** The last instant of a day in the organisation's zone, epoch ms. */
const endOf = (day: Day, { timeZone }: Connection): number =>
  instantAt(addDays(day, 1), '00:00', timeZone) - 1;

/** For each day since the first sync what was known at its end; a company without foreign currency needs none. */
async function readExactRates(
  reader: Reader,
  connection: Connection,
  history: LedgerHistory,
  { from, to }: Period,
): Promise<Map<Day, KnownRate[]>> {
  const exact = new Map<Day, KnownRate[]>();
  const { exactFrom, runDays } = history;
  if (!hasForeign(history, connection.baseCurrency)) return exact;
  for (let day = from < exactFrom ? exactFrom : from; day <= to; day = addDays(day, 1)) {
    const run = runDays.findLast((one) => one.day <= day)?.run ?? null;
    exact.set(day, [
      ...(await readListedRates(reader, connection.id, day, endOf(day, connection))),
      ...(await readBookedRates(reader, connection, day, run)),
    ]);
  }
  return exact;
}

function hasForeign({ invoices, credits, drafts, orders }: LedgerHistory, baseCurrency: string): boolean {
  const isForeign = ({ past }: { past: Since<{ currency: string } | null>[] }): boolean =>
    past.some(({ value }) => value !== null && value.currency !== baseCurrency);
  return [invoices, credits, drafts, orders].some((records) => records.some(isForeign));
}

async function readCases(
  reader: Reader,
  connection: Connection,
  { exactFrom, knownUntil }: LedgerHistory,
  { from, to }: Period,
  limits: LimitsChoice,
): Promise<Since<CaseFile>[]> {
  const { days, atMs } = await readCaseDays(reader, connection.id);
  const written = atMs.map((ms) => dayAt(ms, connection.timeZone));
  const inside = [exactFrom, ...days, ...written].filter((day) => day > from && day <= to);
  const today = { asOf: knownUntil, knownAtMs: Infinity };
  const now = limits === 'today' ? await readCaseFile(reader, connection.id, today) : null;
  const cases: Since<CaseFile>[] = [];
  for (const day of [...new Set([from, ...inside])].sort()) {
    const knownAtMs = day < exactFrom ? Infinity : endOf(day, connection);
    const then = await readCaseFile(reader, connection.id, { asOf: day, knownAtMs });
    const value = now === null ? then : { ...then, limits: now.limits, limitTerms: now.limitTerms };
    cases.push({ from: day, value });
  }
  return cases;
}

/** Whose figures could not be trusted, by the runs; the days before the first sync are told from the last. */
async function readIncomplete(
  reader: Reader,
  id: ConnectionId,
  { runDays }: LedgerHistory,
): Promise<BacktestLedger['incomplete']> {
  const last = runDays.at(-1);
  if (last === undefined) return [];
  const at = async (run: number): Promise<ReadonlySet<CustomerId> | 'everybody'> => {
    const rows = await readQuarantined(reader, id, run);
    if (rows.some(concernsEverybody)) return 'everybody';
    return new Set(rows.flatMap((row) => row.customerId ?? []));
  };
  const steps = [{ from: BEGINNING, value: await at(last.run) }];
  for (const { day, run } of runDays) steps.push({ from: day, value: await at(run) });
  return steps;
}

/** Earlier than any day that is replayed. */
const BEGINNING = '1900-01-01' as Day;
