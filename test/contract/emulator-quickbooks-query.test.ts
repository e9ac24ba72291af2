import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeCustomer, NativeTransaction } from '../../emulator/quickbooks/native.ts';
import { createInvoice } from '../../emulator/quickbooks/edits.ts';
import { bookOf, customer, invoice, receipt, startQuickBooks } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

const minute = 60_000;
const firstUpdate = Date.parse('2026-01-10T09:30:00Z');

const entries = [
  customer('1', { name: "O'Brien & Sons" }),
  customer('2', { name: 'Ash Dale' }),
  customer('3', { name: 'Gone Ltd', status: 'archived' }),
  ...Array.from({ length: 2500 }, (_none, at) =>
    invoice(`i${String(at)}`, at % 2 === 0 ? '1' : '2', {
      totalMinor: 10_000 + at,
      openMinor: 10_000 + at,
      updatedAtMs: firstUpdate + at * minute,
    }),
  ),
  receipt('r1', '1'),
];

describe('the QuickBooks query language', () => {
  let qbo: EmulatedQuickBooks;
  beforeAll(async () => void (qbo = await startQuickBooks(bookOf(entries))));
  afterAll(() => qbo.close());

  const invoices = async (rest: string) =>
    ((await qbo.query(`SELECT * FROM Invoice ${rest}`))['Invoice'] ?? []) as NativeTransaction[];
  const customers = async (rest: string) =>
    ((await qbo.query(`SELECT * FROM Customer ${rest}`))['Customer'] ?? []) as NativeCustomer[];
  const fault = async (statement: string) => {
    const response = await qbo.call('GET', `query?query=${encodeURIComponent(statement)}`);
    const body = (await response.json()) as {
      Fault: { Error: { code: string; Detail: string }[]; type: string };
    };
    return { status: response.status, type: body.Fault.type, ...body.Fault.Error[0] };
  };

  it('reads 2,500 invoices in three pages, each once', async () => {
    const pages = [];
    for (const start of [1, 1001, 2001]) {
      pages.push(
        await invoices(`ORDERBY MetaData.LastUpdatedTime STARTPOSITION ${String(start)} MAXRESULTS 1000`),
      );
    }
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500]);
    expect(new Set(pages.flat().map((one) => one.Id)).size).toBe(2500);
    const times = pages.flat().map((one) => Date.parse(one.MetaData.LastUpdatedTime));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('says where a page begins and how long it is, and nothing at all when it is empty', async () => {
    const page = await qbo.query('select * from invoice startposition 2401 maxresults 1000');
    expect(page).toMatchObject({ startPosition: 2401, maxResults: 100 });
    expect(await qbo.query("SELECT * FROM Invoice WHERE DocNumber = 'nothing'")).toEqual({});
  });

  it('gives 100 rows unless asked for more', async () => {
    expect(await invoices('')).toHaveLength(100);
  });

  it('counts without rows', async () => {
    expect(await qbo.query('SELECT count(*) FROM Invoice')).toEqual({ totalCount: 2500 });
    expect(await qbo.query("SELECT COUNT(*) FROM Invoice WHERE CustomerRef = '1'")).toEqual({
      totalCount: 1250,
    });
  });

  it('pages over the living table: an update between two pages moves a row out of the next', async () => {
    const order = 'ORDER BY MetaData.LastUpdatedTime ASC';
    const [first] = await invoices(`${order} MAXRESULTS 1`);
    const [second] = await invoices(`${order} STARTPOSITION 2 MAXRESULTS 1`);
    const [third] = await invoices(`${order} STARTPOSITION 3 MAXRESULTS 1`);
    qbo.books.save('Invoice', first as NativeTransaction);
    const [nowSecond] = await invoices(`${order} STARTPOSITION 2 MAXRESULTS 1`);
    expect(nowSecond?.Id).toBe(third?.Id);
    expect(nowSecond?.Id).not.toBe(second?.Id);
  });

  it('compares amounts as numbers and days as days', async () => {
    const rows = await invoices(
      "WHERE TotalAmt > '124.97' AND DueDate <= '2026-02-09' AND Balance >= '124.98'",
    );
    expect(rows.map((one) => one.TotalAmt).sort()).toEqual([124.98, 124.99]);
  });

  it('finds what changed since an instant, whatever the offset it is written with', async () => {
    const since = "WHERE MetaData.LastUpdatedTime >= '2026-01-12T04:00:00-05:00' MAXRESULTS 1000";
    const earliest = Date.parse('2026-01-12T09:00:00Z');
    const rows = await invoices(since);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((one) => Date.parse(one.MetaData.LastUpdatedTime) >= earliest)).toBe(true);
  });

  it('finds by Id with = and IN, and refuses every other operator on Id', async () => {
    expect((await invoices("WHERE Id IN ('5', '7', '9')")).map((one) => one.Id).sort()).toEqual([
      '5',
      '7',
      '9',
    ]);
    expect(await invoices("WHERE Id = '5'")).toHaveLength(1);
    expect(await fault("SELECT * FROM Invoice WHERE Id > '5'")).toMatchObject({ status: 400, code: '4001' });
  });

  it('hides inactive customers unless Active is asked for', async () => {
    expect((await customers('')).map((one) => one.DisplayName)).toEqual(['Ash Dale', "O'Brien & Sons"]);
    expect(await customers('WHERE Active IN (true, false)')).toHaveLength(3);
    expect((await customers('WHERE Active = false')).map((one) => one.DisplayName)).toEqual([
      'Gone Ltd (deleted)',
    ]);
  });

  it("takes \\' inside a text and % as the only wildcard", async () => {
    expect(await customers("WHERE DisplayName = 'O\\'Brien & Sons'")).toHaveLength(1);
    expect(await customers("WHERE DisplayName LIKE 'o\\'b%'")).toHaveLength(1);
    expect(await customers("WHERE DisplayName LIKE '_sh Dale'")).toHaveLength(0);
  });

  it('serves chosen columns only', async () => {
    const [row] = ((await qbo.query('SELECT Id, DisplayName FROM Customer MAXRESULTS 1'))['Customer'] ??
      []) as object[];
    expect(Object.keys(row ?? {}).sort()).toEqual(['DisplayName', 'Id', 'domain', 'sparse']);
  });

  it('takes a query as a POST body too', async () => {
    const response = await qbo.call('POST', 'query', "SELECT * FROM Customer WHERE Id = '1'", {
      'content-type': 'application/text',
    });
    expect(await response.json()).toMatchObject({ QueryResponse: { Customer: [{ Id: '1' }] } });
  });

  it.each([
    ['SELECT * FROM Invoice STARTPOSITION 0', '4001', 'value 0 is too small. Min allowed value is 1'],
    ['SELECT * FROM Invoice MAXRESULTS 1001', '4001', 'value 1001 is too large'],
    ["SELECT * FROM Invoice WHERE Colour = 'red'", '4001', 'Property Colour not found for Entity Invoice'],
    ['SELECT * FROM Unicorn', '4001', 'Invalid context declaration: Unicorn'],
    ['SELECT * FROM Invoice WHERE Balance > 0', '4000', 'QueryParserError: Encountered'],
    ["SELECT * FROM Invoice WHERE Id = '1' OR Id = '2'", '4000', 'QueryParserError: Encountered'],
    ["SELECT * FROM Customer WHERE DisplayName = 'O'Brien'", '4000', 'QueryParserError: Encountered'],
    ['', '4000', 'QueryParserError: Encountered'],
  ])('refuses %s with %s', async (statement, code, detail) => {
    const refusal = await fault(statement);
    expect(refusal).toMatchObject({ status: 400, type: 'ValidationFault', code });
    expect(refusal.Detail).toContain(detail);
  });

  it('follows new documents at once', async () => {
    const before = (await qbo.query('SELECT count(*) FROM Invoice'))['totalCount'] as number;
    createInvoice(qbo.books, { customerId: '2', amountMinor: 500 });
    expect((await qbo.query('SELECT count(*) FROM Invoice'))['totalCount']).toBe(before + 1);
  });
});
