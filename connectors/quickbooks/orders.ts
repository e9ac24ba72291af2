import { PlatformError, type OpenOrder, type OpenOrders } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import { readRows } from '../kit/rows.ts';
import { identifyRow, mapEstimate, type MapContext } from './map.ts';
import { fieldOf, type Company } from './query.ts';

const MAX_PAGES = 1_000;

/** Every accepted estimate, counted through in the order of their ids, which edits do not change. */
export async function readOpenOrders(company: Company, context: MapContext): Promise<OpenOrders> {
  const orders = new Map<string, OpenOrder>();
  const quarantined: OpenOrders['quarantined'] = [];
  let condition = " WHERE TxnStatus = 'Accepted'";
  let position = 1;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const found = await select(company, condition, position);
    if (found === null) {
      condition = '';
      continue;
    }
    const { rows, total } = found;
    const read = readRows(rows, 'order', (row) => mapEstimate(row, context), identifyRow, quarantined);
    for (const order of read) orders.set(order.remoteId, order);
    position += rows.length;
    if (rows.length === 0 || (total !== null && position > total))
      return { orders: [...orders.values()], quarantined };
  }
  throw badReply('Query of Estimate', `it has no end after ${MAX_PAGES} pages`);
}

/** A page; null when the platform does not filter by TxnStatus, which its documents leave open. */
async function select(
  company: Company,
  condition: string,
  position: number,
): Promise<{ rows: unknown[]; total: number | null } | null> {
  const span = `STARTPOSITION ${position} MAXRESULTS ${company.http.rowsPerReply}`;
  try {
    const { reply, rows } = await company.query(
      'Estimate',
      `SELECT * FROM Estimate${condition} ORDERBY Id ${span}`,
    );
    const total = fieldOf(reply.json, 'QueryResponse', 'totalCount');
    return { rows, total: typeof total === 'number' ? total : null };
  } catch (error) {
    const refused = error instanceof PlatformError && error.code === 'PLATFORM_REFUSED';
    if (refused && condition !== '') return null;
    throw error;
  }
}
