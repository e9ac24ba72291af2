import { toDecimal, toMinor, exponentOf, type CustomerId } from '../domain/index.ts';
import { csvCell, csvInvalid, readCsv, unguardedCell, type CsvRow } from './csv.ts';

/**
 * A customer's credit limit in minor units of the organisation's base currency. No limit at all (never assessed)
 * is the absence of one; 0 is cash only; unlimited is explicit.
 */
export type CreditLimit = { kind: 'amount'; limitMinor: number } | { kind: 'unlimited' };

/** What is known of one customer's credit: its limit (null = not assessed) and the group it belongs to. */
export interface LimitEntry {
  customerId: CustomerId;
  limit: CreditLimit | null;
  group: string | null;
}

export interface LimitGroup {
  name: string;
  limitMinor: number;
}

export interface LimitTable {
  entries: LimitEntry[];
  groups: LimitGroup[];
}

/** Enough of a customer to find the one that a CSV row means. */
export interface NamedCustomer {
  id: CustomerId;
  name: string;
  accountNumber: string | null;
  status: string;
}

const COLUMNS = { required: ['customer', 'limit'], optional: ['group', 'group_limit'] };

/**
 * Reads a limits CSV against the customers of one connection. Throws CSV_INVALID naming every bad line: a customer
 * that is unknown or meant twice, a limit that is no amount, a group with two limits or none.
 */
export function parseLimits(text: string, customers: NamedCustomer[], baseCurrency: string): LimitTable {
  const rows = readCsv(text, COLUMNS);
  const faults: string[] = [];
  const find = customerFinder(customers);
  const seen = new Map<CustomerId, number>();
  const entries: LimitEntry[] = [];
  for (const row of rows) {
    const entry = parseRow(row, find, baseCurrency, faults);
    if (entry === null) continue;
    const before = seen.get(entry.customerId);
    if (before !== undefined)
      faults.push(`line ${row.line}: this customer already has a limit on line ${before}`);
    seen.set(entry.customerId, row.line);
    entries.push(entry);
  }
  const groups = parseGroups(rows, baseCurrency, faults);
  if (faults.length > 0) throw csvInvalid(faults);
  return { entries, groups };
}

/** The same table as CSV, one row a customer that is not gone; importing it again changes nothing. */
export function formatLimits(table: LimitTable, customers: NamedCustomer[], baseCurrency: string): string {
  const live = new Set(customers.filter(isLive).map((customer) => customer.id));
  const groupLimits = new Map(
    table.groups.map((group) => [group.name, toDecimal(group.limitMinor, baseCurrency)]),
  );
  const lines = table.entries
    .filter((entry) => live.has(entry.customerId))
    .map(({ customerId, limit, group }) => {
      const groupLimit = group === null ? '' : (groupLimits.get(group) ?? '');
      return [customerId, limitText(limit, baseCurrency), group ?? '', groupLimit].map(csvCell).join(',');
    });
  return ['customer,limit,group,group_limit', ...lines, ''].join('\n');
}

function limitText(limit: CreditLimit | null, currency: string): string {
  if (limit === null) return '';
  return limit.kind === 'unlimited' ? 'unlimited' : toDecimal(limit.limitMinor, currency);
}

const isLive = ({ status }: NamedCustomer): boolean => status !== 'merged' && status !== 'deleted';

type Finder = (text: string) => NamedCustomer[];

/** By the platform's id, else by account number, else by exact name; customers that are gone are not found. */
function customerFinder(customers: NamedCustomer[]): Finder {
  const live = customers.filter(isLive);
  const keys = [
    (customer: NamedCustomer): string | null => customer.id,
    (customer: NamedCustomer): string | null => customer.accountNumber,
    (customer: NamedCustomer): string | null => customer.name,
  ];
  const indexes = keys.map((keyOf) => Map.groupBy(live, keyOf));
  return (text) => indexes.map((index) => index.get(text)).find((found) => found !== undefined) ?? [];
}

function parseRow(row: CsvRow, find: Finder, currency: string, faults: string[]): LimitEntry | null {
  const name = unguardedCell(row.cells.customer ?? '');
  const found = name === '' ? [] : find(name);
  const limit = parseLimit(row.cells.limit ?? '', currency);
  if (name === '') faults.push(`line ${row.line}: no customer is named`);
  else if (found.length === 0)
    faults.push(`line ${row.line}: no customer has the id, account number or name "${name}"`);
  if (found.length > 1) {
    const ids = found.map((customer) => customer.id).join(', ');
    faults.push(
      `line ${row.line}: ${found.length} customers are called "${name}": use one of the ids ${ids}`,
    );
  }
  if (limit === 'bad') {
    faults.push(
      `line ${row.line}: "${row.cells.limit ?? ''}" is not a limit: write 1200.00, 0, unlimited, or nothing`,
    );
  }
  const customer = found[0];
  if (customer === undefined || found.length > 1 || limit === 'bad') return null;
  return { customerId: customer.id, limit, group: unguardedCell(row.cells.group ?? '') || null };
}

function parseLimit(text: string, currency: string): CreditLimit | null | 'bad' {
  if (text === '') return null;
  if (text.toLowerCase() === 'unlimited') return { kind: 'unlimited' };
  if (!isAmount(text, currency)) return 'bad';
  return { kind: 'amount', limitMinor: toMinor(text, currency) };
}

/** A plain decimal of the currency's places: no thousands signs, no exponents, nothing negative. */
function isAmount(text: string, currency: string): boolean {
  const places = exponentOf(currency);
  const pattern = places === 0 ? /^\d{1,12}$/ : new RegExp(`^\\d{1,12}(\\.\\d{1,${places}})?$`);
  return pattern.test(text);
}

function parseGroups(rows: CsvRow[], currency: string, faults: string[]): LimitGroup[] {
  const limits = new Map<string, { limitMinor: number; line: number }>();
  const used = new Map<string, number>();
  for (const row of rows) {
    const group = unguardedCell(row.cells.group ?? '');
    const text = row.cells.group_limit ?? '';
    if (group !== '' && !used.has(group)) used.set(group, row.line);
    if (text === '') continue;
    if (group === '') faults.push(`line ${row.line}: a group limit without a group`);
    else if (!isAmount(text, currency))
      faults.push(`line ${row.line}: "${text}" is not a group limit: write 1200.00`);
    else addGroup(limits, group, toMinor(text, currency), row.line, faults);
  }
  for (const [name, line] of used) {
    if (!limits.has(name)) faults.push(`line ${line}: no row gives the group "${name}" a group_limit`);
  }
  return [...limits].map(([name, { limitMinor }]) => ({ name, limitMinor }));
}

function addGroup(
  limits: Map<string, { limitMinor: number; line: number }>,
  name: string,
  limitMinor: number,
  line: number,
  faults: string[],
): void {
  const before = limits.get(name);
  if (before === undefined) limits.set(name, { limitMinor, line });
  else if (before.limitMinor !== limitMinor) {
    faults.push(`line ${line}: the group "${name}" has another limit on line ${before.line}`);
  }
}
