import type { Reply } from '../core/http.ts';
import { header } from '../core/http.ts';
import type { XeroCall } from './call.ts';
import { errorReply, listReply } from './envelope.ts';
import type { Pagination } from './envelope.ts';
import type { Entity, Json } from './native.ts';
import { fieldSql, whereSql } from './where.ts';
import type { SqlCondition } from './where.ts';
import { QueryParseError } from './where-tokens.ts';

/** Rewrites the items of a page before they are sent; gets and returns JSON texts. */
export type Finish = (items: string[], detailed: boolean) => string[];

/** Query parameters whose comma-separated values stand for one field, and the lists that know them. */
const listFilters: Record<string, { column: string; of: readonly Entity[] }> = {
  IDs: { column: 'id', of: ['Invoices', 'Contacts'] },
  Statuses: { column: 'status', of: ['Invoices'] },
  InvoiceNumbers: {
    column: `json_extract(json, '$.InvoiceNumber')`,
    of: ['Invoices', 'Prepayments'],
  },
  ContactIDs: { column: `json_extract(json, '$.Contact.ContactID')`, of: ['Invoices'] },
  Status: { column: 'status', of: ['Quotes'] },
  References: { column: `json_extract(json, '$.Reference')`, of: ['Overpayments'] },
};
const searched: Partial<Record<Entity, string[]>> = {
  Contacts: ['Name', 'FirstName', 'LastName', 'ContactNumber', 'EmailAddress'],
  Invoices: ['InvoiceNumber', 'Reference', 'Contact.Name'],
};

/**
 * GET of a list: filters, order and paging by SQL, live at every call, as Xero does it. Paged replies are detailed;
 * without `page` (and `pageSize`) the items come without their details.
 */
export function list(call: XeroCall, entity: Entity, finish: Finish = (items) => items): Reply {
  const { query } = call.request;
  const paged = query.has('page') || query.has('pageSize');
  try {
    const rows = call.organisation.rows.select(
      entity,
      condition(call, entity),
      orderSql(query.get('order'), entity),
    );
    if (!paged && rows.length > call.quirks.unpagedLimit) return highVolume(entity);
    const pagination = pageOf(query, rows.length, largestPage[entity] ?? 1000);
    const from = (pagination.page - 1) * pagination.pageSize;
    const seqs = paged ? rows.subarray(from, from + pagination.pageSize) : rows;
    const items = finish(call.organisation.rows.texts(seqs), paged);
    const counts = paged && largestPage[entity] === undefined;
    const sent = trimmed(call, items, paged);
    return listReply(entity, sent, call.organisation.store.nowMs(), counts ? pagination : undefined);
  } catch (error) {
    if (!(error instanceof QueryParseError)) throw error;
    return errorReply(16, 'QueryParseException', error.message);
  }
}

/** Lists that take no pageSize, and do not count their pages (openapi/xero_accounting.yaml). */
const largestPage: Partial<Record<Entity, number>> = { Quotes: 100 };

function pageOf(query: URLSearchParams, itemCount: number, largest: number): Pagination {
  const pageSize = Math.min(largest, positive(query.get('pageSize'), 100));
  return {
    page: positive(query.get('page'), 1),
    pageSize,
    pageCount: Math.ceil(itemCount / pageSize),
    itemCount,
  };
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

function condition(call: XeroCall, entity: Entity): SqlCondition {
  const { query } = call.request;
  const parts: SqlCondition[] = [];
  if (entity === 'Contacts' && query.get('includeArchived') !== 'true')
    parts.push({ sql: 'hidden = 0', values: [] });
  const since = modifiedSince(call);
  if (since !== undefined) {
    parts.push({ sql: `updated_ms ${call.quirks.modifiedSinceInclusive ? '>=' : '>'} ?`, values: [since] });
  }
  for (const [name, { column, of }] of Object.entries(listFilters)) {
    const value = of.includes(entity) && !call.quirks.listFiltersIgnored ? query.get(name) : null;
    if (value) parts.push(oneOf(column, value, name === 'IDs' || name === 'ContactIDs'));
  }
  const term = query.get('searchTerm');
  if (term) parts.push(search(entity, term));
  const where = query.get('where');
  if (where) parts.push(whereSql(where, entity));
  return {
    sql: parts.map((part) => ` AND ${part.sql}`).join(''),
    values: parts.flatMap((part) => part.values),
  };
}

function oneOf(column: string, value: string, guids: boolean): SqlCondition {
  const values = value.split(',').map((one) => (guids ? one.trim().toLowerCase() : one.trim()));
  return { sql: `${column} IN (${values.map(() => '?').join(',')})`, values };
}

function search(entity: Entity, term: string): SqlCondition {
  const fields = searched[entity] ?? [];
  const like = `%${term.replace(/[%_\\]/g, '\\$&')}%`;
  const sql = fields.map((field) => `${fieldSql(field, entity)} LIKE ? ESCAPE '\\'`).join(' OR ');
  return { sql: `(${sql || '1 = 1'})`, values: fields.map(() => like) };
}

/** ISO (with or without zone, then UTC) or the form of HTTP dates; what is neither filters nothing. */
function modifiedSince(call: XeroCall): number | undefined {
  const text = header(call.request, 'if-modified-since');
  if (text === undefined || call.quirks.modifiedSinceIgnored) return undefined;
  const bare = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text;
  const instantMs = Date.parse(bare);
  if (!Number.isFinite(instantMs)) return undefined;
  return instantMs - (instantMs % Math.max(1, call.quirks.modifiedSinceGrainMs));
}

function orderSql(order: string | null, entity: Entity): string {
  if (!order) return 'updated_ms, seq';
  const terms = order.split(',').map((term) => {
    const match = /^\s*([\w.]+)(?:\s+(ASC|DESC))?\s*$/i.exec(term);
    if (!match) throw new QueryParseError(`Syntax error in order '${order}'`);
    return `${fieldSql(match[1] ?? '', entity)} ${(match[2] ?? 'ASC').toUpperCase()}`;
  });
  return [...terms, 'seq'].join(', ');
}

function highVolume(entity: Entity): Reply {
  const message = `This request would return too many ${entity}: not filtering ${entity} efficiently`;
  return errorReply(51, 'HighVolumeException', message);
}

const unpagedOmits = [
  'LineItems',
  'PaymentTerms',
  'Balances',
  'BatchPayments',
  'ContactPersons',
  'MergedToContactID',
];

/** Drops what an unpaged or summary list does not have; only these have to be parsed. */
function trimmed(call: XeroCall, items: string[], paged: boolean): string[] {
  const omits = [
    ...(paged ? [] : unpagedOmits),
    ...(call.request.query.get('summaryOnly') === 'true' ? call.quirks.summaryOmits : []),
  ];
  if (omits.length === 0) return items;
  return items.map((item) => {
    const record = JSON.parse(item) as Json;
    return JSON.stringify(
      Object.fromEntries(Object.entries(record).filter(([name]) => !omits.includes(name))),
    );
  });
}
