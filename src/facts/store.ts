import { HoldfastError, dayAt, type CustomerId, type Day } from '../domain/index.ts';
import { readLimits } from '../cases/index.ts';
import {
  readBookedRates,
  readCustomers,
  readListedRates,
  readOpenItems,
  readLastRun,
  readQuarantined,
  type Connection,
  type Run,
} from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import { computeFacts, type CustomerFacts } from './compute-facts.ts';
import { describeFacts } from './document.ts';
import { chooseRates } from './rates.ts';

/** Facts of one connection on one day, with the run that they rest on. */
export interface FactsOfDay {
  asOf: Day;
  run: number;
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
  const run = await readRunForFacts(reader, connection);
  const items = await readOpenItems(
    reader,
    connection.id,
    asOf,
    dayAt(run.finishedAtMs, connection.timeZone),
  );
  const known = [
    ...(await readListedRates(reader, connection.id, asOf)),
    ...(await readBookedRates(reader, connection, asOf)),
  ];
  const quarantined = await readQuarantined(reader, connection.id);
  const facts = computeFacts({
    asOf,
    baseCurrency: connection.baseCurrency,
    customers: await readCustomers(reader, connection.id),
    invoices: items.invoices,
    credits: items.credits,
    limits: await readLimits(reader, connection.id),
    rates: chooseRates(known, asOf, policy.rates.maximumAgeDays),
    incomplete: new Set(
      quarantined.flatMap((row): CustomerId[] => (row.customerId === null ? [] : [row.customerId])),
    ),
  });
  return { asOf, run: run.number, syncedAtMs: run.finishedAtMs, reconstructed: items.reconstructed, facts };
}

/** The last run, which must be published: rows of a half-done one must never be taken for a whole. */
async function readRunForFacts(
  reader: Reader,
  connection: Connection,
): Promise<Run & { finishedAtMs: number }> {
  const last = await readLastRun(reader, connection.id);
  const who = `${connection.name} (${connection.id})`;
  const hint = `Run \`holdfast sync ${connection.id}\`.`;
  if (last === null)
    throw new HoldfastError('NOT_SYNCED', `${who} has never been synced.`, { kind: 'state', hint });
  if (last.state !== 'published' || last.finishedAtMs === null) {
    const message = `Sync run ${last.number} of ${who} is ${last.state}: until one is finished there are no figures.`;
    throw new HoldfastError('SYNC_UNFINISHED', message, { kind: 'state', hint });
  }
  return { ...last, finishedAtMs: last.finishedAtMs };
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
