import type { CallPurpose, Http, HttpReply } from '../kit/http.ts';
import { badReply } from '../kit/errors.ts';
import { textAt } from '../kit/rows.ts';

/** Entities that are read by query. */
export type Entity = 'Customer' | 'Invoice' | 'CreditMemo' | 'Payment';

/** All of them, in the order in which a walk through changes goes. */
export const ENTITIES: readonly Entity[] = ['Customer', 'Invoice', 'CreditMemo', 'Payment'];

/** Largest page of a query. */
export const PAGE_SIZE = 1000;
/** Ids in one IN list: keeps the address short. */
const IDS_PER_QUERY = 150;

export interface Selection {
  /** Lower bound of MetaData.LastUpdatedTime, inclusive, as ISO text with offset. */
  updatedFrom: string | null;
  /** 1-based. */
  startPosition: number;
  /** At most. */
  rows: number;
}

/** The text of a page's query. */
export function selectPage(entity: Entity, { updatedFrom, startPosition, rows }: Selection): string {
  const since = updatedFrom === null ? [] : [`MetaData.LastUpdatedTime >= ${quote(updatedFrom)}`];
  const order = 'ORDERBY MetaData.LastUpdatedTime ASC';
  const span = `STARTPOSITION ${startPosition} MAXRESULTS ${rows}`;
  return `SELECT * FROM ${entity}${where(entity, ...since)} ${order} ${span}`;
}

/** A WHERE clause, or ''. Inactive customers are hidden unless asked for. */
export function where(entity: Entity, ...conditions: string[]): string {
  const all = [...(entity === 'Customer' ? ['Active IN (true,false)'] : []), ...conditions];
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
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
  async get(
    rest: string,
    query: Record<string, string> = {},
    purpose: CallPurpose = 'settling',
  ): Promise<HttpReply> {
    return this.http.send({
      method: 'GET',
      path: this.path(rest),
      query: { ...query, minorversion: 75 },
      kind: 'read',
      purpose,
      expect: 'json',
    });
  }

  /** Runs a query; the reply and the entity's rows. A missing key is "none": that is how the API says it. */
  async query(
    entity: Entity | 'Estimate',
    text: string,
    purpose: CallPurpose = 'bulk',
  ): Promise<{ reply: HttpReply; rows: unknown[] }> {
    const reply = await this.get('query', { query: text }, purpose);
    const response = fieldOf(reply.json, 'QueryResponse');
    const rows = fieldOf(response, entity) ?? [];
    if (typeof response !== 'object' || response === null || !Array.isArray(rows)) {
      throw badReply(`Query of ${entity}`, 'it has no QueryResponse', reply.status);
    }
    return { reply, rows };
  }

  /** How many rows of an entity there are. */
  async count(entity: Entity): Promise<number> {
    const { reply } = await this.query(entity, `SELECT COUNT(*) FROM ${entity}${where(entity)}`);
    const count = fieldOf(reply.json, 'QueryResponse', 'totalCount');
    if (typeof count === 'number') return count;
    throw badReply(`Count of ${entity}`, 'it holds no count', reply.status);
  }

  /** The rows of some ids, in as few queries as fit; rows that were not asked for are left out. */
  async byIds(entity: Entity, ids: readonly string[], purpose: CallPurpose = 'bulk'): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      const some = new Set(ids.slice(at, at + IDS_PER_QUERY));
      const condition = `Id IN (${[...some].map(quote).join(',')})`;
      const text = `SELECT * FROM ${entity}${where(entity, condition)} MAXRESULTS ${PAGE_SIZE}`;
      const { rows } = await this.query(entity, text, purpose);
      found.push(...rows.filter((row) => some.has(textAt(row, 'Id'))));
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
