import type { RunningEmulator } from '../../emulator/index.ts';
import type { ConnectionId, PlatformName } from '../../src/domain/index.ts';
import type { Reader } from '../../src/store/index.ts';

/** A company's books in sums: minor units by customer and currency, and how many rows of each kind there are. */
export interface BookTotals {
  rows: { customers: number; invoices: number; payments: number };
  /** 'customer id, currency' → open invoices, then credits that are set against nothing. Zeros are left out. */
  open: Record<string, number>;
  credit: Record<string, number>;
}

type Native = Record<string, unknown>;

/** What the emulator's own tables say, read without anything of the product. */
export function sourceTotals(emulator: RunningEmulator, name: PlatformName, company: string): BookTotals {
  const rows = (entity: string): Native[] =>
    (
      emulator.state.db
        .prepare('SELECT json FROM row WHERE company = ? AND entity = ? AND deleted = 0')
        .pluck()
        .all(company, entity) as string[]
    ).map((text) => JSON.parse(text) as Native);
  return name === 'xero' ? xeroTotals(rows) : quickbooksTotals(rows);
}

/** What the mirror of a connection holds. */
export async function mirrorTotals(reader: Reader, id: ConnectionId): Promise<BookTotals> {
  const customers = await reader
    .selectFrom('customer')
    .select('status')
    .where('connection_id', '=', id)
    .execute();
  const payments = await reader
    .selectFrom('payment')
    .select('status')
    .where('connection_id', '=', id)
    .execute();
  const items = ['status', 'customer_id', 'currency', 'open_minor'] as const;
  const invoices = await reader.selectFrom('invoice').select(items).where('connection_id', '=', id).execute();
  const credits = await reader.selectFrom('credit').select(items).where('connection_id', '=', id).execute();
  const sum = (rows: { customer_id: string; currency: string; open_minor: number; status: string }[]) =>
    sums(
      rows
        .filter((row) => row.status === 'open')
        .map((row) => [row.customer_id, row.currency, row.open_minor]),
    );
  return {
    rows: {
      customers: customers.filter((row) => row.status !== 'deleted').length,
      invoices: invoices.filter((row) => row.status !== 'deleted').length,
      payments: payments.filter((row) => row.status === 'active').length,
    },
    open: sum(invoices),
    credit: sum(credits),
  };
}

function xeroTotals(rows: (entity: string) => Native[]): BookTotals {
  const sales = rows('Invoices').filter((row) => row['Type'] === 'ACCREC' && row['Status'] !== 'DELETED');
  const approved = (row: Native): boolean => row['Status'] === 'AUTHORISED';
  const credits = [...rows('CreditNotes'), ...rows('Overpayments'), ...rows('Prepayments')].filter(
    (row) => /^(ACCRECCREDIT|RECEIVE-|AR)/.test(String(row['Type'])) && approved(row),
  );
  const payments = rows('Payments').filter((row) => row['PaymentType'] === 'ACCRECPAYMENT' && approved(row));
  const customer = (row: Native): string => String(field(row['Contact'], 'ContactID'));
  const cell = (amount: string) => (row: Native) =>
    [customer(row), String(row['CurrencyCode']), cents(row[amount])] as const;
  return {
    rows: { customers: rows('Contacts').length, invoices: sales.length, payments: payments.length },
    open: sums(sales.filter(approved).map(cell('AmountDue'))),
    credit: sums(credits.map(cell('RemainingCredit'))),
  };
}

function quickbooksTotals(rows: (entity: string) => Native[]): BookTotals {
  const cell = (amount: string) => (row: Native) =>
    [String(field(row['CustomerRef'], 'value')), currencyOf(row), cents(row[amount])] as const;
  const voided = (row: Native): boolean => row['TotalAmt'] === 0 && /Voided/.test(String(row['PrivateNote']));
  const payments = rows('Payment');
  return {
    rows: {
      customers: rows('Customer').length,
      invoices: rows('Invoice').length,
      payments: payments.filter((row) => !voided(row)).length,
    },
    open: sums(rows('Invoice').map(cell('Balance'))),
    credit: sums([...rows('CreditMemo').map(cell('RemainingCredit')), ...payments.map(cell('UnappliedAmt'))]),
  };
}

function sums(cells: readonly (readonly [string, string, number])[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [customer, currency, minor] of cells) {
    const key = `${customer} ${currency}`;
    if (minor !== 0) totals[key] = (totals[key] ?? 0) + minor;
  }
  return totals;
}

const field = (value: unknown, key: string): unknown => Reflect.get(Object(value), key);
const cents = (amount: unknown): number => Math.round(Number(amount ?? 0) * 100);

/** QuickBooks leaves CurrencyRef out where a company has one currency only; the books of these tests are in pounds. */
function currencyOf(row: Native): string {
  const value = field(row['CurrencyRef'], 'value');
  return typeof value === 'string' ? value : 'GBP';
}
