import { parse } from 'csv-parse/sync';
import { minorDigits } from '../core/money.ts';

/** One invoice of a neutral CSV ledger, checked. Days are 'YYYY-MM-DD'; line is its line in the file, from 1. */
export interface LedgerRow {
  line: number;
  customerId: string;
  customerName: string;
  invoiceNumber: string;
  issueDate: string;
  dueDate: string;
  amountMinor: number;
  currency: string;
  /** '' = not paid. */
  paidDate: string;
  /** Base currency for one unit, decimal; '' where the column or the value is missing. */
  rate: string;
}

const COLUMNS = [
  'customer_id',
  'customer_name',
  'invoice_number',
  'issue_date',
  'due_date',
  'amount',
  'currency',
  'paid_date',
] as const;

type Column = (typeof COLUMNS)[number];

/** A ledger that cannot be served; the message names the line and what is wrong with it. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code = 'LEDGER_INVALID';
}

/**
 * Reads the neutral CSV `customer_id,customer_name,invoice_number,issue_date,due_date,amount,currency,paid_date
 * [,disputed][,rate]`, in any order of columns; further columns are left alone. Throws LedgerError at the first
 * wrong row.
 */
export function ledgerRows(csvText: string): LedgerRow[] {
  const records = readCsv(csvText);
  const header = records.shift();
  if (header === undefined) throw new LedgerError('line 1: the ledger is empty');
  const columns = columnPlaces(header.record);
  const rows = records.map(({ record, line }) => {
    if (record.length !== header.record.length) {
      throw new LedgerError(
        `line ${line}: ${record.length} fields where the header has ${header.record.length}`,
      );
    }
    return ledgerRow(record, columns, line);
  });
  refuseDuplicates(rows);
  refuseMixedCustomers(rows);
  return rows;
}

interface CsvRecord {
  record: string[];
  line: number;
}

function readCsv(csvText: string): CsvRecord[] {
  try {
    const read = parse(csvText, {
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
    return (read as unknown[]).map(csvRecord);
  } catch (cause) {
    throw new LedgerError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** csv-parse types its rows without `info`; this is the shape that `info: true` gives. */
function csvRecord(read: unknown): CsvRecord {
  const { record, info } = read as { record: string[]; info: { lines: number } };
  return { record, line: info.lines };
}

function columnPlaces(header: string[]): Map<string, number> {
  const places = new Map(header.map((name, place) => [name.trim().toLowerCase(), place]));
  const missing = COLUMNS.filter((name) => !places.has(name));
  if (missing.length > 0) throw new LedgerError(`line 1: missing column ${missing.join(', ')}`);
  return places;
}

function ledgerRow(record: string[], columns: Map<string, number>, line: number): LedgerRow {
  const read = (name: Column | 'rate') => record[columns.get(name) ?? -1] ?? '';
  const currency = currencyCode(read('currency'), line);
  return {
    line,
    customerId: filled(read('customer_id'), 'customer_id', line),
    customerName: filled(read('customer_name'), 'customer_name', line),
    invoiceNumber: filled(read('invoice_number'), 'invoice_number', line),
    issueDate: isoDay(read('issue_date'), 'issue_date', line),
    dueDate: isoDay(read('due_date'), 'due_date', line),
    amountMinor: minorUnits(read('amount'), minorDigits(currency), line),
    currency,
    paidDate: read('paid_date') === '' ? '' : isoDay(read('paid_date'), 'paid_date', line),
    rate: rateText(read('rate'), line),
  };
}

function filled(text: string, column: string, line: number): string {
  if (text === '') throw new LedgerError(`line ${line}: ${column} is empty`);
  return text;
}

/** A day that exists: '2026-02-30' is refused. Throws LedgerError naming the line (line 0 = not from a file). */
export function isoDay(text: string, column: string, line: number): string {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const real = !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
  if (!real) throw new LedgerError(`line ${line}: ${column} "${text}" is not a day written YYYY-MM-DD`);
  return text;
}

function minorUnits(text: string, digits: number, line: number): number {
  const [whole = '', part = '', ...more] = text.split('.');
  const decimal = /^\d{1,12}$/.test(whole) && /^\d*$/.test(part) && more.length === 0 && !text.endsWith('.');
  if (!decimal || part.length > digits) {
    throw new LedgerError(`line ${line}: amount "${text}" is not a decimal with at most ${digits} places`);
  }
  const minor = Number(whole + part.padEnd(digits, '0'));
  if (minor === 0) throw new LedgerError(`line ${line}: amount must be above 0`);
  return minor;
}

function currencyCode(text: string, line: number): string {
  if (!/^[A-Z]{3}$/.test(text))
    throw new LedgerError(`line ${line}: currency "${text}" is not a code such as GBP`);
  return text;
}

function rateText(text: string, line: number): string {
  if (text !== '' && !(/^\d+(\.\d+)?$/.test(text) && Number(text) > 0)) {
    throw new LedgerError(`line ${line}: rate "${text}" is not a decimal above 0`);
  }
  return text;
}

function refuseDuplicates(rows: LedgerRow[]): void {
  const seen = new Map<string, number>();
  for (const { invoiceNumber, line } of rows) {
    const first = seen.get(invoiceNumber);
    if (first !== undefined) {
      throw new LedgerError(`line ${line}: invoice_number "${invoiceNumber}" is already on line ${first}`);
    }
    seen.set(invoiceNumber, line);
  }
}

/** A QuickBooks customer has one name and one currency for life, so a ledger that both platforms serve has too. */
function refuseMixedCustomers(rows: LedgerRow[]): void {
  const seen = new Map<string, LedgerRow>();
  for (const row of rows) {
    const first = seen.get(row.customerId) ?? row;
    seen.set(row.customerId, first);
    if (first.customerName !== row.customerName) {
      throw new LedgerError(
        `line ${row.line}: customer_id "${row.customerId}" is called "${first.customerName}" on line ${first.line}`,
      );
    }
    if (first.currency !== row.currency) {
      throw new LedgerError(
        `line ${row.line}: customer "${row.customerId}" is billed in ${first.currency} on line ${first.line}`,
      );
    }
  }
}
