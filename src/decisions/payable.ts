import { convertMinor, type CustomerId, type Day, type DocumentId } from '../domain/index.ts';
import type { CustomerFacts, Position } from '../facts/index.ts';
import { disputedAmounts, netLate } from '../rules/index.ts';

/** A payment that is being put together. */
export interface Payment {
  /** In each invoice's own currency. */
  byInvoice: Map<DocumentId, number>;
  /** Money on account by customer, in base currency: what invoices are too few for. */
  onAccount: Map<CustomerId, number>;
}

/** A part of an invoice that can be paid; `id` null = money on account, in base currency. */
export interface PayablePart {
  id: DocumentId | null;
  dueDate: Day | null;
  currency: string;
  minor: number;
  /** Whether it is disputed, and then whether somebody approved the dispute. */
  dispute: 'none' | 'waiting' | 'approved';
  /** False for what other members of the group owe. */
  isOwn: boolean;
}

export interface Payable {
  /** The customer's and its sub-customers'. */
  own: PayablePart[];
  /** The other members' of its group. */
  others: PayablePart[];
}

/** How payable parts are put in order. */
export interface PayOrder {
  /** Whether what is disputed without approval is paid like everything else, by its age, or after it. */
  paysWaiting: boolean;
  withGroup: boolean;
  /** What is due on this day or earlier is late. */
  lateUntil: Day;
  /** What is unapplied and taken off what is late, by currency: so much of it need not be paid first. */
  unapplied: ReadonlyMap<string, number>;
}

/**
 * What a customer would pay, in order: what counts as overdue with the oldest first, what is not due, what is
 * disputed, then what the other members of its group owe. No other order makes it milder for less: limits do not
 * mind, overdue rules look at the oldest.
 */
export function payableParts(facts: CustomerFacts, order: PayOrder, { byInvoice }: Payment): Payable {
  const [all, approved] = [disputedAmounts(facts, 'all'), disputedAmounts(facts, 'approved')];
  const parts: PayablePart[] = [];
  const later: PayablePart[] = [];
  for (const { id, dueDate, currency, openMinor } of facts.total.invoices) {
    const open = openMinor - (byInvoice.get(id) ?? 0);
    const quarrel = Math.min(open, all.get(id) ?? 0);
    const settled = Math.min(open, approved.get(id) ?? 0);
    const add = (minor: number, dispute: PayablePart['dispute'], to: PayablePart[]): void => {
      if (minor > 0) to.push({ id, dueDate, currency, minor, dispute, isOwn: true });
    };
    add(open - quarrel, 'none', parts);
    add(quarrel - settled, 'waiting', order.paysWaiting ? parts : later);
    add(settled, 'approved', later);
  }
  const mixed = order.unapplied.size > 0 && parts.some(({ currency }) => currency !== parts[0]?.currency);
  const own = [...(mixed ? coveredLast(parts, order) : parts), ...later];
  const others =
    order.withGroup && facts.group !== null ? othersOf(facts.group.position, facts, byInvoice) : [];
  return { own, others };
}

/**
 * What is late and covered by unapplied money in its currency moves behind what is not: to pay it would not make
 * anything less late. In one currency it makes no difference which of it is paid.
 */
function coveredLast(parts: PayablePart[], { lateUntil, unapplied }: PayOrder): PayablePart[] {
  const isLate = (part: PayablePart): boolean => part.dueDate !== null && part.dueDate <= lateUntil;
  const needed = new Map<string, number>();
  for (const { currency, minor } of parts.filter(isLate))
    needed.set(currency, (needed.get(currency) ?? 0) + minor);
  for (const [currency, sum] of needed) needed.set(currency, netLate(sum, unapplied.get(currency) ?? 0));
  const first: PayablePart[] = [];
  const last: PayablePart[] = [];
  for (const part of parts) {
    const left = isLate(part) ? (needed.get(part.currency) ?? 0) : part.minor;
    const now = Math.min(left, part.minor);
    if (isLate(part)) needed.set(part.currency, left - now);
    if (now > 0) first.push({ ...part, minor: now });
    if (now < part.minor) last.push({ ...part, minor: part.minor - now });
  }
  return [...first, ...last];
}

function othersOf(group: Position, { total }: CustomerFacts, paid: Payment['byInvoice']): PayablePart[] {
  const own = new Set(total.invoices.map((invoice) => invoice.id));
  return group.invoices.flatMap(({ id, dueDate, currency, openMinor }) => {
    const minor = openMinor - (paid.get(id) ?? 0);
    return own.has(id) || minor <= 0
      ? []
      : [{ id, dueDate, currency, minor, dispute: 'none' as const, isOwn: false }];
  });
}

/** Converts sums of one currency into base currency as the facts did. */
export class Rates {
  readonly #base: string;
  readonly #rates: ReadonlyMap<string, string>;

  constructor(position: Position, baseCurrency: string) {
    this.#base = baseCurrency;
    this.#rates = new Map(position.conversions.map(({ currency, rate }) => [currency, rate]));
  }

  inBase(minor: number, currency: string): number {
    if (currency === this.#base) return minor;
    return convertMinor(minor, currency, this.#base, this.#rates.get(currency) ?? '0');
  }
}

/** Exposure and balance of a position as they become with what is paid of its invoices. */
export class Meter {
  readonly #sums: { currency: string; exposureMinor: number; balanceMinor: number }[];
  readonly #rates: Rates;

  constructor(
    position: Position,
    members: readonly CustomerId[],
    baseCurrency: string,
    { byInvoice, onAccount }: Payment,
  ) {
    this.#rates = new Rates(position, baseCurrency);
    this.#sums = position.byCurrency.map(({ currency, exposureMinor, balanceMinor }) => {
      const gone = byInvoice.size === 0 ? 0 : paidIn(position, currency, byInvoice);
      return { currency, exposureMinor: exposureMinor - gone, balanceMinor: balanceMinor - gone };
    });
    let base = this.#sums.find(({ currency }) => currency === baseCurrency);
    if (base === undefined) {
      base = { currency: baseCurrency, exposureMinor: 0, balanceMinor: 0 };
      this.#sums.push(base);
    }
    for (const [id, minor] of onAccount) {
      if (!members.includes(id)) continue;
      base.exposureMinor -= minor;
      base.balanceMinor -= minor;
    }
  }

  exposureMinor(paying: (currency: string) => number): number {
    let sum = 0;
    for (const { currency, exposureMinor } of this.#sums)
      sum += this.#rates.inBase(exposureMinor - paying(currency), currency);
    return sum;
  }

  balanceMinor(paying: (currency: string) => number): number {
    let sum = 0;
    for (const { currency, balanceMinor } of this.#sums)
      sum += this.#rates.inBase(balanceMinor - paying(currency), currency);
    return sum;
  }
}

function paidIn(position: Position, currency: string, paid: Payment['byInvoice']): number {
  let sum = 0;
  for (const invoice of position.invoices)
    if (invoice.currency === currency) sum += paid.get(invoice.id) ?? 0;
  return sum;
}
