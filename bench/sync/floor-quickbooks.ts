import type { TablePage } from './columns.ts';
import type { PlainTask } from './floor.ts';

/** The fields that are kept of QuickBooks' rows, as the wire has them. */
export interface Row {
  Id: string;
  DisplayName: string;
  Active?: boolean;
  Balance?: number;
  PrimaryEmailAddr?: { Address: string };
  ParentRef?: { value: string };
  BillWithParent?: boolean;
  DocNumber?: string;
  TxnDate: string;
  DueDate?: string;
  TotalAmt: number;
  UnappliedAmt?: number;
  RemainingCredit?: number;
  ExchangeRate?: number;
  CurrencyRef?: { value: string };
  CustomerRef: { value: string };
  Line?: unknown[];
  MetaData: { LastUpdatedTime: string };
}

const minor = (amount: number | undefined): number => Math.round((amount ?? 0) * 100);
const at = (row: Row): number => Date.parse(row.MetaData.LastUpdatedTime);
const rate = (row: Row): string | null => (row.ExchangeRate === undefined ? null : String(row.ExchangeRate));
const currency = (row: Row): string => row.CurrencyRef?.value ?? '';

/** What each table keeps of QuickBooks' rows; the loop over node-quickbooks keeps the same. */
export const quickbooksColumns = { customer, invoice, credit, payment };

/** Every page of the streams that the product pulls, by the plainest code that can do it. */
export async function* quickbooksPages(task: PlainTask): AsyncGenerator<TablePage> {
  for await (const rows of pages(task, 'Customer', 'WHERE Active IN (true,false) '))
    yield { table: 'customer', rows: rows.map(customer) };
  for await (const rows of pages(task, 'Invoice')) yield { table: 'invoice', rows: rows.map(invoice) };
  for await (const rows of pages(task, 'CreditMemo'))
    yield { table: 'credit', rows: rows.map((row) => credit('credit-note', row, row.RemainingCredit)) };
  for await (const rows of pages(task, 'Payment')) {
    yield { table: 'payment', rows: rows.map(payment) };
    yield { table: 'credit', rows: rows.map((row) => credit('unapplied-payment', row, row.UnappliedAmt)) };
  }
}

async function* pages(task: PlainTask, entity: string, where = ''): AsyncGenerator<Row[]> {
  for (let position = 1; ; position += 1000) {
    const query = `SELECT * FROM ${entity} ${where}ORDERBY MetaData.LastUpdatedTime ASC STARTPOSITION ${position} MAXRESULTS 1000`;
    const path = `/v3/company/${task.companyId}/query?minorversion=75&query=${encodeURIComponent(query)}`;
    const reply = await fetch(`${task.env.QUICKBOOKS_API_URL ?? ''}${path}`, {
      headers: { Authorization: `Bearer ${task.accessToken}`, Accept: 'application/json' },
    });
    const body = JSON.parse(await reply.text()) as { QueryResponse: Record<string, Row[]> };
    const rows = body.QueryResponse[entity] ?? [];
    if (rows.length > 0) yield rows;
    if (rows.length < 1000) return;
  }
}

function customer(row: Row): TablePage['rows'][number] {
  const emails = JSON.stringify(row.PrimaryEmailAddr ? [row.PrimaryEmailAddr.Address] : []);
  return [
    row.Id,
    row.DisplayName,
    emails,
    null,
    row.Active === false ? 'archived' : 'active',
    null,
    row.ParentRef?.value ?? null,
    row.BillWithParent ? 1 : 0,
    currency(row),
    minor(row.Balance),
    '',
    null,
    at(row),
  ];
}

function invoice(row: Row): TablePage['rows'][number] {
  const open = minor(row.Balance);
  return [
    row.Id,
    row.CustomerRef.value,
    row.DocNumber ?? '',
    open > 0 ? 'open' : 'paid',
    row.TxnDate,
    row.DueDate ?? row.TxnDate,
    currency(row),
    minor(row.TotalAmt),
    open,
    rate(row),
    at(row),
  ];
}

function credit(kind: string, row: Row, open: number | undefined): TablePage['rows'][number] {
  return [
    kind,
    row.Id,
    row.CustomerRef.value,
    row.DocNumber ?? '',
    'open',
    row.TxnDate,
    currency(row),
    minor(row.TotalAmt),
    minor(open),
    rate(row),
    '[]',
    at(row),
  ];
}

function payment(row: Row): TablePage['rows'][number] {
  return [
    row.Id,
    row.CustomerRef.value,
    'active',
    row.TxnDate,
    currency(row),
    minor(row.TotalAmt),
    rate(row),
    JSON.stringify(row.Line ?? []),
    at(row),
  ];
}
