import type { Book, BookCompany, BookCustomer, BookEntry, BookInvoice, BookReceipt } from '../core/book.ts';
import { dayNumber, WorkCalendar } from './calendar.ts';
import { isoDay, LedgerError, ledgerRows, type LedgerRow } from './ledger-rows.ts';

export { LedgerError } from './ledger-rows.ts';

export interface LedgerOptions {
  /** The CSV's text; the columns are those of `ledgerRows`. */
  csvText: string;
  /** The day that it is in that world, 'YYYY-MM-DD': what happened later is not served. */
  today: string;
  /** baseCurrency and multiCurrency are taken from the ledger: the commonest currency is the base. */
  company: Pick<BookCompany, 'id' | 'name' | 'timeZone' | 'country'>;
}

/**
 * Any ledger as a company's books, as they were known on a day: invoices issued by then, open unless paid by then,
 * and a payment for each paid one. Throws LedgerError, naming the line, for a row that cannot be served.
 */
export function ledgerBook(options: LedgerOptions): Book {
  const today = isoDay(options.today, 'today', 0);
  const rows = ledgerRows(options.csvText);
  const baseCurrency = commonestCurrency(rows);
  refuseMissingRates(rows, baseCurrency);
  const company = {
    ...options.company,
    baseCurrency,
    multiCurrency: rows.some((row) => row.currency !== baseCurrency),
  };
  const known = rows.filter((row) => row.issueDate <= today);
  const calendar = new WorkCalendar(company.timeZone, 0);
  const shop: Shop = { company, today, noonMs: (day) => calendar.noonMs(dayNumber(day)) };
  return { company, entries: () => ledgerEntries(known, shop), limits: () => [] };
}

/** What every entry is made with. */
interface Shop {
  company: BookCompany;
  today: string;
  /** Noon of a day in the company's zone, epoch ms UTC. */
  noonMs: (day: string) => number;
}

/** A moment of that day after everything in the ledger has happened: 14:00 in the company's zone, epoch ms UTC. */
export function ledgerNowMs(today: string, timeZone: string): number {
  const day = dayNumber(isoDay(today, 'today', 0));
  return new WorkCalendar(timeZone, 0).noonMs(day) + 2 * 3_600_000;
}

function* ledgerEntries(known: LedgerRow[], shop: Shop): Generator<BookEntry> {
  yield* customers(known, shop);
  for (const row of known) {
    const paid = row.paidDate !== '' && row.paidDate <= shop.today;
    yield invoice(row, paid, shop);
    if (paid) yield payment(row, shop);
  }
}

function customers(known: LedgerRow[], { company, noonMs }: Shop): BookCustomer[] {
  const found = new Map<string, BookCustomer>();
  const names = new Set<string>();
  for (const row of known) {
    const updatedAtMs = noonMs(row.issueDate);
    const earlier = found.get(row.customerId);
    if (earlier) {
      earlier.updatedAtMs = Math.min(earlier.updatedAtMs, updatedAtMs);
      continue;
    }
    // Both platforms refuse a second customer of the same name; its id tells it apart.
    const taken = names.has(row.customerName.toLowerCase());
    const name = taken ? `${row.customerName} (${row.customerId})` : row.customerName;
    names.add(name.toLowerCase());
    found.set(row.customerId, customer(row, name, updatedAtMs, company));
  }
  return [...found.values()];
}

function customer(row: LedgerRow, name: string, updatedAtMs: number, company: BookCompany): BookCustomer {
  return {
    entry: 'customer',
    id: row.customerId,
    name,
    email: null,
    accountNumber: row.customerId,
    parentId: null,
    currency: row.currency,
    country: company.country,
    phone: null,
    contactName: null,
    notes: null,
    status: 'active',
    mergedIntoId: null,
    updatedAtMs,
  };
}

function invoice(row: LedgerRow, paid: boolean, { company, noonMs }: Shop): BookInvoice {
  const lastDay = paid && row.paidDate > row.issueDate ? row.paidDate : row.issueDate;
  return {
    entry: 'invoice',
    id: `invoice-${row.invoiceNumber}`,
    number: row.invoiceNumber,
    customerId: row.customerId,
    issueDate: row.issueDate,
    dueDate: row.dueDate,
    currency: row.currency,
    rate: rateOf(row, company.baseCurrency),
    totalMinor: row.amountMinor,
    openMinor: paid ? 0 : row.amountMinor,
    paidDate: paid ? row.paidDate : null,
    status: paid ? 'paid' : 'open',
    description: `Invoice ${row.invoiceNumber}`,
    updatedAtMs: noonMs(lastDay),
  };
}

function payment(row: LedgerRow, { company, noonMs }: Shop): BookReceipt {
  // Paid before it was issued: the ledger learns of the invoice, and so of what the money was for, on the issue day.
  const knownDay = row.paidDate > row.issueDate ? row.paidDate : row.issueDate;
  return {
    entry: 'receipt',
    kind: 'payment',
    id: `payment-${row.invoiceNumber}`,
    customerId: row.customerId,
    date: row.paidDate,
    currency: row.currency,
    rate: rateOf(row, company.baseCurrency),
    totalMinor: row.amountMinor,
    openMinor: 0,
    allocations: [
      { invoiceId: `invoice-${row.invoiceNumber}`, amountMinor: row.amountMinor, date: row.paidDate },
    ],
    status: 'active',
    reference: `Payment of ${row.invoiceNumber}`,
    updatedAtMs: noonMs(knownDay),
  };
}

function rateOf(row: LedgerRow, baseCurrency: string): string {
  return row.currency === baseCurrency ? '1' : row.rate;
}

/** The commonest currency of all rows, whenever issued, so that the base does not change with the day; of two the first. */
function commonestCurrency(rows: LedgerRow[]): string {
  const counts = new Map<string, number>();
  for (const { currency } of rows) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  if (first === undefined) throw new LedgerError('line 2: the ledger has no invoice');
  return first[0];
}

function refuseMissingRates(rows: LedgerRow[], baseCurrency: string): void {
  const bare = rows.find((row) => row.currency !== baseCurrency && row.rate === '');
  if (bare === undefined) return;
  throw new LedgerError(
    `line ${bare.line}: ${bare.currency} beside ${baseCurrency} needs a column "rate" (${baseCurrency} for one ${bare.currency})`,
  );
}
