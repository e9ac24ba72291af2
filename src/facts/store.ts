import {
  HoldfastError,
  dayAt,
  parseDay,
  type ConnectionId,
  type CustomerId,
  type Day,
} from '../domain/index.ts';
import { readCaseFile } from '../cases/index.ts';
import {
  concernsEverybody,
  countStaleBalances,
  readBookedRates,
  readCustomers,
  readFactsRun,
  readListedRates,
  readOpenItems,
  readLastRun,
  readQuarantined,
  readRun,
  type Connection,
  type LedgerCustomer,
} from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import { computeFacts, type CustomerFacts } from './compute-facts.ts';
import { describeFacts, type FactsDocument } from './document.ts';
import { chooseRates } from './rates.ts';
import { reconcile, type Reconciliation } from './reconcile.ts';

/** Later than any document: a balance counts what is dated ahead as well. */
const ALL_DAYS = parseDay('2199-12-31');

/** Balances are of open items alone. */
const NOTHING_ELSE: Policy['exposure'] = {
  drafts: { weightPercent: 0 },
  orders: { weightPercent: 0, horizonDays: 0 },
};

/** Facts of one connection on one day, with the run that they rest on. */
export interface FactsOfDay {
  asOf: Day;
  /** The newest run that the mirror holds, hinted ones included. */
  run: number;
  /** When everything was last brought up to date: the end of the last published pull. */
  syncedAtMs: number;
  /** True for days before the first sync's own day, rebuilt from document dates. */
  reconstructed: boolean;
  facts: CustomerFacts[];
}

/**
 * Reads what facts need from the last published run and computes them. Throws NOT_SYNCED before the first sync and
 * SYNC_UNFINISHED while the last one is open or failed.
 */
export async function readFacts(
  reader: Reader,
  connection: Connection,
  policy: Policy,
  asOf: Day,
): Promise<FactsOfDay> {
  return readFactsWith(reader, connection, policy, asOf);
}

async function readFactsWith(
  reader: Reader,
  connection: Connection,
  { rates, exposure }: Pick<Policy, 'rates' | 'exposure'>,
  asOf: Day,
): Promise<FactsOfDay> {
  const { run, changedAtMs, syncedAtMs } = await readRunForFacts(reader, connection);
  const items = await readOpenItems(reader, connection.id, asOf, dayAt(changedAtMs, connection.timeZone));
  const known = [
    ...(await readListedRates(reader, connection.id, asOf)),
    ...(await readBookedRates(reader, connection, asOf)),
  ];
  const customers = await readCustomers(reader, connection.id);
  const { limits, ...notes } = await readCaseFile(reader, connection.id, { asOf, knownAtMs: Infinity });
  const facts = computeFacts({
    asOf,
    baseCurrency: connection.baseCurrency,
    customers,
    invoices: items.invoices,
    credits: items.credits,
    drafts: [],
    orders: [],
    exposure,
    limits,
    notes,
    rates: chooseRates(known, asOf, rates.maximumAgeDays),
    incomplete: await readIncomplete(reader, connection.id, customers),
  });
  return { asOf, run, syncedAtMs, reconstructed: items.reconstructed, facts };
}

/** Whose figures cannot be trusted: customers with a row in quarantine, everybody when it may be anybody's. */
async function readIncomplete(
  reader: Reader,
  id: ConnectionId,
  customers: LedgerCustomer[],
): Promise<Set<CustomerId>> {
  const quarantined = await readQuarantined(reader, id);
  if (quarantined.some(concernsEverybody)) return new Set(customers.map((customer) => customer.id));
  return new Set(quarantined.flatMap((row) => (row.customerId === null ? [] : [row.customerId])));
}

/** The last pull must be published: rows of a half-done one must never be taken for a whole. */
async function readRunForFacts(
  reader: Reader,
  connection: Connection,
): Promise<{ run: number; changedAtMs: number; syncedAtMs: number }> {
  const last = await readLastRun(reader, connection.id);
  const who = `${connection.name} (${connection.id})`;
  const hint = `Run \`holdfast sync ${connection.id}\`.`;
  if (last === null)
    throw new HoldfastError('NOT_SYNCED', `${who} has never been synced.`, { kind: 'state', hint });
  if (last.state !== 'published' || last.finishedAtMs === null) {
    const message = `Sync run ${last.number} of ${who} is ${last.state}: until one is finished there are no figures.`;
    throw new HoldfastError('SYNC_UNFINISHED', message, { kind: 'state', hint });
  }
  const newest = await readFactsRun(reader, connection.id);
  return {
    run: newest?.number ?? last.number,
    changedAtMs: newest?.finishedAtMs ?? last.finishedAtMs,
    syncedAtMs: last.finishedAtMs,
  };
}

