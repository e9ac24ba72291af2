import { AccountingApi, type Contact, type CreditNote, type Invoice } from 'xero-node';
import type { Overpayment, Payment, Prepayment } from 'xero-node';
import { report, Stopwatch, taskOf } from '../support/measured.ts';
import { PlainMirror } from './columns.ts';
import type { PlainTask } from './floor.ts';

const PAGE_SIZE = 1000;
const ORDER = 'UpdatedDateUTC ASC';

/** The obvious loop over xero-node: list by list, page by page, the columns that the product keeps upserted. */
const task = taskOf<PlainTask>();
const tenant = task.companyId;
const stopwatch = new Stopwatch();
const api = new AccountingApi(`${task.env['XERO_API_URL'] ?? ''}/api.xro/2.0`);
api.accessToken = task.accessToken;
const mirror = new PlainMirror(task.file);
await eachPage(
  async (page) =>
    (
      await api.getContacts(
        tenant,
        undefined,
        undefined,
        ORDER,
        undefined,
        page,
        true,
        undefined,
        undefined,
        PAGE_SIZE,
      )
    ).body.contacts,
  (rows) => mirror.write({ table: 'customer', rows: rows.map(contactColumns) }),
);
await eachPage(
  async (page) =>
    (
      await api.getInvoices(
        tenant,
        undefined,
        undefined,
        ORDER,
        undefined,
        undefined,
        undefined,
        undefined,
        page,
        true,
        undefined,
        undefined,
        undefined,
        PAGE_SIZE,
      )
    ).body.invoices,
  (rows) => mirror.write({ table: 'invoice', rows: rows.filter(isSale).map(invoiceColumns) }),
);
await eachPage(
  async (page) =>
    (await api.getCreditNotes(tenant, undefined, undefined, ORDER, page, undefined, PAGE_SIZE)).body
      .creditNotes,
  (rows) =>
    mirror.write({
      table: 'credit',
      rows: rows.map((row) => creditColumns('credit-note', row.creditNoteID, row)),
    }),
);
await eachPage(
  async (page) =>
    (await api.getOverpayments(tenant, undefined, undefined, ORDER, page, undefined, PAGE_SIZE)).body
      .overpayments,
  (rows) =>
    mirror.write({
      table: 'credit',
      rows: rows.map((row) => creditColumns('overpayment', row.overpaymentID, row)),
    }),
);
await eachPage(
  async (page) =>
    (await api.getPrepayments(tenant, undefined, undefined, ORDER, page, undefined, PAGE_SIZE)).body
      .prepayments,
  (rows) =>
    mirror.write({
      table: 'credit',
      rows: rows.map((row) => creditColumns('prepayment', row.prepaymentID, row)),
    }),
);
await eachPage(
  async (page) => (await api.getPayments(tenant, undefined, undefined, ORDER, page, PAGE_SIZE)).body.payments,
  (rows) => mirror.write({ table: 'payment', rows: rows.map(paymentColumns) }),
);
const usage = stopwatch.usage();
mirror.close();
report({ ...usage, invoices: mirror.invoices });

async function eachPage<T>(
  read: (page: number) => Promise<T[] | undefined>,
  write: (rows: T[]) => void,
): Promise<void> {
  for (let page = 1; ; page += 1) {
    const rows = (await read(page)) ?? [];
    if (rows.length > 0) write(rows);
    if (rows.length < PAGE_SIZE) return;
  }
}

type Columns = (string | number | null)[];

function isSale(row: Invoice): boolean {
  return String(row.type) === 'ACCREC';
}

function contactColumns(row: Contact): Columns {
  const emails = JSON.stringify(row.emailAddress ? [row.emailAddress] : []);
  const currency = String(row.defaultCurrency ?? '');
  const status = String(row.contactStatus ?? '');
  const number = row.accountNumber ?? null;
  return [
    row.contactID ?? '',
    row.name ?? '',
    emails,
    number,
    status,
    null,
    null,
    0,
    currency,
    null,
    '',
    null,
    at(row),
  ];
}

function invoiceColumns(row: Invoice): Columns {
  return [
    row.invoiceID ?? '',
    row.contact?.contactID ?? '',
    row.invoiceNumber ?? '',
    String(row.status),
    dayOf(row.date),
    dayOf(row.dueDate),
    String(row.currencyCode ?? ''),
    minor(row.total),
    minor(row.amountDue),
    rate(row.currencyRate),
    at(row),
  ];
}

function creditColumns(
  kind: string,
  id: string | undefined,
  row: CreditNote | Overpayment | Prepayment,
): Columns {
  return [
    kind,
    id ?? '',
    row.contact?.contactID ?? '',
    'creditNoteNumber' in row ? (row.creditNoteNumber ?? '') : '',
    String(row.status),
    dayOf(row.date),
    String(row.currencyCode ?? ''),
    minor(row.total),
    minor(row.remainingCredit),
    rate(row.currencyRate),
    JSON.stringify(row.allocations ?? []),
    at(row),
  ];
}

function paymentColumns(row: Payment): Columns {
  const allocation = {
    invoiceId: row.invoice?.invoiceID,
    amountMinor: minor(row.amount),
    date: dayOf(row.date),
  };
  const allocations = JSON.stringify([allocation]);
  const id = row.paymentID ?? '';
  return [
    id,
    null,
    String(row.status),
    dayOf(row.date),
    '',
    minor(row.amount),
    rate(row.currencyRate),
    allocations,
    at(row),
  ];
}

function minor(amount: number | undefined): number {
  return Math.round((amount ?? 0) * 100);
}

function rate(value: number | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** xero-node types calendar days as text, and hands out dates where the platform sent '/Date(ms)/'. */
function dayOf(date: string | Date | undefined): string {
  return (date instanceof Date ? date.toISOString() : (date ?? '')).slice(0, 10);
}

function at(row: { updatedDateUTC?: Date }): number {
  return new Date(row.updatedDateUTC ?? 0).getTime();
}
