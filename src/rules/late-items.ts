import { addDays, convertMinor, type Day, type DocumentId } from '../domain/index.ts';
import type { Conversion, CustomerFacts, Position } from '../facts/index.ts';
import type { PolicyForCustomer } from '../policy/index.ts';

/** A late invoice with what of it counts, in its own currency: what is disputed does not. */
export interface LateItem {
  invoice: Position['invoices'][number];
  countsMinor: number;
}

/** Which disputes take an amount out of the overdue rules: all that are under review, or only approved ones. */
export type DisputeMode = 'all' | 'approved';

/** What is late beyond the grace, oldest first, with what is unapplied where the policy takes that off. */
export interface LateBook {
  items: readonly LateItem[];
  credits: Position['credits'];
  /** Disputed amounts that are left out, by invoice. */
  disputed: ReadonlyMap<DocumentId, number>;
}

const NO_DISPUTES: ReadonlyMap<DocumentId, number> = new Map();
const NO_CREDITS: Position['credits'] = [];

/** The late items of a customer and its sub-customers; null when nothing late counts. */
export function lateBook(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  mode: DisputeMode = 'all',
): LateBook | null {
  const { graceDays, creditsClearOverdue } = policy.overdue;
  if (facts.total.daysOverdueMax <= graceDays) return null;
  const disputed = disputedAmounts(facts, mode);
  const lastDue = dueAtLatest(facts.asOf, graceDays + 1);
  const items: LateItem[] = [];
  // Invoices stand in the order of their due days, so the first that is not late ends it.
  for (const invoice of facts.total.invoices) {
    if (invoice.dueDate > lastDue) break;
    const countsMinor = invoice.openMinor - (disputed.get(invoice.id) ?? 0);
    if (countsMinor > 0) items.push({ invoice, countsMinor });
  }
  if (items.length === 0) return null;
  return { items, credits: creditsClearOverdue ? facts.total.credits : NO_CREDITS, disputed };
}

/** The latest due day of what is at least so many days past due. */
export function dueAtLatest(asOf: Day, days: number): Day {
  if (asOf !== cutoffsOf) {
    cutoffs.clear();
    cutoffsOf = asOf;
  }
  const known = cutoffs.get(days);
  if (known !== undefined) return known;
  const day = addDays(asOf, -days);
  cutoffs.set(days, day);
  return day;
}

/** The same few days are asked for of every customer: each is worked out once. */
const cutoffs = new Map<number, Day>();
let cutoffsOf: Day | null = null;

/** How many of the book's items are at least `days` past due beyond the grace. */
export function countOlder(
  items: readonly LateItem[],
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  days: number,
): number {
  const lastDue = dueAtLatest(facts.asOf, policy.overdue.graceDays + days);
  let count = 0;
  for (const { invoice } of items) {
    if (invoice.dueDate > lastDue) break;
    count += 1;
  }
  return count;
}

/**
 * What is disputed of each open invoice, in its currency and never more than is open. After its day of review a
 * dispute does not count any more until somebody looked at it.
 */
export function disputedAmounts(facts: CustomerFacts, mode: DisputeMode): ReadonlyMap<DocumentId, number> {
  const inForce = facts.disputes.filter(
    (dispute) => facts.asOf <= dispute.reviewBy && (mode === 'all' || dispute.approvedBy !== null),
  );
  if (inForce.length === 0) return NO_DISPUTES;
  const open = new Map(facts.total.invoices.map((invoice) => [invoice.id, invoice.openMinor]));
  const disputed = new Map<DocumentId, number>();
  for (const { invoiceId, amountMinor } of inForce) {
    const most = open.get(invoiceId) ?? 0;
    disputed.set(invoiceId, Math.min(most, (disputed.get(invoiceId) ?? 0) + (amountMinor ?? most)));
  }
  return disputed;
}

/** A currency's late sum less what is unapplied in it; never below 0. */
export const netLate = (lateMinor: number, unappliedMinor: number): number =>
  Math.max(0, lateMinor - unappliedMinor);

/** The sum of the first `count` items in base currency, each currency's net rounded once. */
export function lateSumMinor(book: LateBook, count: number, facts: CustomerFacts): number {
  return lateConversions(book, count, facts).reduce((sum, { baseMinor }) => sum + baseMinor, 0);
}

/** The same, currency by currency. */
export function lateConversions(book: LateBook, count: number, facts: CustomerFacts): Conversion[] {
  const sums = new Map<string, number>();
  for (const { invoice, countsMinor } of book.items.slice(0, count))
    sums.set(invoice.currency, (sums.get(invoice.currency) ?? 0) + countsMinor);
  return [...sums].flatMap(([currency, late]) => {
    const rate = facts.total.conversions.find((conversion) => conversion.currency === currency);
    if (rate === undefined) return [];
    const openMinor = netLate(late, unappliedIn(book, currency));
    return [
      { ...rate, openMinor, baseMinor: convertMinor(openMinor, currency, facts.baseCurrency, rate.rate) },
    ];
  });
}

/** What is unapplied in a currency. */
export function unappliedIn(book: LateBook, currency: string): number {
  let sum = 0;
  for (const credit of book.credits) if (credit.currency === currency) sum += credit.openMinor;
  return sum;
}
