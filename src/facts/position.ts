import { convertMinor, type Day } from '../domain/index.ts';
import type { KnownRate, OpenCredit, OpenInvoice } from '../mirror/index.ts';
import { bucketsOf, weightedMinor } from './buckets.ts';
import {
  AGEING_BUCKETS,
  bucketOf,
  emptyFigures,
  type ExposureBucket,
  type Extra,
  type Figures,
  type Items,
  type Weights,
} from './figures.ts';

/** How one currency's net was converted: rounded once, here. */
export interface Conversion {
  currency: string;
  rate: string;
  date: Day;
  source: KnownRate['source'] | 'base';
  openMinor: number;
  baseMinor: number;
}

/** What some set of items amounts to: one customer's own, or a whole family's or group's. */
export interface Position {
  invoices: OpenInvoice[];
  credits: OpenCredit[];
  byCurrency: ({ currency: string } & Figures)[];
  /** In base currency; null when a rate is missing: then nothing can be decided, which is not the same as 0. */
  base: Figures | null;
  /** Only those that count; their sum is the exposure. */
  buckets: ExposureBucket[];
  conversions: Conversion[];
  missingRates: string[];
  /** Days past due of the oldest open invoice; 0 when nothing is overdue. */
  daysOverdueMax: number;
}

/** What a position is computed against. */
export interface Basis {
  asOf: Day;
  baseCurrency: string;
  rates: ReadonlyMap<string, KnownRate>;
  weights: Weights;
  daysPastDue(dueDate: Day): number;
}

/**
 * Sums items per currency, then converts and rounds once per currency. Ageing, overdue and days are of open invoices
 * alone; the rest of exposure is in `buckets`. Pure.
 */
export function computePosition(items: Items, basis: Basis): Position {
  const sums = new Sums(basis);
  const daysOverdueMax = sums.add(items);
  const { byCurrency } = sums;
  const conversions: Conversion[] = [];
  for (const { currency, exposureMinor } of byCurrency) {
    const rate = rateFor(currency, basis);
    if (rate !== null) conversions.push(converted(currency, exposureMinor, rate, basis));
  }
  const isKnown = conversions.length === byCurrency.length;
  const { base, extra } = isKnown ? sums.inBase() : UNKNOWN;
  return {
    invoices: items.invoices,
    credits: items.credits,
    byCurrency,
    base,
    buckets: bucketsOf(items, base, extra, basis.weights),
    // What grew by pushing has room for sixteen more, which is much where everybody has such a list.
    conversions: conversions.slice(),
    missingRates: isKnown ? [] : currenciesWithout(conversions, byCurrency),
    daysOverdueMax,
  };
}

function currenciesWithout(conversions: Conversion[], byCurrency: CurrencyFigures[]): string[] {
  const known = new Set(conversions.map(({ currency }) => currency));
  return byCurrency.map(({ currency }) => currency).filter((currency) => !known.has(currency));
}

type UsedRate = Pick<Conversion, 'rate' | 'date' | 'source'>;

/** One currency's sum in base with the rate shown. */
function converted(currency: string, openMinor: number, used: UsedRate, basis: Basis): Conversion {
  const { rate, date, source } = used;
  const baseMinor = convertMinor(openMinor, currency, basis.baseCurrency, rate);
  return { currency, rate, date, source, openMinor, baseMinor };
}

function rateFor(currency: string, basis: Basis): UsedRate | null {
  if (currency === basis.baseCurrency) return { rate: '1', date: basis.asOf, source: 'base' };
  return basis.rates.get(currency) ?? null;
}

type CurrencyFigures = Position['byCurrency'][number];

const NO_EXTRA: Extra = { draftsMinor: 0, ordersMinor: 0 };
const UNKNOWN = { base: null, extra: NO_EXTRA };

/** Sums of documents, currency by currency. Nearly everybody has one: a list is quicker to look through than a map. */
class Sums {
  /** In the order of currency codes. */
  byCurrency: CurrencyFigures[] = [];
  /** What drafts and orders add, by currency; most have neither. */
  #extras: Map<string, Extra> | null = null;
  readonly #basis: Basis;

  constructor(basis: Basis) {
    this.#basis = basis;
  }

  /** Returns the days past due of the oldest invoice; 0 when nothing is overdue. */
  add({ invoices, credits, drafts, orders }: Items): number {
    const oldestDays = this.#addInvoices(invoices);
    for (const { currency, openMinor } of credits) {
      const sums = this.#of(currency);
      sums.balanceMinor -= openMinor;
      sums.unappliedMinor += openMinor;
    }
    for (const { currency, openMinor } of drafts) this.#extraOf(currency).draftsMinor += openMinor;
    for (const { currency, openMinor } of orders) this.#extraOf(currency).ordersMinor += openMinor;
    for (const sums of this.byCurrency) sums.exposureMinor = sums.balanceMinor + this.#weigh(sums.currency);
    if (this.byCurrency.length > 1) this.byCurrency.sort((a, b) => (a.currency < b.currency ? -1 : 1));
    return oldestDays;
  }

