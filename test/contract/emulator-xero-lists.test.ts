import { afterEach, describe, expect, it } from 'vitest';
import type { BookEntry } from '../../emulator/core/book.ts';
import { bookOf, customer, invoice, rows, startXero, worldNowMs } from '../support/xero-emulator.ts';
import type { EmulatedXero, Page } from '../support/xero-emulator.ts';

let xero: EmulatedXero;
afterEach(() => xero.emulator.close());

const dayMs = 86_400_000;

/** 2,500 invoices, changed one second apart, the newest two weeks ago. */
function manyInvoices(): BookEntry[] {
  const entries: BookEntry[] = [customer('ann'), customer('bob')];
  for (let index = 0; index < 2500; index += 1) {
    const updatedAtMs = worldNowMs - 14 * dayMs - (2499 - index) * 1000;
    entries.push(invoice(`n${String(index)}`, index % 5 === 0 ? 'bob' : 'ann', { updatedAtMs }));
  }
  return entries;
}

/** Numbers of all invoices of a filtered, paged list, page by page. */
async function walk(query: string, headers: Record<string, string> = {}): Promise<string[][]> {
  const pages: string[][] = [];
  for (let page = 1; ; page += 1) {
    const reply = await xero.get(`Invoices?${query}&page=${String(page)}`, headers);
    pages.push(rows(reply, 'Invoices').map((row) => String(row['InvoiceNumber'])));
    if (page >= (reply.pagination?.pageCount ?? 0)) return pages;
  }
}

