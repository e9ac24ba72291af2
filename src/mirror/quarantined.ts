import { NO_ID, type ConnectionId, type CustomerId } from '../domain/index.ts';
import { overRows, type Cell, type Reader } from '../store/index.ts';
import { scanRowsAt } from './rows-at.ts';

/** A row of the platform that could not be understood. */
export interface QuarantinedRecord {
  kind: string;
  remoteId: string;
  /** Whose it is, by what the row says or by what was mirrored of it before; null = nobody can say. */
  customerId: CustomerId | null;
  reason: string;
}

/** Rows in quarantine, in the order in which they came to be there; with a run, as they lay there after it. */
export async function readQuarantined(
  reader: Reader,
  id: ConnectionId,
  run: number | null = null,
): Promise<QuarantinedRecord[]> {
  const records: QuarantinedRecord[] = [];
  for (const [kind, remoteId, customer, reason] of await quarantineAt(reader, id, run)) {
    const known = customer ?? (await formerCustomer(reader, id, String(kind), String(remoteId), run));
    const customerId = known as CustomerId | null;
    records.push({ kind: String(kind), remoteId: String(remoteId), customerId, reason: String(reason) });
  }
  return records;
}

async function quarantineAt(reader: Reader, id: ConnectionId, run: number | null): Promise<Cell[][]> {
  const found: Cell[][] = [];
  const columns = 'SELECT kind, remote_id, customer_id, reason FROM';
  const now = `${columns} quarantine WHERE connection_id = ?`;
  const then =
    `${now} AND coalesce(from_run, run) <= ? UNION ALL ` +
    `${columns} past_quarantine WHERE connection_id = ? AND from_run <= ? AND until_run > ?`;
  await overRows(reader, (rows) => {
    const take = (row: Cell[]): void => void found.push(row);
    if (run === null) rows.prepare(now).each([id], take);
    else rows.prepare(then).each([id, run, id, run, run], take);
  });
  return found;
}

/**
 * Whether a row may change what anybody owes: its customer is not known. Payments do not: what they leave open, the
 * invoice itself says.
 */
export const concernsEverybody = (row: Pick<QuarantinedRecord, 'kind' | 'customerId'>): boolean =>
  row.customerId === null && row.kind !== 'payment';

/** Whose the row was when it could still be read; a customer's row is its own. */
async function formerCustomer(
  reader: Reader,
  id: ConnectionId,
  kind: string,
  remoteId: string,
  run: number | null,
): Promise<Cell> {
  if (remoteId === '' || remoteId.startsWith(NO_ID)) return null;
  if (kind === 'customer') return remoteId;
  if (kind !== 'invoice' && kind !== 'credit' && kind !== 'payment') return null;
  let customer: Cell = null;
  const query = { kind, columns: ['customer_id'], where: [['remote_id', '= ?', remoteId]] } as const;
  await scanRowsAt(reader, id, query, { run }, ([cell]) => {
    customer ??= cell ?? null;
  });
  return customer;
}
