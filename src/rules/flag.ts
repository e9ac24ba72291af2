import { formatMoney, toDecimal, type CustomerId, type Day } from '../domain/index.ts';
import type { Conversion, CustomerFacts, ExposureBucket, Position } from '../facts/index.ts';
import type { Standing } from '../policy/index.ts';
import { netLate, type LateBook } from './late-items.ts';
import { daysPastDue } from './measure.ts';

export type RuleName =
  | 'over-limit'
  | 'near-limit'
  | 'group-over-limit'
  | 'group-near-limit'
  | 'overdue'
  | 'cash-only'
  | 'unassessed'
  | 'cannot-decide';

/** An invoice as a flag shows it. openBaseMinor is informative: sums are converted once per currency. */
export interface FlagInvoice {
  number: string;
  remoteId: string;
  currency: string;
  openMinor: number;
  openBaseMinor: number | null;
  dueDate: Day;
  daysOverdue: number;
  /** What of it is disputed and left out of the figure; not there where nothing is. */
  disputedMinor?: number;
}

export interface FlagCredit {
  kind: string;
  number: string;
  remoteId: string;
  currency: string;
  openMinor: number;
  openBaseMinor: number | null;
}

/** One rule's finding about one customer, with everything needed to do the arithmetic again. Minor units. */
export interface Flag {
  customerId: CustomerId;
  rule: RuleName;
  /** The standing that it asks for; 'info' when it asks for none. */
  severity: Standing | 'info';
  asOf: Day;
  currency: string;
  figureMinor: number | null;
  thresholdMinor: number | null;
  inputs: {
    invoices: FlagInvoice[];
    credits: FlagCredit[];
    rates: Conversion[];
    /** What else the exposure is made of (drafts, orders); not there where the policy counts nothing else. */
    others?: ExposureBucket[];
    limitMinor: number | null;
    /** Days past due of the oldest open invoice, grace included. */
    days: number;
  };
  /** One paragraph for people. */
  explanation: string;
  /** The smallest change that clears it: how much, and the oldest invoices that make it up. */
  clearsWith: { amountMinor: number; invoices: string[] };
}

/** Flag inputs for a position: its items and how each currency was converted. */
export function describeInputs(
  facts: CustomerFacts,
  position: Position,
  limitMinor: number | null,
): Flag['inputs'] {
  const inBase = converter(facts, position.conversions);
  const days = daysPastDue(facts);
  const others = otherBuckets(position);
  return {
    invoices: position.invoices.map((invoice) => describeInvoice(invoice, inBase, days)),
    credits: position.credits.map((credit) => describeCredit(credit, credit.openMinor, inBase)),
    rates: position.conversions,
    ...(others.length === 0 ? {} : { others: others.map(withoutDates) }),
    limitMinor,
    days: Math.max(0, position.daysOverdueMax),
  };
}

/** Flag inputs for what is late: of each currency the invoices less their disputed parts, less the credits. */
export function describeLate(facts: CustomerFacts, book: LateBook, rates: Conversion[]): Flag['inputs'] {
  const inBase = converter(facts, rates);
  const days = daysPastDue(facts);
  const invoices = book.items.map(({ invoice, countsMinor }) => {
    const disputedMinor = invoice.openMinor - countsMinor;
    const described = describeInvoice(invoice, inBase, days);
    return disputedMinor === 0 ? described : { ...described, disputedMinor };
  });
  const oldest = invoices[0]?.daysOverdue ?? 0;
  return { invoices, credits: takenOff(book, inBase), rates, limitMinor: null, days: oldest };
}

/** Credits as far as they are taken off what is late in their currency, in the order in which they are listed. */
function takenOff(book: LateBook, inBase: InBase): FlagCredit[] {
  if (book.credits.length === 0) return [];
  const left = new Map<string, number>();
  for (const { invoice, countsMinor } of book.items)
    left.set(invoice.currency, (left.get(invoice.currency) ?? 0) + countsMinor);
  return book.credits.flatMap((credit) => {
    const late = left.get(credit.currency) ?? 0;
    const taken = late - netLate(late, credit.openMinor);
    left.set(credit.currency, late - taken);
    return taken === 0 ? [] : [describeCredit(credit, taken, inBase)];
  });
}

function describeInvoice(
  invoice: Position['invoices'][number],
  inBase: InBase,
  daysOverdue: (dueDate: Day) => number,
): FlagInvoice {
  return {
    number: invoice.number,
    remoteId: invoice.id,
    currency: invoice.currency,
    openMinor: invoice.openMinor,
    openBaseMinor: inBase(invoice.currency, invoice.openMinor),
    dueDate: invoice.dueDate,
    daysOverdue: Math.max(0, daysOverdue(invoice.dueDate)),
  };
}

function describeCredit(credit: Position['credits'][number], openMinor: number, inBase: InBase): FlagCredit {
  return {
    kind: credit.kind,
    number: credit.number,
    remoteId: credit.id,
    currency: credit.currency,
    openMinor,
    openBaseMinor: inBase(credit.currency, openMinor),
  };
}

/** Drafts and orders, where the policy counts them. */
export function otherBuckets(position: Position): ExposureBucket[] {
  return position.buckets.filter(({ bucket }) => bucket === 'drafts' || bucket === 'orders');
}

/** A bucket's documents as buckets name them; the position's own lists hold more. */
function withoutDates(bucket: ExposureBucket): ExposureBucket {
  const documents = bucket.documents.map(({ id, number, currency, openMinor }) => {
    return { id, number, currency, openMinor };
  });
  return { ...bucket, documents };
}

type InBase = (currency: string, minor: number) => number | null;

function converter(facts: CustomerFacts, conversions: Conversion[]): InBase {
  return (currency, minor) => {
    if (currency === facts.baseCurrency) return minor;
    const rate = conversions.find((conversion) => conversion.currency === currency);
    return rate === undefined ? null : approximate(minor, currency, facts.baseCurrency, rate.rate);
  };
}

/** Which invoices, oldest first, a payment of `amountMinor` (base) would go to. */
export function invoicesCovering(invoices: FlagInvoice[], amountMinor: number): string[] {
  const numbers: string[] = [];
  let left = amountMinor;
  for (const invoice of invoices) {
    if (left <= 0) break;
    numbers.push(invoice.number);
    left -= invoice.openBaseMinor ?? 0;
  }
  return numbers;
}

/** '1,200.00 EUR at 0.8512 (booked rate of 2026-03-02)' for every foreign currency; '' when there is none. */
export function describeConversions(rates: Conversion[]): string {
  return rates
    .filter((rate) => rate.source !== 'base')
    .map((rate) => {
      const amount = formatMoney(rate.openMinor, rate.currency);
      return `${amount} at ${readableRate(rate.rate)} (${rate.source} rate of ${rate.date})`;
    })
    .join(', ');
}

/** Six figures for people; the flag's data carry every digit. */
const readableRate = (rate: string): string => String(Number(Number(rate).toPrecision(6)));

/** Plain doubles suffice for a figure that nobody adds up. */
function approximate(minor: number, from: string, to: string, rate: string): number {
  if (from === to) return minor;
  return Math.round(Number(toDecimal(minor, from)) * Number(rate) * minorPerUnit(to));
}

const minorPerUnit = (currency: string): number => Math.round(1 / Number(toDecimal(1, currency)));
