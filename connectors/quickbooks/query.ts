import type { Http, HttpReply } from '../kit/http.ts';
import { badReply } from '../kit/errors.ts';

/** Entities that are read by query. */
export type Entity = 'Customer' | 'Invoice' | 'CreditMemo' | 'Payment';

/** Largest page of a query. */
export const PAGE_SIZE = 1000;
/** Ids in one IN list: keeps the address short. */
const IDS_PER_QUERY = 150;

export interface Selection {
  /** Lower bound of MetaData.LastUpdatedTime, inclusive, as ISO text with offset. */
  updatedFrom: string | null;
  /** 1-based. */
  startPosition: number;
}

/** The text of a page's query. Inactive customers are hidden unless asked for. */
export function selectPage(entity: Entity, { updatedFrom, startPosition }: Selection): string {
  const conditions = [
    ...(entity === 'Customer' ? ['Active IN (true,false)'] : []),
    ...(updatedFrom === null ? [] : [`MetaData.LastUpdatedTime >= ${quote(updatedFrom)}`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = 'ORDERBY MetaData.LastUpdatedTime ASC';
  return `SELECT * FROM ${entity}${where} ${order} STARTPOSITION ${startPosition} MAXRESULTS ${PAGE_SIZE}`;
}

/** A text as the query language writes it. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** One company's address below the API: /v3/company/{realm}/…, with minor version 75. */
export class Company {
  readonly http: Http;
  readonly #realm: string;

  constructor(http: Http, realm: string) {
    this.http = http;
    this.#realm = realm;
  }

  path(rest: string): string {
    return `/v3/company/${encodeURIComponent(this.#realm)}/${rest}`;
  }

  /** GET of anything of the company, JSON. */
  async get(rest: string, query: Record<string, string> = {}, bulk = false): Promise<HttpReply> {
    return this.http.send({
      method: 'GET',
      path: this.path(rest),
      query: { ...query, minorversion: 75 },
      kind: 'read',
      bulk,
      expect: 'json',
    });
  }

  /** Runs a query; the reply and the entity's rows. A missing key is "none": that is how the API says it. */
  async query(entity: Entity, text: string): Promise<{ reply: HttpReply; rows: unknown[] }> {
    const reply = await this.get('query', { query: text }, true);
    const response = fieldOf(reply.json, 'QueryResponse');
    const rows = fieldOf(response, entity) ?? [];
    if (typeof response !== 'object' || response === null || !Array.isArray(rows)) {
      throw badReply(`Query of ${entity}`, 'it has no QueryResponse', reply.status);
    }
    return { reply, rows };
  }

  /** The rows of some ids, in as few queries as fit. */
  async byIds(entity: Entity, ids: readonly string[]): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      const some = ids.slice(at, at + IDS_PER_QUERY).map(quote);
      const text = `SELECT * FROM ${entity} WHERE Id IN (${some.join(',')}) MAXRESULTS ${PAGE_SIZE}`;
      found.push(...(await this.query(entity, text)).rows);
    }
    return found;
  }
}

/** A property of what may be an object. */
export function fieldOf(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    found = typeof found === 'object' && found !== null ? (Reflect.get(found, key) as unknown) : undefined;
  }
  return found;
}
