import type { WorldState } from '../core/state.ts';
import type { CompanyBooks } from './books.ts';
import type { EntitySchema } from './entity-schema.ts';
import { invalidQuery } from './fault-bodies.ts';
import { parseQuery } from './query-parser.ts';
import type { Query } from './query-parser.ts';
import { queryToSql } from './query-sql.ts';
import type { SqlQuery } from './query-sql.ts';

/**
 * Answers a query with the reply's text. Stored records are joined as they are: a page of 1,000 is never parsed.
 * Offsets count in the living table, so that rows changed between two pages shift the next one, as in QuickBooks.
 */
export function runQuery(books: CompanyBooks, text: string): string {
  const query = effective(parseQuery(text), books.options.lastUpdatedTimeIgnored);
  const sql = queryToSql(query, books.realm, books.zone, books.options.defaultOrder);
  return `{"QueryResponse":${answer(books, query, sql)},"time":"${books.replyTime()}"}`;
}

/** The query without the conditions that have no effect. */
function effective(query: Query, lastUpdatedTimeIgnored: boolean): Query {
  if (!lastUpdatedTimeIgnored) return query;
  const kept = query.where.filter((one) => one.property.toLowerCase() !== 'metadata.lastupdatedtime');
  return { ...query, where: kept };
}

function answer(books: CompanyBooks, query: Query, sql: SqlQuery): string {
  if (query.select === 'count') return `{"totalCount":${String(countRows(books, sql))}}`;
  const rows = pageOf(books, query, sql);
  if (rows.length === 0) return '{}';
  const records = (query.select === '*' ? rows : rows.map(projection(query.select, sql.entity))).join(',');
  const total = hasTotal(books, query) ? `,"totalCount":${String(countRows(books, sql))}` : '';
  const { startPosition } = query;
  return (
    `{"${sql.entity.name}":[${records}],"startPosition":${String(startPosition)},` +
    `"maxResults":${String(rows.length)}${total}}`
  );
}

function pageOf(books: CompanyBooks, query: Query, sql: SqlQuery): string[] {
  return books.world.state.db
    .prepare(`SELECT json FROM row ${sql.hint} WHERE ${sql.where} ORDER BY ${sql.orderBy} LIMIT ? OFFSET ?`)
    .pluck()
    .all(...sql.values, query.maxResults, query.startPosition - 1) as string[];
}

interface Count {
  version: number;
  rows: number;
}

// Counting a million rows takes longer than reading a page of them, and every page may have to tell the count.
const counts = new WeakMap<WorldState, Map<string, Count>>();

function countRows({ world: { state }, realm }: CompanyBooks, sql: SqlQuery): number {
  const known = counts.get(state) ?? new Map<string, Count>();
  counts.set(state, known);
  const key = JSON.stringify([sql.where, sql.values]);
  const version = state.version(realm);
  const kept = known.get(key);
  if (kept?.version === version) return kept.rows;
  const statement = state.db.prepare(`SELECT count(*) FROM row WHERE ${sql.where}`);
  const rows = statement.pluck().get(...sql.values) as number;
  if (known.size > 100) known.clear();
  known.set(key, { version, rows });
  return rows;
}

function hasTotal({ options }: CompanyBooks, query: Query): boolean {
  return options.totalCount === 'always' || (options.totalCount === 'unfiltered' && query.where.length === 0);
}

function projection(columns: string[], entity: EntitySchema): (json: string) => string {
  const names = columns.map((column) => topLevelName(column, entity));
  return (json) => {
    const record = JSON.parse(json) as Record<string, unknown>;
    const picked = Object.fromEntries(
      Object.entries(record).filter(([name]) => names.includes(name.toLowerCase())),
    );
    return JSON.stringify({ ...picked, domain: 'QBO', sparse: true });
  };
}

function topLevelName(column: string, entity: EntitySchema): string {
  const name = (column.split('.')[0] ?? column).toLowerCase();
  const known = [...entity.properties.keys()].some((one) => one.toLowerCase().split('.')[0] === name);
  if (!known && name !== 'line' && name !== 'metadata') {
    throw invalidQuery(`Property ${column} not found for Entity ${entity.name}`);
  }
  return name;
}
