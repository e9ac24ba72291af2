import { describe, expect, it } from 'vitest';
import { CallLog } from '../../bench/ledger/call-log.ts';
import { LongList } from '../../bench/ledger/long-list.ts';
import { QuickBooksLedger } from '../../bench/ledger/quickbooks-ledger.ts';
import {
  originOfCount,
  quickbooksTemplate,
  renumberCount,
  renumberGuid,
  xeroTemplate,
} from '../../bench/ledger/row-template.ts';
import { XeroLedger } from '../../bench/ledger/xero-ledger.ts';

const LAST_MS = Date.parse('2026-03-10T10:00:00Z');
const guid = (start: string): string => `0000${start}-0000-4000-8000-000000000000`;

const xeroInvoice = (end: string) => ({
  InvoiceID: guid(end),
  Contact: { ContactID: guid('beef'), Name: 'Ash "& Co"' },
  UpdatedDateUTC: '/Date(1000+0000)/',
});

const quickbooksInvoice = (id: string) => ({
  CustomerRef: { value: '4', name: 'Ash' },
  Line: [{ Id: '1', LinkedTxn: [{ TxnId: '77', TxnType: 'Payment' }] }],
  Id: id,
  MetaData: { CreateTime: '2026-01-01T00:00:00-08:00', LastUpdatedTime: '2026-01-01T00:00:00-08:00' },
});

function xeroLedger(rounds: number): XeroLedger {
  const notation = { renumber: renumberGuid, stamp: (ms: number) => `/Date(${ms}+0000)/` };
  const rows = [xeroInvoice('0001'), xeroInvoice('0002'), xeroInvoice('0003')].map(xeroTemplate);
  const ledger = new XeroLedger(
    new Map([['Invoices', new LongList(rows, [], notation, LAST_MS)]]),
    3,
    () => LAST_MS,
  );
  ledger.rounds = rounds;
  return ledger;
}

interface XeroReply {
  pagination: { itemCount: number; pageCount: number };
  Invoices: ReturnType<typeof xeroInvoice>[];
}

function invoices(ledger: XeroLedger, query: string, since?: string): XeroReply {
  const url = new URL(`http://ledger.example/api.xro/2.0/Invoices?${query}`);
  return JSON.parse(ledger.answer(url, since) ?? 'null') as XeroReply;
}

describe("the long ledger as Xero's lists", () => {
  it('repeats rows with ids of their own that still name the same customer of their round', () => {
    const { Invoices, pagination } = invoices(xeroLedger(4), 'page=1&pageSize=1000');
    expect(pagination.itemCount).toBe(12);
    expect(new Set(Invoices.map((row) => row.InvoiceID)).size).toBe(12);
    expect(new Set(Invoices.map((row) => row.Contact.ContactID)).size).toBe(4);
    expect(Invoices[5]?.Contact.ContactID).toBe(Invoices[3]?.Contact.ContactID);
    expect(Invoices[0]?.Contact.Name).toBe('Ash "& Co"');
  });

  it('serves every row once through its pages, in the order of update times', () => {
    const ledger = xeroLedger(4);
    const pages = [1, 2, 3].map((page) => invoices(ledger, `page=${page}&pageSize=5`).Invoices);
    const times = pages.flat().map((row) => Number(/\d+/.exec(row.UpdatedDateUTC)?.[0]));
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBe(LAST_MS);
  });

  it('begins at If-Modified-Since', () => {
    const since = new Date(LAST_MS - 2000).toISOString().slice(0, 19);
    expect(invoices(xeroLedger(4), 'page=1&pageSize=5', since).pagination.itemCount).toBe(3);
    expect(invoices(xeroLedger(4), 'page=1', new Date(LAST_MS + 1000).toISOString()).Invoices).toEqual([]);
  });

  it('refuses a filter rather than passing it over', () => {
    expect(() => invoices(xeroLedger(1), 'page=1&where=Status=="PAID"')).toThrow('where');
    expect(() => invoices(xeroLedger(1), 'order=Date DESC')).toThrow('no order');
  });
});

function quickbooksLedger(rounds: number): QuickBooksLedger {
  const notation = { renumber: renumberCount, stamp: (ms: number) => new Date(ms).toISOString() };
  const ids = ['12', '13'];
  const rows = ids.map((id) => quickbooksTemplate(quickbooksInvoice(id)));
  const ledger = new QuickBooksLedger(
    new Map([['invoice', new LongList(rows, ids, notation, LAST_MS)]]),
    () => LAST_MS,
  );
  ledger.rounds = rounds;
  return ledger;
}

interface QuickBooksReply {
  totalCount?: number;
  Invoice?: ReturnType<typeof quickbooksInvoice>[];
}

function query(ledger: QuickBooksLedger, text: string): QuickBooksReply {
  const url = new URL('http://ledger.example/v3/company/1/query');
  url.searchParams.set('query', text);
  return (JSON.parse(ledger.answer(url) ?? 'null') as { QueryResponse: QuickBooksReply }).QueryResponse;
}

describe("the long ledger as QuickBooks' queries", () => {
  it("numbers the row, its customer and its links anew, and leaves a line's own id alone", () => {
    const rows = query(quickbooksLedger(2), 'SELECT * FROM Invoice MAXRESULTS 1000').Invoice ?? [];
    const [line] = rows[3]?.Line ?? [];
    expect(rows.map((row) => row.Id)).toEqual(['12', '13', '10000012', '10000013']);
    expect(rows[3]?.CustomerRef.value).toBe('10000004');
    expect(line).toEqual({ Id: '1', LinkedTxn: [{ TxnId: '10000077', TxnType: 'Payment' }] });
  });

  it('counts, cuts into pages and begins at an update time', () => {
    const ledger = quickbooksLedger(5);
    const since = new Date(LAST_MS - 3000).toISOString();
    const where = `WHERE MetaData.LastUpdatedTime >= '${since}' ORDERBY MetaData.LastUpdatedTime ASC`;
    expect(query(ledger, 'SELECT COUNT(*) FROM Invoice').totalCount).toBe(10);
    expect(query(ledger, 'SELECT * FROM Invoice STARTPOSITION 10 MAXRESULTS 5').Invoice).toHaveLength(1);
    expect(query(ledger, `SELECT * FROM Invoice ${where}`).Invoice).toHaveLength(4);
  });

  it('finds rows by their ids in any round', () => {
    const found = query(
      quickbooksLedger(3),
      "SELECT * FROM Invoice WHERE Id IN ('20000013','99') MAXRESULTS 9",
    );
    expect(found.Invoice?.map((row) => row.Id)).toEqual(['20000013']);
    expect(originOfCount('20000013')).toEqual({ id: '13', round: 2 });
  });

  it('refuses a condition that it does not understand', () => {
    expect(() => query(quickbooksLedger(1), "SELECT * FROM Invoice WHERE Balance > '0'")).toThrow('Balance');
  });
});

describe('the log of calls', () => {
  it('tells the busiest second of one company, wherever it lies', () => {
    const log = new CallLog();
    for (const ms of [0, 900, 1100, 1200, 1899]) log.note('a', ms);
    for (const ms of [0, 1]) log.note('b', ms);
    expect(log.summary()).toEqual({ calls: 7, busiestSecond: 4 });
  });
});