  /** All currencies together; only where every one of them has a rate. */
  inBase(): { base: Figures; extra: Extra } {
    const [only, ...others] = this.byCurrency.map((sums) =>
      convertFigures(sums, this.#extras?.get(sums.currency) ?? NO_EXTRA, this.#basis),
    );
    if (only === undefined) return { base: emptyFigures(), extra: NO_EXTRA };
    return others.reduce(together, only);
  }

  #addInvoices(invoices: readonly OpenInvoice[]): number {
    let oldestDays = 0;
    for (const { currency, dueDate, openMinor } of invoices) {
      const sums = this.#of(currency);
      const days = this.#basis.daysPastDue(dueDate);
      sums.balanceMinor += openMinor;
      sums.ageing[bucketOf(days)] += openMinor;
      if (days > 0) sums.overdueMinor += openMinor;
      if (days > oldestDays) oldestDays = days;
    }
    return oldestDays;
  }

  /** A weighted sum is whole minor units of its own currency, rounded once, before it is converted like the rest. */
  #weigh(currency: string): number {
    const extra = this.#extras?.get(currency);
    if (extra === undefined) return 0;
    extra.draftsMinor = weightedMinor(extra.draftsMinor, this.#basis.weights.drafts);
    extra.ordersMinor = weightedMinor(extra.ordersMinor, this.#basis.weights.orders);
    return extra.draftsMinor + extra.ordersMinor;
  }

  #extraOf(currency: string): Extra {
    this.#of(currency);
    this.#extras ??= new Map();
    const extra = this.#extras.get(currency) ?? { draftsMinor: 0, ordersMinor: 0 };
    this.#extras.set(currency, extra);
    return extra;
  }

  #of(currency: string): CurrencyFigures {
    for (const sums of this.byCurrency) if (sums.currency === currency) return sums;
    const { exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor } = emptyFigures();
    const fresh = { currency, exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor };
    this.byCurrency = this.byCurrency.length === 0 ? [fresh] : [...this.byCurrency, fresh];
    return fresh;
  }
}

/**
 * Converts so that the parts add up: running sums, from the oldest bucket over the credits to drafts and orders, are
 * rounded, and each part is the difference. Overdue, balance and exposure are running sums themselves, so each is
 * rounded exactly once.
 */
function convertFigures(sums: CurrencyFigures, extra: Extra, basis: Basis): { base: Figures; extra: Extra } {
  const { currency, ageing } = sums;
  if (currency === basis.baseCurrency) return { base: figuresOf(sums), extra };
  const rate = rateFor(currency, basis)?.rate ?? '0';
  let running = 0;
  let before = 0;
  const share = (part: number): number => {
    running += part;
    const sum = convertMinor(running, currency, basis.baseCurrency, rate);
    const own = sum - before;
    before = sum;
    return own;
  };
  const [d91, d61_90] = [share(ageing.d91), share(ageing.d61_90)];
  const [d31_60, d1_30] = [share(ageing.d31_60), share(ageing.d1_30)];
  const overdueMinor = before;
  const current = share(ageing.current);
  const unappliedMinor = 0 - share(-sums.unappliedMinor);
  const balanceMinor = before;
  const shares = { draftsMinor: share(extra.draftsMinor), ordersMinor: share(extra.ordersMinor) };
  const inBase = { current, d1_30, d31_60, d61_90, d91 };
  const base = { exposureMinor: before, balanceMinor, unappliedMinor, ageing: inBase, overdueMinor };
  return { base, extra: shares };
}

type InBase = ReturnType<typeof convertFigures>;

function together(one: InBase, other: InBase): InBase {
  const [a, b] = [one.base, other.base];
  const ageing = { ...a.ageing };
  for (const bucket of AGEING_BUCKETS) ageing[bucket] += b.ageing[bucket];
  return {
    base: {
      exposureMinor: a.exposureMinor + b.exposureMinor,
      balanceMinor: a.balanceMinor + b.balanceMinor,
      unappliedMinor: a.unappliedMinor + b.unappliedMinor,
      ageing,
      overdueMinor: a.overdueMinor + b.overdueMinor,
    },
    extra: {
      draftsMinor: one.extra.draftsMinor + other.extra.draftsMinor,
      ordersMinor: one.extra.ordersMinor + other.extra.ordersMinor,
    },
  };
}

function figuresOf({ exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor }: Figures): Figures {
  return { exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor };
}
