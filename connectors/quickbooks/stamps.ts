import { PlatformError } from '../../src/domain/index.ts';
import type { RowRef, RowStamp } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import { textAt } from '../kit/rows.ts';
import { where, type Company, type Entity } from './query.ts';

/** Far beyond any company: a server that repeats itself must not keep a sweep for ever. */
const MAX_PAGES = 20_000;

const ENTITY_OF = {
  customer: 'Customer',
  invoice: 'Invoice',
  credit: 'CreditMemo',
  payment: 'Payment',
} as const satisfies Record<RowRef['kind'], Entity>;

/**
 * Id and update time of every record, counted through in the order of their ids, which edits do not change. Credits are
 * the credit memos alone: the unapplied rest of a payment is not a record of its own and goes with its payment.
 */
export async function* listStamps(company: Company, kind: RowRef['kind']): AsyncGenerator<RowStamp[]> {
  const entity = ENTITY_OF[kind];
  let columns = 'Id, MetaData.LastUpdatedTime';
  let position = 1;
  let before = '';
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const span = `STARTPOSITION ${position} MAXRESULTS ${company.http.rowsPerReply}`;
    const from = `FROM ${entity}${where(entity)} ORDERBY Id ${span}`;
    const rows = await select(company, entity, columns, from);
    if (rows === null) {
      columns = '*';
      continue;
    }
    if (rows.length === 0) return;
    const ids = rows.map((row) => textAt(row, 'Id'));
    if (ids.join() === before) throw badReply(`Query of ${entity}`, 'it brings the same page again');
    before = ids.join();
    yield rows.map((row) => stampOf(kind, row));
    position += rows.length;
  }
  throw badReply(`Query of ${entity}`, `it has no end after ${MAX_PAGES} pages`);
}

/** The rows; null when the platform takes no columns in a query, which its documents leave open. */
async function select(
  company: Company,
  entity: Entity,
  columns: string,
  from: string,
): Promise<unknown[] | null> {
  try {
    return (await company.query(entity, `SELECT ${columns} ${from}`)).rows;
  } catch (error) {
    const refused = error instanceof PlatformError && error.code === 'PLATFORM_REFUSED';
    if (refused && columns !== '*') return null;
    throw error;
  }
}

/** A row whose update time cannot be read is there all the same; it is then never taken for newer. */
function stampOf(kind: RowRef['kind'], row: unknown): RowStamp {
  const remoteId = textAt(row, 'Id');
  const updatedMs = Date.parse(textAt(row, 'MetaData', 'LastUpdatedTime'));
  const stamp = { kind, remoteId, updatedAtMs: Number.isNaN(updatedMs) ? 0 : updatedMs };
  return kind === 'credit' ? { ...stamp, creditKind: 'credit-note' } : stamp;
}