/** Facts as a judgement wrote them down, for while there are no newer ones. */
export interface SavedFacts {
  asOf: Day;
  run: number;
  /** When that run was published: how old these facts are. */
  publishedAtMs: number;
  documents: FactsDocument[];
}

/** The newest saved facts of a day not after `asOf`; null when none were ever saved. */
export async function readSavedFacts(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<SavedFacts | null> {
  const newest = await reader
    .selectFrom('customer_facts')
    .select(['as_of', 'run'])
    .where('connection_id', '=', id)
    .where('as_of', '<=', asOf)
    .orderBy('as_of', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  const rows = await reader
    .selectFrom('customer_facts')
    .select('content')
    .where('connection_id', '=', id)
    .where('as_of', '=', newest.as_of)
    .orderBy('customer_id')
    .execute();
  return {
    asOf: newest.as_of as Day,
    run: newest.run,
    publishedAtMs: (await readRun(reader, id, newest.run))?.finishedAtMs ?? 0,
    documents: rows.map((row) => JSON.parse(row.content) as FactsDocument),
  };
}

/** Keeps a night's facts; the same night again replaces them. Customers with nothing open and no limit are left out. */
export async function saveFacts(tx: Tx, connection: Connection, day: FactsOfDay): Promise<void> {
  await tx
    .deleteFrom('customer_facts')
    .where('connection_id', '=', connection.id)
    .where('as_of', '=', day.asOf)
    .execute();
  const rows = day.facts.filter(isWorthKeeping).map((facts) => ({
    connection_id: connection.id,
    as_of: day.asOf,
    customer_id: facts.customer.id,
    run: day.run,
    content: JSON.stringify(describeFacts(facts)),
  }));
  for (let at = 0; at < rows.length; at += 100) {
    await tx
      .insertInto('customer_facts')
      .values(rows.slice(at, at + 100))
      .execute();
  }
}

const isWorthKeeping = (facts: CustomerFacts): boolean =>
  facts.total.invoices.length > 0 || facts.total.credits.length > 0 || facts.limit !== null;

/** A comparison of balances, with the run that it rests on. */
export interface SavedReconciliation extends Reconciliation {
  run: number;
  atMs: number;
  /** False while some balances of the platform's are known to be older here than the documents. */
  exact: boolean;
}

/** Compares the mirror's balances with the platform's own, as the last published run brought both. */
export async function compareBalances(
  reader: Reader,
  connection: Connection,
  nowMs: number,
): Promise<SavedReconciliation> {
  // Balances are compared in the customer's own currency: no rate is too old for that.
  const rates = { maximumAgeDays: Infinity, order: [] };
  const { run, facts } = await readFactsWith(reader, connection, { rates, exposure: NOTHING_ELSE }, ALL_DAYS);
  const exact = (await countStaleBalances(reader, connection.id)) === 0;
  return {
    run,
    atMs: nowMs,
    exact,
    ...reconcile(facts, { creditsMayCount: connection.platform === 'xero' }),
  };
}

/** Keeps the newest comparison of a connection. */
export async function saveReconciliation(
  tx: Tx,
  id: ConnectionId,
  reconciliation: SavedReconciliation,
): Promise<void> {
  const { run, atMs, compared, notCompared, exact, totals, differences } = reconciliation;
  const row = {
    run,
    at_ms: atMs,
    compared,
    not_compared: notCompared,
    differing: differences.length,
    content: JSON.stringify({ exact, totals, differences }),
  };
  await tx
    .insertInto('reconciliation')
    .values({ connection_id: id, ...row })
    .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(row))
    .execute();
}

/** The newest comparison of a connection; null before the first. */
export async function readReconciliation(
  reader: Reader,
  id: ConnectionId,
): Promise<SavedReconciliation | null> {
  const row = await reader
    .selectFrom('reconciliation')
    .selectAll()
    .where('connection_id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  const content = JSON.parse(row.content) as Pick<SavedReconciliation, 'exact' | 'totals' | 'differences'>;
  return { run: row.run, atMs: row.at_ms, compared: row.compared, notCompared: row.not_compared, ...content };
}

/** What a page says of the newest comparison at a glance, without its list. */
export type ReconciliationSummary = Pick<SavedReconciliation, 'run' | 'atMs' | 'compared' | 'notCompared'> & {
  differing: number;
};

/** The newest comparison in numbers; null before the first. */
export async function readReconciliationSummary(
  reader: Reader,
  id: ConnectionId,
): Promise<ReconciliationSummary | null> {
  const row = await reader
    .selectFrom('reconciliation')
    .select(['run', 'at_ms', 'compared', 'not_compared', 'differing'])
    .where('connection_id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { run, at_ms: atMs, compared, not_compared: notCompared, differing } = row;
  return { run, atMs, compared, notCompared, differing };
}
