import type { ConnectionId, CustomerId, Day, DocumentId, OpenOrder } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { OpenInvoice } from './ledger.ts';
import { replaceQuarantined } from './quarantine-writer.ts';
import type { RowView } from './rows-at.ts';
import type { RunWork } from './run-work.ts';

/**
 * Reads all orders that are accepted and not invoiced, and keeps what changed of them. It costs a call a page and one
 * for the end, so it is done only where the policy counts orders; otherwise none is open any more, for nobody would
 * see it end.
 */
export async function readOrders(
  { store, connection, session, run }: RunWork,
  wanted: boolean,
): Promise<void> {
  const found = wanted ? await session.readOpenOrders() : { orders: [], quarantined: [] };
  if (!wanted && !(await holdsAny(store.reader, connection.id))) return;
  await store.write(async (tx) => {
    await saveOrders(tx, connection.id, run.number, found.orders);
    await replaceQuarantined(tx, connection.id, run.number, 'order', found.quarantined);
  });
}

/**
 * Orders that were open after a run (null = the newest), with what was not invoiced of them as open; none that is
 * dated after `datedUntil`.
 */
export async function readOpenOrders(
  reader: Reader,
  id: ConnectionId,
  { run, only, range }: RowView,
  datedUntil?: Day,
): Promise<OpenInvoice[]> {
  let query = reader.selectFrom('open_order').selectAll().where('connection_id', '=', id);
  query =
    run === null
      ? query.where('until_run', 'is', null)
      : query
          .where('from_run', '<=', run)
          .where((eb) => eb.or([eb('until_run', 'is', null), eb('until_run', '>', run)]));
  if (datedUntil !== undefined) query = query.where('date', '<=', datedUntil);
  if (only !== undefined) query = query.where('customer_id', 'in', only);
  if (range !== undefined) query = query.where('customer_id', '>=', range.from);
  if (range?.below != null) query = query.where('customer_id', '<', range.below);
  const rows = await query.orderBy('remote_id').execute();
  return rows.map((row) => ({
    id: row.remote_id as DocumentId,
    customerId: row.customer_id as CustomerId,
    number: row.number,
    issueDate: row.date as Day,
    dueDate: row.due_date as Day,
    currency: row.currency,
    openMinor: row.open_minor,
  }));
}

interface OrderColumns {
  customer_id: string;
  number: string;
  date: string;
  due_date: string;
  currency: string;
  open_minor: number;
}

async function saveOrders(tx: Tx, id: ConnectionId, run: number, orders: OpenOrder[]): Promise<void> {
  const known = await tx
    .selectFrom('open_order')
    .selectAll()
    .where('connection_id', '=', id)
    .where('until_run', 'is', null)
    .execute();
  const before = new Map(known.map((row) => [row.remote_id, row]));
  for (const order of orders) {
    const row = await columnsOf(tx, id, order);
    const kept = before.get(order.remoteId);
    if (kept !== undefined && isSame(kept, row)) before.delete(order.remoteId);
    else if (row.open_minor > 0) await insert(tx, id, run, order.remoteId, row, before);
  }
  for (const remoteId of before.keys()) await end(tx, id, run, remoteId);
}

async function insert(
  tx: Tx,
  id: ConnectionId,
  run: number,
  remoteId: string,
  row: OrderColumns,
  before: Map<string, unknown>,
): Promise<void> {
  if (before.delete(remoteId)) await end(tx, id, run, remoteId);
  await tx
    .insertInto('open_order')
    .values({ connection_id: id, remote_id: remoteId, ...row, from_run: run, until_run: null })
    .execute();
}

/** A run that is gone on with may have written it itself: then it was never so. */
async function end(tx: Tx, id: ConnectionId, run: number, remoteId: string): Promise<void> {
  await tx
    .deleteFrom('open_order')
    .where('connection_id', '=', id)
    .where('remote_id', '=', remoteId)
    .where('from_run', '=', run)
    .execute();
  await tx
    .updateTable('open_order')
    .set({ until_run: run })
    .where('connection_id', '=', id)
    .where('remote_id', '=', remoteId)
    .where('until_run', 'is', null)
    .execute();
}

/** What the invoices made from it have not taken up yet. */
async function columnsOf(tx: Tx, id: ConnectionId, order: OpenOrder): Promise<OrderColumns> {
  const { customerId, number, date, dueDate, currency, totalMinor, invoiceIds } = order;
  const invoices =
    invoiceIds.length === 0
      ? []
      : await tx
          .selectFrom('invoice')
          .select('total_minor')
          .where('connection_id', '=', id)
          .where('remote_id', 'in', invoiceIds)
          .where('status', 'in', ['open', 'paid'])
          .execute();
  const invoicedMinor = invoices.reduce((sum, row) => sum + row.total_minor, 0);
  const open_minor = Math.max(0, totalMinor - invoicedMinor);
  return { customer_id: customerId, number, date, due_date: dueDate, currency, open_minor };
}

const COLUMNS = ['customer_id', 'number', 'date', 'due_date', 'currency', 'open_minor'] as const;

const isSame = (one: OrderColumns, other: OrderColumns): boolean =>
  COLUMNS.every((column) => one[column] === other[column]);

async function holdsAny(reader: Reader, id: ConnectionId): Promise<boolean> {
  const order = await reader
    .selectFrom('open_order')
    .select('remote_id')
    .where('connection_id', '=', id)
    .where('until_run', 'is', null)
    .limit(1)
    .executeTakeFirst();
  const bad = await reader
    .selectFrom('quarantine')
    .select('remote_id')
    .where('connection_id', '=', id)
    .where('kind', '=', 'order')
    .limit(1)
    .executeTakeFirst();
  return order !== undefined || bad !== undefined;
}
