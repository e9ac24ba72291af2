import type { TablePage } from './columns.ts';
import type { PlainTask } from './floor.ts';

/** The fields that are kept of Xero's rows, as the wire has them. */
interface Row {
  ContactID: string;
  Name: string;
  EmailAddress?: string;
  AccountNumber?: string;
  ContactStatus: string;
  DefaultCurrency?: string;
  Type?: string;
  InvoiceID: string;
  InvoiceNumber: string;
  CreditNoteID: string;
  CreditNoteNumber: string;
  OverpaymentID: string;
  PrepaymentID: string;
  PaymentID: string;
  Status: string;
  Date: string;
  DueDate: string;
  CurrencyCode: string;
  CurrencyRate?: number;
  Total: number;
  AmountDue: number;
  RemainingCredit: number;
  Amount: number;
  Allocations?: unknown[];
  Contact: { ContactID: string };
  Invoice?: { InvoiceID: string };
  UpdatedDateUTC: string;
}

const ms = (text: string): number => Number(text.slice(6, 19));
const day = (text: string): string => new Date(ms(text)).toISOString().slice(0, 10);
const minor = (amount: number): number => Math.round(amount * 100);
const rate = (row: Row): string | null => (row.CurrencyRate === undefined ? null : String(row.CurrencyRate));

/** Every page of the streams that the product pulls, by the plainest code that can do it. */
export async function* xeroPages(task: PlainTask): AsyncGenerator<TablePage> {
  for await (const rows of pages(task, 'Contacts')) yield { table: 'customer', rows: rows.map(contact) };
  for await (const rows of pages(task, 'Invoices'))
    yield { table: 'invoice', rows: rows.filter(isSale).map(invoice) };
  for await (const rows of pages(task, 'CreditNotes'))
    yield { table: 'credit', rows: rows.map((r) => credit('credit-note', r.CreditNoteID, r)) };
  for await (const rows of pages(task, 'Overpayments'))
    yield { table: 'credit', rows: rows.map((r) => credit('overpayment', r.OverpaymentID, r)) };
  for await (const rows of pages(task, 'Prepayments'))
    yield { table: 'credit', rows: rows.map((r) => credit('prepayment', r.PrepaymentID, r)) };
  for await (const rows of pages(task, 'Payments')) yield { table: 'payment', rows: rows.map(payment) };
}

async function* pages(task: PlainTask, endpoint: string): AsyncGenerator<Row[]> {
  for (let page = 1; ; page += 1) {
    const query = `page=${page}&pageSize=1000&order=UpdatedDateUTC%20ASC&includeArchived=true`;
    const reply = await fetch(`${task.env.XERO_API_URL ?? ''}/api.xro/2.0/${endpoint}?${query}`, {
      headers: {
        Authorization: `Bearer ${task.accessToken}`,
        'xero-tenant-id': task.companyId,
        Accept: 'application/json',
      },
    });
    const rows = (JSON.parse(await reply.text()) as Record<string, Row[]>)[endpoint] ?? [];
    if (rows.length > 0) yield rows;
    if (rows.length < 1000) return;
  }
}

const isSale = (row: Row): boolean => row.Type === 'ACCREC';

function contact(row: Row): TablePage['rows'][number] {
  const emails = JSON.stringify(row.EmailAddress ? [row.EmailAddress] : []);
  return [
    row.ContactID,
    row.Name,
    emails,
    row.AccountNumber ?? null,
    row.ContactStatus,
    null,
    null,
    0,
    row.DefaultCurrency ?? '',
    null,
    '',
    null,
    ms(row.UpdatedDateUTC),
  ];
}

function invoice(row: Row): TablePage['rows'][number] {
  return [
    row.InvoiceID,
    row.Contact.ContactID,
    row.InvoiceNumber,
    row.Status,
    day(row.Date),
    day(row.DueDate),
    row.CurrencyCode,
    minor(row.Total),
    minor(row.AmountDue),
    rate(row),
    ms(row.UpdatedDateUTC),
  ];
}

function credit(kind: string, id: string, row: Row): TablePage['rows'][number] {
  return [
    kind,
    id,
    row.Contact.ContactID,
    row.CreditNoteNumber ?? '',
    row.Status,
    day(row.Date),
    row.CurrencyCode,
    minor(row.Total),
    minor(row.RemainingCredit),
    rate(row),
    JSON.stringify(row.Allocations ?? []),
    ms(row.UpdatedDateUTC),
  ];
}

function payment(row: Row): TablePage['rows'][number] {
  const allocations = JSON.stringify([
    { invoiceId: row.Invoice?.InvoiceID, amountMinor: minor(row.Amount), date: day(row.Date) },
  ]);
  return [
    row.PaymentID,
    null,
    row.Status,
    day(row.Date),
    '',
    minor(row.Amount),
    rate(row),
    allocations,
    ms(row.UpdatedDateUTC),
  ];
}
