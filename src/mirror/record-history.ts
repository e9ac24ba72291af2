import {
  parseDay,
  type Allocation,
  type Credit,
  type CustomerId,
  type Day,
  type DocumentId,
  type Invoice,
} from '../domain/index.ts';
import type { Cell } from '../store/index.ts';
import type { LedgerCustomer, OpenCredit, OpenInvoice } from './ledger.ts';
import { datedVersions, versionAt, type RowVersion, type RunDay } from './row-versions.ts';

/** What holds from a day on, until the next entry says otherwise. */
export interface Since<T> {
  from: Day;
  value: T;
}

/** What took an amount off an invoice, and when. Minor units of the invoice's currency. */
export interface Settlement {
  on: Day;
  amountMinor: number;
  /** Money of the customer's, or a credit note: then nothing was paid. */
  by: 'money' | 'credit-note';
}

/** One record through time, oldest first. `value` null = on these days it was not there, or nothing of it was open. */
export interface RecordHistory<T> {
  past: Since<T | null>[];
}

/** An invoice through time, and what the last sync knows to have become of it. */
export interface InvoiceHistory extends RecordHistory<OpenInvoice> {
  id: DocumentId;
  customerId: CustomerId;
  status: Invoice['status'];
  issueDate: Day;
  dueDate: Day;
  currency: string;
  totalMinor: number;
  /** Oldest first. */
  settled: Settlement[];
}

/** What the past of a record is told from. */
export interface Span {
  runDays: RunDay[];
  exactFrom: Day;
  /** The last published run: what is rebuilt is rebuilt from what it left. */
  run: number;
}

/** Earlier than any document. */
const BEGINNING = parseDay('1900-01-01');

/** Columns of each kind, in the order in which the cells of a version come. */
export const INVOICE = [
  'customer_id',
  'number',
  'status',
  'issue_date',
  'due_date',
  'currency',
  'total_minor',
  'open_minor',
  'rate',
] as const;
export const CREDIT = [
  'customer_id',
  'number',
  'status',
  'date',
  'currency',
  'open_minor',
  'rate',
  'allocations',
] as const;
export const PAYMENT = ['status', 'date', 'allocations'] as const;
export const CUSTOMER = [
  'name',
  'emails',
  'account_number',
  'status',
  'merged_into',
  'parent',
  'bill_with_parent',
  'currency',
  'country',
  'hold_marker',
  'platform_balance_minor',
] as const;

function invoiceOf(key: string, cells: Cell[]): OpenInvoice {
  return {
    id: key as DocumentId,
    customerId: cells[0] as CustomerId,
    number: cells[1] as string,
    issueDate: cells[3] as Day,
    dueDate: cells[4] as Day,
    currency: cells[5] as string,
    openMinor: cells[7] as number,
  };
}

export function invoiceHistory(
  key: string,
  rows: RowVersion[],
  settled: Settlement[],
  span: Span,
): InvoiceHistory[] {
  const now = versionAt(rows, span.run);
  const newest = (now ?? rows.at(-1))?.cells;
  if (newest === undefined) return [];
  const status = newest[2] as Invoice['status'];
  const { id, customerId, issueDate, dueDate, currency } = invoiceOf(key, newest);
  const past = pastOf(rows, span, {
    begins: (cells) => cells[3] as Day,
    open: (cells) => (cells[2] === 'open' ? invoiceOf(key, cells) : null),
    rebuilt: (cells) => {
      if (cells[2] !== 'open' && cells[2] !== 'paid') return [];
      return rebuild(invoiceOf(key, cells), cells[3] as Day, settled);
    },
  });
  const totalMinor = newest[6] as number;
  return [{ id, customerId, status, issueDate, dueDate, currency, totalMinor, settled, past }];
}

export function draftHistory(key: string, rows: RowVersion[], span: Span): RecordHistory<OpenInvoice>[] {
  const draftOf = (cells: Cell[]): OpenInvoice => ({
    ...invoiceOf(key, cells),
    openMinor: cells[6] as number,
  });
  const past = pastOf(rows, span, {
    begins: (cells) => cells[3] as Day,
    open: (cells) => (cells[2] === 'draft' ? draftOf(cells) : null),
    rebuilt: (cells) => (cells[2] === 'draft' ? [{ from: cells[3] as Day, value: draftOf(cells) }] : []),
  });
  return past.some(({ value }) => value !== null) ? [{ past }] : [];
}