describe('lists of the emulated Xero', () => {
  it('serve 2,500 invoices in three pages, each once, in the order of their last change', async () => {
    xero = await startXero([bookOf('one', manyInvoices())]);
    const first = await xero.get('Invoices?page=1&pageSize=1000');
    expect(first.pagination).toEqual({ page: 1, pageSize: 1000, pageCount: 3, itemCount: 2500 });
    const pages = await walk('pageSize=1000&order=UpdatedDateUTC%20ASC');
    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500]);
    expect(pages.flat()).toEqual(Array.from({ length: 2500 }, (_, index) => `INV-n${String(index)}`));
  });

  it('give 100 to a page unless asked, and never more than 1,000', async () => {
    xero = await startXero([bookOf('one', manyInvoices())]);
    expect(rows(await xero.get('Invoices?page=1'), 'Invoices')).toHaveLength(100);
    expect(rows(await xero.get('Invoices?page=1&pageSize=5000'), 'Invoices')).toHaveLength(1000);
    expect(rows(await xero.get('Invoices?page=9&pageSize=1000'), 'Invoices')).toEqual([]);
  });

  it('give only what changed since If-Modified-Since, in each way of writing it', async () => {
    xero = await startXero([bookOf('one', manyInvoices())]);
    const since = new Date(worldNowMs - 14 * dayMs - 9_000);
    for (const text of [since.toISOString(), since.toISOString().slice(0, 19), since.toUTCString()]) {
      const pages = await walk('pageSize=1000', { 'if-modified-since': text });
      expect(pages.flat()).toEqual(Array.from({ length: 10 }, (_, index) => `INV-n${String(2490 + index)}`));
    }
  });

  it('shift under an edit while they are paged: offset paging is live', async () => {
    xero = await startXero([bookOf('one', manyInvoices())]);
    const first = await xero.get('Invoices?page=1&pageSize=1000');
    xero.emulator.xero('one').payInvoice('INV-n3');
    const second = await xero.get('Invoices?page=2&pageSize=1000');
    const numbers = [...rows(first, 'Invoices'), ...rows(second, 'Invoices')].map(
      (row) => row['InvoiceNumber'],
    );
    expect(numbers).not.toContain('INV-n1000');
    const last = rows(await xero.get('Invoices?page=3&pageSize=1000'), 'Invoices').at(-1);
    expect(last).toMatchObject({ InvoiceNumber: 'INV-n3', Status: 'PAID' });
  });

  it('filter by where, Statuses, ContactIDs, IDs and InvoiceNumbers', async () => {
    xero = await startXero([
      bookOf('one', [
        customer('ann'),
        customer('bob'),
        invoice('1', 'ann', { issueDate: '2026-03-01', dueDate: '2026-03-31' }),
        invoice('2', 'bob', { totalMinor: 5_000, openMinor: 5_000 }),
        invoice('3', 'bob', { status: 'voided', openMinor: 0 }),
      ]),
    ]);
    const numbers = async (query: string): Promise<string> => (await walk(query)).flat().sort().join(' ');
    const bob = xero.emulator.xero('one').contact('Customer bob').ContactID;
    const two = xero.emulator.xero('one').invoice('INV-2').InvoiceID;
    const where = (text: string): Promise<string> => numbers(`where=${encodeURIComponent(text)}`);
    expect(await where('Type=="ACCREC" AND Status=="AUTHORISED"')).toBe('INV-1 INV-2');
    expect(await where('Date >= DateTime(2026,3,1)')).toBe('INV-1');
    expect(await where('DueDate < DateTime(2026, 03, 01) && AmountDue > 0')).toBe('INV-2');
    expect(await where(`Contact.ContactID == Guid("${bob.toUpperCase()}")`)).toBe('INV-2 INV-3');
    expect(await where('(Status=="VOIDED" OR AmountDue==50) AND InvoiceNumber!="INV-3"')).toBe('INV-2');
    expect(await where('Contact.Name.StartsWith("Customer a")')).toBe('INV-1');
    expect(await where('FullyPaidOnDate == null')).toBe('INV-1 INV-2 INV-3');
    expect(await numbers('Statuses=VOIDED,PAID')).toBe('INV-3');
    expect(await numbers(`ContactIDs=${bob}&Statuses=AUTHORISED`)).toBe('INV-2');
    expect(await numbers(`IDs=${two}`)).toBe('INV-2');
    expect(await numbers('InvoiceNumbers=INV-1,INV-3')).toBe('INV-1 INV-3');
    expect((await walk('order=Total%20ASC,InvoiceNumber%20DESC')).flat()).toEqual([
      'INV-2',
      'INV-3',
      'INV-1',
    ]);
  });

  it('refuse a filter that they cannot read', async () => {
    xero = await startXero([bookOf('one', [customer('ann')])]);
    const reply = await xero.call('GET', `Invoices?page=1&where=${encodeURIComponent('Status = = "X"')}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ ErrorNumber: 16, Type: 'QueryParseException' });
  });

  it('hide archived contacts unless they are asked for, and show where a merged one went', async () => {
    const merged = customer('old', { status: 'merged', mergedIntoId: 'ann' });
    xero = await startXero([
      bookOf('one', [customer('ann'), customer('gone', { status: 'archived' }), merged]),
    ]);
    expect(rows(await xero.get('Contacts?page=1'), 'Contacts')).toHaveLength(1);
    const all = rows(await xero.get('Contacts?page=1&includeArchived=true'), 'Contacts');
    const ann = xero.emulator.xero('one').contact('Customer ann').ContactID;
    expect(all.map((row) => row['ContactStatus']).sort()).toEqual(['ACTIVE', 'ARCHIVED', 'ARCHIVED']);
    expect(all.find((row) => row['Name'] === 'Customer old')).toMatchObject({ MergedToContactID: ann });
    const found = rows(await xero.get('Contacts?page=1&includeArchived=true&searchTerm=gone@'), 'Contacts');
    expect(found.map((row) => row['Name'])).toEqual(['Customer gone']);
  });

  it('leave out line items and balances unless they are paged', async () => {
    xero = await startXero([bookOf('one', [customer('ann'), invoice('1', 'ann')])]);
    expect(rows(await xero.get('Invoices'), 'Invoices')[0]).not.toHaveProperty('LineItems');
    expect(rows(await xero.get('Contacts'), 'Contacts')[0]).not.toHaveProperty('Balances');
    const summary = rows(await xero.get('Invoices?page=1&summaryOnly=true'), 'Invoices')[0];
    expect(summary).toHaveProperty('AmountDue', 120.5);
    expect(summary).not.toHaveProperty('Payments');
  });

  it('find single records by id, invoices by number too, and answer 404 to anything else', async () => {
    xero = await startXero([bookOf('one', [customer('ann'), invoice('1', 'ann')])]);
    const byNumber = rows(await xero.get('Invoices/INV-1'), 'Invoices')[0];
    const byId = rows(await xero.get(`Invoices/${String(byNumber?.['InvoiceID'])}`), 'Invoices')[0];
    expect(byId).toEqual(byNumber);
    expect((await xero.call('GET', 'Invoices/INV-9')).status).toBe(404);
    expect((await xero.call('GET', 'Nothing')).status).toBe(404);
    expect((await xero.call('GET', `Invoices?IDs=${'a'.repeat(2100)}`)).status).toBe(404);
  });

  it('answer in XML when JSON is not asked for', async () => {
    xero = await startXero([bookOf('one', [customer('ann')])]);
    const reply = await xero.call('GET', 'Contacts?page=1', { headers: { accept: '*/*' } });
    expect(reply.headers.get('content-type')).toContain('text/xml');
    expect(await reply.text()).toContain('<Name>Customer ann</Name>');
  });

  it('refuse to list a very large organisation without paging', async () => {
    xero = await startXero([bookOf('one', manyInvoices())], { quirks: { xero: { unpagedLimit: 2000 } } });
    const reply = await xero.call('GET', 'Invoices');
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ ErrorNumber: 51, Type: 'HighVolumeException' });
  });
});

describe('records of the emulated Xero', () => {
  const receipt = {
    entry: 'receipt' as const,
    customerId: 'ann',
    date: '2026-02-20',
    currency: 'GBP',
    rate: '1',
    status: 'active' as const,
    reference: 'BACS',
    updatedAtMs: worldNowMs - dayMs,
  };
  const entries: BookEntry[] = [
    customer('ann', { email: 'ann@example.com, pay@example.com', notes: 'Prefers e-mail' }),
    invoice('1', 'ann', { totalMinor: 100_00, openMinor: 30_00 }),
    invoice('2', 'ann', { totalMinor: 50_00, openMinor: 0, status: 'paid', paidDate: '2026-02-20' }),
    invoice('3', 'ann', { currency: 'EUR', rate: '0.8', totalMinor: 10_00, openMinor: 10_00 }),
    invoice('4', 'ann', { status: 'draft', totalMinor: 7_00, openMinor: 7_00 }),
    {
      entry: 'credit-note',
      id: 'c1',
      number: 'CN-1',
      customerId: 'ann',
      date: '2026-02-18',
      currency: 'GBP',
      rate: '1',
      totalMinor: 25_00,
      openMinor: 5_00,
      allocations: [{ invoiceId: '1', amountMinor: 20_00, date: '2026-02-18' }],
      status: 'open',
      updatedAtMs: worldNowMs - dayMs,
    },
    {
      ...receipt,
      kind: 'payment',
      id: 'r1',
      totalMinor: 90_00,
      openMinor: 0,
      allocations: [
        { invoiceId: '1', amountMinor: 40_00, date: '2026-02-20' },
        { invoiceId: '2', amountMinor: 50_00, date: '2026-02-20' },
      ],
    },
    {
      ...receipt,
      kind: 'overpayment',
      id: 'r2',
      totalMinor: 12_00,
      openMinor: 2_00,
      allocations: [{ invoiceId: '1', amountMinor: 10_00, date: '2026-02-20' }],
    },
    {
      ...receipt,
      kind: 'payment',
      id: 'r3',
      totalMinor: 9_00,
      openMinor: 0,
      allocations: [],
      status: 'deleted',
    },
  ];

  async function first(path: string, name: string): Promise<Page> {
    return rows(await xero.get(path), name)[0] as Page;
  }

  it('carry what was paid and credited inside the invoice, with sums that agree', async () => {
    xero = await startXero([bookOf('one', entries)]);
    expect(await first('Invoices/INV-1', 'Invoices')).toMatchObject({
      Total: 100,
      AmountPaid: 40,
      AmountCredited: 30,
      AmountDue: 30,
      Status: 'AUTHORISED',
      Payments: [{ Amount: 40, Date: '/Date(1771545600000+0000)/' }],
      CreditNotes: [{ CreditNoteNumber: 'CN-1', AppliedAmount: 20 }],
      Overpayments: [{ AppliedAmount: 10 }],
      DateString: '2026-01-10T00:00:00',
      DueDate: '/Date(1770595200000+0000)/',
    });
    expect(await first('Invoices/INV-2', 'Invoices')).toMatchObject({
      Status: 'PAID',
      AmountDue: 0,
      FullyPaidOnDate: '/Date(1771545600000+0000)/',
    });
    expect(await first('Invoices/INV-4', 'Invoices')).toMatchObject({ Status: 'DRAFT', AmountDue: 7 });
  });

  it('state payments one per invoice, credits with what remains, and foreign money with its rate', async () => {
    xero = await startXero([bookOf('one', entries)]);
    expect(rows(await xero.get('Payments?page=1'), 'Payments').map((row) => row['Amount'])).toEqual([40, 50]);
    expect(await first('CreditNotes?page=1', 'CreditNotes')).toMatchObject({
      Type: 'ACCRECCREDIT',
      RemainingCredit: 5,
      Allocations: [{ Amount: 20, Invoice: { InvoiceNumber: 'INV-1' } }],
    });
    expect(await first('Overpayments?page=1', 'Overpayments')).toMatchObject({
      RemainingCredit: 2,
      Total: 12,
    });
    expect(rows(await xero.get('Prepayments?page=1'), 'Prepayments')).toEqual([]);
    expect(await first('Invoices/INV-3', 'Invoices')).toMatchObject({
      CurrencyCode: 'EUR',
      CurrencyRate: 1.25,
    });
  });

  it('play the other direction of CurrencyRate when told to', async () => {
    const quirks = { xero: { currencyRateDirection: 'base-per-foreign' as const } };
    xero = await startXero([bookOf('one', entries)], { quirks });
    expect(await first('Invoices/INV-3', 'Invoices')).toMatchObject({ CurrencyRate: 0.8 });
  });

  it('show a contact with its persons, account number and balances in the plain sums that Xero uses', async () => {
    xero = await startXero([bookOf('one', entries)]);
    expect(await first('Contacts?page=1', 'Contacts')).toMatchObject({
      Name: 'Customer ann',
      AccountNumber: 'ACC-ann',
      EmailAddress: 'ann@example.com',
      ContactPersons: [{ EmailAddress: 'pay@example.com', IncludeInEmails: true }],
      Balances: { AccountsReceivable: { Outstanding: 40, Overdue: 40 } },
    });
  });

  it('describe the organisation with the name of its zone in Xero', async () => {
    xero = await startXero([bookOf('one', entries)]);
    expect(await first('Organisation', 'Organisations')).toMatchObject({
      Timezone: 'GMTSTANDARDTIME',
      BaseCurrency: 'GBP',
      OrganisationID: xero.tenant,
    });
    expect(await first('InvoiceReminders/Settings', 'InvoiceReminders')).toEqual({ Enabled: false });
    expect(rows(await xero.get('Currencies'), 'Currencies')[0]).toMatchObject({ Code: 'GBP' });
  });
});
