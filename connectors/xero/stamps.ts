import type { RowRef, RowStamp } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { Http } from '../kit/http.ts';
import { textAt } from '../kit/rows.ts';
import { ENDPOINTS, factsOf, fieldOf, rowsOf, stampMs, type Endpoint } from './endpoints.ts';
import { OTHER_TYPES, wirePagination } from './wire.ts';

/** Far beyond any organisation: a server that repeats itself must not keep a sweep for ever. */
const MAX_PAGES = 20_000;

/**
 * Id and update time of every record of the sales side, by counted pages. Rows that are edited meanwhile may move past
 * a page that was read: whoever compares asks for a missing id by itself before believing it.
 */
export async function* listStamps(http: Http, kind: RowRef['kind']): AsyncGenerator<RowStamp[]> {
  for (const endpoint of Object.keys(ENDPOINTS) as Endpoint[]) {
    if (ENDPOINTS[endpoint].kind === kind) yield* stampsOf(http, endpoint);
  }
}

async function* stampsOf(http: Http, endpoint: Endpoint): AsyncGenerator<RowStamp[]> {
  let before = '';
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const reply = await http.send(request(endpoint, page, http.rowsPerReply));
    const rows = rowsOf(reply, endpoint);
    if (rows.length === 0) return;
    const ids = rows.map((row) => textAt(row, ENDPOINTS[endpoint].id)).join();
    if (ids === before) throw badReply(`GET ${endpoint}`, `page ${page} is page ${page - 1} again`);
    before = ids;
    yield rows.filter((row) => !isPurchase(endpoint, row)).map((row) => stampOf(endpoint, row));
    const pages = wirePagination.safeParse(fieldOf(reply.json, 'pagination')).data;
    if (pages !== undefined && page >= pages.pageCount && rows.length < http.rowsPerReply) return;
  }
  throw badReply(`GET ${endpoint}`, `it has no end after ${MAX_PAGES} pages`);
}

function request(endpoint: Endpoint, page: number, pageSize: number): Parameters<Http['send']>[0] {
  const { summary } = factsOf(endpoint);
  return {
    method: 'GET',
    path: `/api.xro/2.0/${endpoint}`,
    query: {
      page,
      pageSize,
      order: 'UpdatedDateUTC ASC',
      includeArchived: endpoint === 'Contacts' ? true : undefined,
      summaryOnly: summary ? true : undefined,
    },
    kind: 'read',
    purpose: 'bulk',
    expect: 'json',
  };
}

/** A type that is not known counts as a sale, as in the pull: there it is quarantined. */
function isPurchase(endpoint: Endpoint, row: unknown): boolean {
  const type = textAt(row, endpoint === 'Payments' ? 'PaymentType' : 'Type');
  return OTHER_TYPES[endpoint]?.includes(type) === true;
}

/** A row whose update time cannot be read is there all the same; it is then never taken for newer. */
function stampOf(endpoint: Endpoint, row: unknown): RowStamp {
  const { kind, id, creditKind } = factsOf(endpoint);
  const remoteId = textAt(row, id);
  const stamp = { kind, remoteId, updatedAtMs: stampMs(row) ?? 0 };
  return creditKind === undefined ? stamp : { ...stamp, creditKind };
}
