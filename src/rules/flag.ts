import { formatMoney, toDecimal, type CustomerId, type Day } from '../domain/index.ts';
import type { Conversion, CustomerFacts, Position } from '../facts/index.ts';
import type { Standing } from '../policy/index.ts';

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
  position: Pick<Position, 'invoices' | 'credits' | 'conversions' | 'daysOverdueMax'>,
  daysOverdue: (dueDate: Day) => number,
  limitMinor: number | null,
): Flag['inputs'] {
  const rates = new Map(position.conversions.map((conversion) => [conversion.currency, conversion]));
  const inBase = (currency: string, minor: number): number | null => {
    const rate = rates.get(currency);
    return rate === undefined ? null : approximate(minor, currency, facts.baseCurrency, rate.rate);
  };
  return {
    invoices: position.invoices.map((invoice) => ({
      number: invoice.number,
      remoteId: invoice.id,
      currency: invoice.currency,
      openMinor: invoice.openMinor,
      openBaseMinor: inBase(invoice.currency, invoice.openMinor),
      dueDate: invoice.dueDate,
      daysOverdue: Math.max(0, daysOverdue(invoice.dueDate)),
    })),
    credits: position.credits.map((credit) => ({
      kind: credit.kind,
      number: credit.number,
      remoteId: credit.id,
      currency: credit.currency,
      openMinor: credit.openMinor,
      openBaseMinor: inBase(credit.currency, credit.openMinor),
    })),
    rates: position.conversions,
    limitMinor,
    days: Math.max(0, position.daysOverdueMax),
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
