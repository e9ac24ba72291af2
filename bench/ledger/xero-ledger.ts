import { LongList, type Notation } from './long-list.ts';
import { renumberGuid, xeroTemplate } from './row-template.ts';

/** A company whose rows are taken as patterns, and the address that serves them. */
export interface Source {
  url: string;
  companyId: string;
  accessToken: string;
}

const LISTS = ['Contacts', 'Invoices', 'CreditNotes', 'Overpayments', 'Prepayments', 'Payments'];
const KNOWN = ['page', 'pageSize', 'order', 'includeArchived'];
const PAGE_SIZE = 1000;

const notation: Notation = { renumber: renumberGuid, stamp: (ms) => `/Date(${ms}+0000)/` };

interface Row {
  UpdatedDateUTC: string;
  Type?: string;
}

/** Xero's lists in their paging protocol: page, pageSize, order by UpdatedDateUTC, If-Modified-Since. */
export class XeroLedger {
  readonly #lists: Map<string, LongList>;
  readonly #nowMs: () => number;
  /** Sales invoices in one round. */
  readonly invoices: number;

  constructor(lists: Map<string, LongList>, invoices: number, nowMs: () => number) {
    this.#lists = lists;
    this.invoices = invoices;
    this.#nowMs = nowMs;
  }

  set rounds(rounds: number) {
    for (const list of this.#lists.values()) list.rounds = rounds;
  }

  /** The reply's text; null for what is no list. Throws for a filter that it does not know. */
  answer(url: URL, ifModifiedSince: string | undefined): string | null {
    const name = /^\/api\.xro\/2\.0\/(\w+)$/.exec(url.pathname)?.[1] ?? '';
    const list = this.#lists.get(name);
    if (list === undefined) return null;
    refuseUnknown(url.searchParams);
    const first = ifModifiedSince === undefined ? 0 : list.indexAt(instantOf(ifModifiedSince));
    const page = Number(url.searchParams.get('page') ?? '1');
    const pageSize = Math.min(PAGE_SIZE, Number(url.searchParams.get('pageSize') ?? '100'));
    const itemCount = list.length - first;
    const from = first + (page - 1) * pageSize;
    const pagination = { page, pageSize, pageCount: Math.ceil(itemCount / pageSize), itemCount };
    const head = JSON.stringify({ Status: 'OK', DateTimeUTC: notation.stamp(this.#nowMs()), pagination });
    return `${head.slice(0, -1)},"${name}":[${list.texts(from, from + pageSize).join(',')}]}`;
  }
}

/** Reads every list of one organisation and makes patterns of the rows. */
export async function loadXeroLedger(
  source: Source,
  nowMs: () => number,
  lastMs: number,
): Promise<XeroLedger> {
  const lists = new Map<string, LongList>();
  let invoices = 0;
  for (const name of LISTS) {
    const rows = await readAll(source, name);
    if (name === 'Invoices') invoices = rows.filter((row) => row.Type === 'ACCREC').length;
    lists.set(name, new LongList(rows.map(xeroTemplate), [], notation, lastMs));
  }
  return new XeroLedger(lists, invoices, nowMs);
}

async function readAll({ url, companyId, accessToken }: Source, name: string): Promise<Row[]> {
  const all: Row[] = [];
  for (let page = 1; ; page += 1) {
    const query = `page=${page}&pageSize=${PAGE_SIZE}&order=UpdatedDateUTC%20ASC&includeArchived=true`;
    const reply = await fetch(`${url}/api.xro/2.0/${name}?${query}`, {
      headers: {
        authorization: `Bearer ${accessToken}`,
        'xero-tenant-id': companyId,
        accept: 'application/json',
      },
    });
    const rows = ((await reply.json()) as Record<string, Row[]>)[name] ?? [];
    all.push(...rows);
    if (rows.length < PAGE_SIZE) return all;
  }
}

/** A filter that were passed over in silence would make a wrong figure. */
function refuseUnknown(query: URLSearchParams): void {
  const strange = [...query.keys()].filter((name) => !KNOWN.includes(name));
  if (strange.length > 0)
    throw new Error(`the long ledger does not know the parameter ${strange.join(', ')}`);
  const order = query.get('order') ?? 'UpdatedDateUTC ASC';
  if (!/^UpdatedDateUTC(?: ASC)?$/i.test(order)) throw new Error(`the long ledger has no order ${order}`);
}

function instantOf(text: string): number {
  const ms = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(ms)) throw new Error(`If-Modified-Since is no instant: ${text}`);
  return ms;
}