export function creditHistory(key: string, rows: RowVersion[], span: Span): RecordHistory<OpenCredit> {
  const at = key.indexOf(':');
  const [kind, id] = [key.slice(0, at) as Credit['kind'], key.slice(at + 1) as DocumentId];
  const creditOf = (cells: Cell[]): OpenCredit => ({
    id,
    kind,
    customerId: cells[0] as CustomerId,
    number: cells[1] as string,
    date: cells[3] as Day,
    currency: cells[4] as string,
    openMinor: cells[5] as number,
  });
  const past = pastOf(rows, span, {
    begins: (cells) => cells[3] as Day,
    open: (cells) => (cells[2] === 'open' ? creditOf(cells) : null),
    rebuilt: (cells) => {
      if (cells[2] !== 'open' && cells[2] !== 'applied') return [];
      const used = allocationsOf(cells[7]).map(({ date: on, amountMinor }) => ({ on, amountMinor }));
      return rebuild(creditOf(cells), cells[3] as Day, used.sort(byDay));
    },
  });
  return { past };
}

/** How the rows of one kind tell what was open. */
interface Telling<T> {
  /** The day that the record is dated. */
  begins(cells: Cell[]): Day;
  /** What a version has open; null = nothing. */
  open(cells: Cell[]): T | null;
  /** The days before the first sync, told from the newest version. */
  rebuilt(cells: Cell[]): Since<T | null>[];
}

function pastOf<T>(rows: RowVersion[], span: Span, telling: Telling<T>): Since<T | null>[] {
  const past: Since<T | null>[] = [];
  const add = (from: Day, value: T | null): void => {
    if (past.at(-1)?.from === from) past.pop();
    if (value !== null || (past.at(-1)?.value ?? null) !== null) past.push({ from, value });
  };
  const now = versionAt(rows, span.run);
  for (const { from, value } of now === null ? [] : telling.rebuilt(now.cells))
    if (from < span.exactFrom) add(from, value);
  add(span.exactFrom, null);
  for (const { from, until, cells } of datedVersions(rows, span.runDays)) {
    const open = telling.open(cells);
    const begins = telling.begins(cells);
    add(from, begins <= from ? open : null);
    if (begins > from && (until === null || begins < until)) add(begins, open);
    if (until !== null) add(until, null);
  }
  return past;
}

/** What was open of a document from day to day: what is open now, with what was taken off later added back. */
function rebuild<T extends OpenInvoice | OpenCredit>(
  now: T,
  begins: Day,
  taken: readonly { on: Day; amountMinor: number }[],
): Since<T | null>[] {
  const at = (openMinor: number): T | null =>
    openMinor === 0 ? null : openMinor === now.openMinor ? now : { ...now, openMinor };
  const later = taken.filter(({ on }) => on > begins);
  let openMinor = later.reduce((sum, one) => sum + one.amountMinor, now.openMinor);
  const past: Since<T | null>[] = [{ from: begins, value: at(openMinor) }];
  for (const { on, amountMinor } of later) {
    openMinor -= amountMinor;
    if (past.at(-1)?.from === on) past.pop();
    past.push({ from: on, value: at(openMinor) });
  }
  return past;
}

/** An order that is not invoiced yet. What is rebuilt counts it from its own date. */
export function orderHistory(key: string, rows: RowVersion[], span: Span): RecordHistory<OpenInvoice> {
  const past = pastOf(rows, span, {
    begins: () => BEGINNING,
    open: (cells) => invoiceOf(key, cells),
    rebuilt: (cells) => [{ from: cells[3] as Day, value: invoiceOf(key, cells) }],
  });
  return { past };
}

export function customerHistory(key: string, rows: RowVersion[], span: Span): RecordHistory<LedgerCustomer> {
  const past = pastOf(rows, span, {
    begins: () => BEGINNING,
    open: (cells) => customerOf(key, cells),
    rebuilt: (cells) => [{ from: BEGINNING, value: customerOf(key, cells) }],
  });
  return { past };
}

function customerOf(key: string, cells: Cell[]): LedgerCustomer {
  return {
    id: key as CustomerId,
    name: cells[0] as string,
    emails: JSON.parse(cells[1] as string) as string[],
    accountNumber: cells[2] as string | null,
    status: cells[3] as LedgerCustomer['status'],
    mergedInto: cells[4] as CustomerId | null,
    parent: cells[5] as CustomerId | null,
    billWithParent: cells[6] === 1,
    currency: cells[7] as string,
    country: cells[8] as string,
    holdMarker: cells[9] as string | null,
    platformBalanceMinor: cells[10] as number | null,
  };
}

/** What a row says to have been set against invoices. */
export const allocationsOf = (cell: Cell | undefined): Allocation[] =>
  JSON.parse(String(cell)) as Allocation[];

export const byDay = (a: { on: Day }, b: { on: Day }): number => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0);
