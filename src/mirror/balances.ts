import type { ConnectionId, RowRef } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { RunWork } from './run-work.ts';

/** More than so many customers are left to the next full run, which reads them all anyway. */
const READ_MAX = 2_000;
const READ_AT_ONCE = 400;

/**
 * Reads the customers again whose documents this run changed: their balance on the platform moved, and not every
 * platform counts that as a change of the customer. None = no call.
 */
export async function readStaleBalances(work: RunWork): Promise<void> {
  const { store, connection, session } = work;
  const ids = await readStale(store.reader, connection.id, READ_MAX + 1);
  if (ids.length > READ_MAX) return;
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    const batch = ids.slice(at, at + READ_AT_ONCE);
    const refs = batch.map((remoteId): RowRef => ({ kind: 'customer', remoteId }));
    await work.savePage(await session.readRows(refs), null, null);
    await store.write((tx) => forgetStale(tx, connection.id, batch));
  }
}

/** Customers whose balance on the platform is older here than their documents. */
export async function countStaleBalances(reader: Reader, id: ConnectionId): Promise<number> {
  const { stale } = await reader
    .selectFrom('stale_balance')
    .select((eb) => eb.fn.countAll<number>().as('stale'))
    .where('connection_id', '=', id)
    .executeTakeFirstOrThrow();
  return stale;
}

/** For a run that reads every customer anew; without ids all are forgotten. */
export async function forgetStale(tx: Tx, id: ConnectionId, customerIds?: string[]): Promise<void> {
  let remove = tx.deleteFrom('stale_balance').where('connection_id', '=', id);
  if (customerIds !== undefined) remove = remove.where('customer_id', 'in', customerIds);
  await remove.execute();
}

async function readStale(reader: Reader, id: ConnectionId, limit: number): Promise<string[]> {
  const rows = await reader
    .selectFrom('stale_balance')
    .select('customer_id')
    .where('connection_id', '=', id)
    .orderBy('customer_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.customer_id);
}
