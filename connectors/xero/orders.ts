import type { OpenOrder, OpenOrders } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { Http, HttpReply } from '../kit/http.ts';
import { readRows, textAt } from '../kit/rows.ts';
import { fieldOf } from './endpoints.ts';
import { identifyRow, mapQuote } from './map.ts';

/** Quotes come a hundred a page; nobody has a hundred thousand accepted ones. */
const MAX_PAGES = 1_000;

/** Every accepted quote, by pages counted until one brings nothing new; the newest state of each is kept. */
export async function readOpenOrders(http: Http): Promise<OpenOrders> {
  const seen = new Set<string>();
  const orders = new Map<string, OpenOrder>();
  const quarantined: OpenOrders['quarantined'] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const reply = await fetchPage(http, page);
    const rows = quotesOf(reply);
    const fresh = rows.filter((row) => !seen.has(textAt(row, 'QuoteID')));
    fresh.forEach((row) => seen.add(textAt(row, 'QuoteID')));
    for (const order of readRows(fresh, 'order', mapQuote, identifyRow('QuoteID'), quarantined))
      orders.set(order.remoteId, order);
    if (fresh.length === 0) return { orders: [...orders.values()], quarantined };
  }
  throw badReply('GET Quotes', `it has no end after ${MAX_PAGES} pages`);
}

function fetchPage(http: Http, page: number): Promise<HttpReply> {
  return http.send({
    method: 'GET',
    path: '/api.xro/2.0/Quotes',
    query: { page, Status: 'ACCEPTED', order: 'UpdatedDateUTC ASC' },
    kind: 'read',
    purpose: 'bulk',
    expect: 'json',
  });
}

/** A reply without the list is PLATFORM_BAD_REPLY, never "no quotes". */
function quotesOf(reply: HttpReply): unknown[] {
  const rows = fieldOf(reply.json, 'Quotes');
  if (!Array.isArray(rows)) throw badReply('GET Quotes', 'it has no list of Quotes', reply.status);
  return rows;
}
