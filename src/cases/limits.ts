import { toDecimal, tryDay, type CustomerId, type Day } from '../domain/index.ts';
import { readAmountText, type AmountText } from './amount-text.ts';
import { csvCell, csvInvalid, readCsv, unguardedCell, type CsvRow } from './csv.ts';
import { customerFinder, isLive, type Found, type NamedCustomer } from './customer-finder.ts';

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
  /** When somebody has to look at it again; null = never, missing = as it was. */
  reviewOn?: Day | null;
}

export interface LimitGroup {
  name: string;
  limitMinor: number;
}

export interface LimitTable {
  entries: LimitEntry[];
  groups: LimitGroup[];
}

const COLUMNS = { required: ['customer', 'limit'], optional: ['group', 'group_limit', 'review_on'] };

/**
 * Reads a limits CSV against the customers of one connection. Throws CSV_INVALID naming every bad line: a customer
 * that is unknown or meant twice, a limit that is no amount, a group with two limits or none.
 */
export function parseLimits(text: string, customers: NamedCustomer[], baseCurrency: string): LimitTable {
  const rows = readCsv(text, COLUMNS);
  const faults: string[] = [];
  const find = customerFinder(
    customers,
    rows.map((row) => unguardedCell(row.cells.customer ?? '')),
  );
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

/**
 * The same table as CSV, one row a customer that is not gone; importing it again changes nothing. Days of review are a
 * column when there are any.
 */
export function formatLimits(table: LimitTable, customers: NamedCustomer[], baseCurrency: string): string {
  const live = new Set(customers.filter(isLive).map((customer) => customer.id));
  const groupLimits = new Map(
    table.groups.map((group) => [group.name, toDecimal(group.limitMinor, baseCurrency)]),
  );
  const shown = table.entries.filter((entry) => live.has(entry.customerId));
  const isReviewed = shown.some((entry) => entry.reviewOn != null);
  const lines = shown.map(({ customerId, limit, group, reviewOn }) => {
    const groupLimit = group === null ? '' : (groupLimits.get(group) ?? '');
    const cells = [customerId, limitText(limit, baseCurrency), group ?? '', groupLimit];
    return [...cells, ...(isReviewed ? [reviewOn ?? ''] : [])].map(csvCell).join(',');
  });
  return [`customer,limit,group,group_limit${isReviewed ? ',review_on' : ''}`, ...lines, ''].join('\n');
}

function limitText(limit: CreditLimit | null, currency: string): string {
  if (limit === null) return '';
  return limit.kind === 'unlimited' ? 'unlimited' : toDecimal(limit.limitMinor, currency);
}

function parseRow(
  row: CsvRow,
  find: (text: string) => Found,
  currency: string,
  faults: string[],
): LimitEntry | null {
  const found = find(unguardedCell(row.cells.customer ?? ''));
  const limit = parseLimit(row.cells.limit ?? '', currency);
  const review = parseReview(row.cells.review_on);
  for (const { fault } of [found, limit, review] as { fault?: string }[])
    if (fault !== undefined) faults.push(`line ${row.line}: ${fault}`);
  if (!('customer' in found) || !('limit' in limit)) return null;
  const group = unguardedCell(row.cells.group ?? '') || null;
  const entry = { customerId: found.customer.id, limit: limit.limit, group };
  return 'day' in review && review.day !== undefined ? { ...entry, reviewOn: review.day } : entry;
}

function parseLimit(text: string, currency: string): { limit: CreditLimit | null } | { fault: string } {
  if (text === '') return { limit: null };
  if (text.toLowerCase() === 'unlimited') return { limit: { kind: 'unlimited' } };
  const amount = readAmountText(text, currency);
  if ('minor' in amount) return { limit: { kind: 'amount', limitMinor: amount.minor } };
  return { fault: `"${text}" is not a limit (${amount.fault}): write 1200.00, 0, unlimited, or nothing` };
}

/** Without the column days of review stay; an empty cell takes one away. */
function parseReview(text: string | undefined): { day?: Day | null; fault?: never } | { fault: string } {
  if (text === undefined) return {};
  const day = text === '' ? null : tryDay(text);
  return text !== '' && day === null
    ? { fault: `"${text}" is not a day of review: write YYYY-MM-DD` }
    : { day };
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
    else addGroup(limits, group, readAmountText(text, currency), row, faults);
  }
  for (const [name, line] of used) {
    if (!limits.has(name)) faults.push(`line ${line}: no row gives the group "${name}" a group_limit`);
  }
  return [...limits].map(([name, { limitMinor }]) => ({ name, limitMinor }));
}

function addGroup(
  limits: Map<string, { limitMinor: number; line: number }>,
  name: string,
  amount: AmountText,
  { line, cells }: CsvRow,
  faults: string[],
): void {
  const before = limits.get(name);
  if ('fault' in amount) {
    const text = cells.group_limit ?? '';
    faults.push(`line ${line}: "${text}" is not a group limit (${amount.fault}): write 1200.00`);
  } else if (before === undefined) limits.set(name, { limitMinor: amount.minor, line });
  else if (before.limitMinor !== amount.minor)
    faults.push(`line ${line}: the group "${name}" has another limit on line ${before.line}`);
}
