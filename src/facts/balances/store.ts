import { parseDay, type ConnectionId } from '../../domain/index.ts';
import { countStaleBalances, type Connection } from '../../mirror/index.ts';
import type { Policy } from '../../policy/index.ts';
import type { Reader, Tx } from '../../store/index.ts';
import { reconcile, type Reconciliation } from '../reconcile.ts';
import { readFacts } from '../store.ts';

/** Later than any document: a balance counts what is dated ahead as well. */
const ALL_DAYS = parseDay('2199-12-31');

/** Balances are of open items alone, in the customer's own currency: no rate is asked for. */
const OPEN_ITEMS_ALONE: Pick<Policy, 'rates' | 'exposure'> = {
  rates: { maximumAgeDays: 0, order: [] },
  exposure: { drafts: { weightPercent: 0 }, orders: { weightPercent: 0, horizonDays: 0 } },
};

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
  const { run, facts } = await readFacts(reader, connection, OPEN_ITEMS_ALONE, ALL_DAYS);
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
