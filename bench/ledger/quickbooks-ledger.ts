import { LongList, type Notation } from './long-list.ts';
import { originOfCount, quickbooksTemplate, renumberCount } from './row-template.ts';
import type { Source } from './xero-ledger.ts';

const ENTITIES = ['Customer', 'Invoice', 'CreditMemo', 'Payment'];
const PAGE_SIZE = 1000;
const PACIFIC_MS = 8 * 3_600_000;

const notation: Notation = {
  renumber: renumberCount,
  stamp: (ms) => `${new Date(ms - PACIFIC_MS).toISOString().slice(0, 19)}-08:00`,
};

interface Row {
  Id: string;
  MetaData: object;
}

const QUERY =
  /^select (count\(\*\)|\*) from (\w+)(?: where (.+?))?(?: order ?by MetaData\.LastUpdatedTime(?: asc)?)?(?: startposition (\d+))?(?: maxresults (\d+))?$/i;
const BY_ID = /^Id in ?\(([\d', ]*)\)$/i;
const CHANGED = /^MetaData\.LastUpdatedTime (>=|>|<=|<) '([^']+)'$/i;

/** QuickBooks' lists by query: SELECT * or COUNT(*), by LastUpdatedTime, from a position, so many. */
export class QuickBooksLedger {
  readonly #lists: Map<string, LongList>;
  readonly #nowMs: () => number;

  constructor(lists: Map<string, LongList>, nowMs: () => number) {
    this.#lists = lists;
    this.#nowMs = nowMs;
  }

  /** Invoices in one round. */
  get invoices(): number {
    const list = this.#lists.get('invoice');
    return list === undefined ? 0 : list.length / list.rounds;
  }

  set rounds(rounds: number) {
    for (const list of this.#lists.values()) list.rounds = rounds;
  }

  /** The reply's text; null for what is no list. Throws for a query that it does not understand. */
  answer(url: URL): string | null {
    const text = url.searchParams.get('query');
    if (text === null) return null;
    const entity = /\bfrom (\w+)/i.exec(text)?.[1] ?? '';
    const list = this.#lists.get(entity.toLowerCase());
    if (list === undefined) return null;
    const match = QUERY.exec(text.trim().replace(/\s+/g, ' '));
    if (match === null) throw new Error(`the long ledger does not understand: ${text}`);
    const [, select, , where = '', start = '1', most = '100'] = match;
    const found = byId(list, where) ?? byTime(list, where);
    const time = `,"time":"${notation.stamp(this.#nowMs())}"}`;
    if (select !== '*') return `{"QueryResponse":{"totalCount":${found.count}}${time}`;
    const rows = found.texts(Number(start) - 1, Number(most));
    const total = where === '' ? `,"totalCount":${found.count}` : '';
    const page = `"startPosition":${start},"maxResults":${rows.length}${total}`;
    const name = ENTITIES.find((one) => one.toLowerCase() === entity.toLowerCase()) ?? entity;
    return `{"QueryResponse":${rows.length === 0 ? '{}' : `{"${name}":[${rows.join(',')}],${page}}`}${time}`;
  }
}

/** The rows that a query finds, before they are cut into pages. */
interface Found {
  count: number;
  texts(offset: number, most: number): string[];
}

/** Null unless the query asks for ids and nothing else. */
function byId(list: LongList, where: string): Found | null {
  const ids = BY_ID.exec(where)?.[1]?.match(/\d+/g);
  if (ids === undefined || ids === null) return null;
  const rows = ids.map((id) => list.find(originOfCount(id))).filter((row) => row !== null);
  return { count: rows.length, texts: (offset, most) => rows.slice(offset, offset + most) };
}

function byTime(list: LongList, where: string): Found {
  let [first, end] = [0, list.length];
  for (const condition of where === '' ? [] : where.split(/ and /i)) {
    if (/^Active in ?\(/i.test(condition)) continue;
    const [, operator, text = ''] = CHANGED.exec(condition) ?? [];
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) throw new Error(`the long ledger does not understand: ${condition.slice(0, 80)}`);
    if (operator === '>=') first = Math.max(first, list.indexAt(ms));
    else if (operator === '>') first = Math.max(first, list.indexAt(ms + 1));
    else end = Math.min(end, list.indexAt(operator === '<' ? ms : ms + 1));
  }
  return {
    count: Math.max(0, end - first),
    texts: (offset, most) => list.texts(first + offset, Math.min(first + offset + most, end)),
  };
}

/** Reads every list of one company and makes patterns of the rows. */
export async function loadQuickBooksLedger(
  source: Source,
  nowMs: () => number,
  lastMs: number,
): Promise<QuickBooksLedger> {
  const lists = new Map<string, LongList>();
  for (const entity of ENTITIES) {
    const rows = await readAll(source, entity);
    lists.set(
      entity.toLowerCase(),
      new LongList(
        rows.map(quickbooksTemplate),
        rows.map((row) => row.Id),
        notation,
        lastMs,
      ),
    );
  }
  return new QuickBooksLedger(lists, nowMs);
}

async function readAll({ url, companyId, accessToken }: Source, entity: string): Promise<Row[]> {
  const all: Row[] = [];
  const where = entity === 'Customer' ? 'WHERE Active IN (true,false) ' : '';
  for (let position = 1; ; position += PAGE_SIZE) {
    const query = `SELECT * FROM ${entity} ${where}ORDERBY MetaData.LastUpdatedTime ASC STARTPOSITION ${position} MAXRESULTS ${PAGE_SIZE}`;
    const path = `/v3/company/${companyId}/query?minorversion=75&query=${encodeURIComponent(query)}`;
    const reply = await fetch(url + path, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
    });
    const body = (await reply.json()) as { QueryResponse: Record<string, Row[]> };
    const rows = body.QueryResponse[entity] ?? [];
    all.push(...rows);
    if (rows.length < PAGE_SIZE) return all;
  }
}
