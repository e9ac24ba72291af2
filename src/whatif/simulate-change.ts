import { Decimal } from 'decimal.js';
import type { LimitTable, LimitTerms } from '../cases/index.ts';
import { HoldfastError, addDays, type CustomerId } from '../domain/index.ts';
import type { FactsInput } from '../facts/index.ts';
import type { KnownRate, OpenInvoice } from '../mirror/index.ts';

/** What would be otherwise. Percents are changes: -20 = a fifth less. */
export interface SimulatedChange {
  /** Of every permanent, temporary and group limit. */
  limitsPercent: number | null;
  /** Of what one unit of a currency is worth. */
  ratesPercent: ReadonlyMap<string, number>;
  /** Days that open invoices fall due later (earlier: negative), never before their issue. */
  termsDays: number | null;
}

/** The input of the day with the change worked in. Throws CURRENCY_UNKNOWN for one that no rate is known of. Pure. */
export function changeInput(input: FactsInput, change: SimulatedChange): FactsInput {
  const { limitsPercent, ratesPercent, termsDays } = change;
  return {
    ...input,
    ...(limitsPercent === null ? {} : changeLimits(input, limitsPercent)),
    rates: changeRates(input, ratesPercent),
    invoices: termsDays === null ? input.invoices : input.invoices.map((one) => moveDue(one, termsDays)),
  };
}

const scaled = (minor: number, percent: number): number =>
  new Decimal(minor)
    .times(new Decimal(100).plus(percent))
    .div(100)
    .toDecimalPlaces(0, Decimal.ROUND_HALF_UP)
    .toNumber();

function changeLimits({ limits, notes }: FactsInput, percent: number): Pick<FactsInput, 'limits' | 'notes'> {
  const entries: LimitTable['entries'] = limits.entries.map((entry) =>
    entry.limit?.kind === 'amount'
      ? { ...entry, limit: { kind: 'amount', limitMinor: scaled(entry.limit.limitMinor, percent) } }
      : entry,
  );
  const groups = limits.groups.map((group) => ({ ...group, limitMinor: scaled(group.limitMinor, percent) }));
  const limitTerms = new Map<CustomerId, LimitTerms>();
  for (const [id, terms] of notes.limitTerms) {
    const temporary = terms.temporary.map((one) => ({
      ...one,
      amountMinor: scaled(one.amountMinor, percent),
    }));
    limitTerms.set(id, { ...terms, temporary });
  }
  return { limits: { entries, groups }, notes: { ...notes, limitTerms } };
}

function changeRates(
  { rates, baseCurrency }: FactsInput,
  percents: ReadonlyMap<string, number>,
): ReadonlyMap<string, KnownRate> {
  const changed = new Map(rates);
  for (const [currency, percent] of percents) {
    const known = rates.get(currency);
    if (known === undefined) throw currencyUnknown(currency, baseCurrency, [...rates.keys()]);
    const rate = new Decimal(known.rate).times(new Decimal(100).plus(percent)).div(100).toFixed();
    changed.set(currency, { ...known, rate });
  }
  return changed;
}

function currencyUnknown(currency: string, baseCurrency: string, known: string[]): HoldfastError {
  const message =
    currency === baseCurrency
      ? `${currency} is the currency of the company itself: it has no rate that could change.`
      : `No usable rate of ${currency} is known.`;
  const hint =
    known.length === 0 ? 'No foreign currency is in use.' : `Rates are known of ${known.sort().join(', ')}.`;
  return new HoldfastError('CURRENCY_UNKNOWN', message, { hint });
}

function moveDue(invoice: OpenInvoice, days: number): OpenInvoice {
  const moved = addDays(invoice.dueDate, days);
  return { ...invoice, dueDate: moved < invoice.issueDate ? invoice.issueDate : moved };
}
