import { convertMinor, type Day } from '../domain/index.ts';
import type { KnownRate, OpenCredit, OpenInvoice } from '../mirror/index.ts';

/** Open invoices by days past due on the as-of day; what is due on that day is current. Minor units. */
export interface Ageing {
  current: number;
  d1_30: number;
  d31_60: number;
  d61_90: number;
  d91: number;
}

/** What exposure is made of. Drafts and orders count by the policy's weights; credits are negative. */
export type BucketName = 'open-invoices' | 'drafts' | 'orders' | 'unapplied-credits';

/** One part of exposure with the documents that it is of. Minor units, base currency, weighted; null without a rate. */
export interface ExposureBucket {
  bucket: BucketName;
  weightPercent: number;
  baseMinor: number | null;
  documents: { id: string; number: string; currency: string; amountMinor: number }[];
}

/** Figures in one currency, or in the base currency when converted. Minor units. */
export interface Figures {
  /** Open items less unapplied credits, and what else the policy counts (drafts, orders). */
  exposureMinor: number;
  /** Σ ageing − unapplied: the open-item balance, which the platform has too. */
  balanceMinor: number;
  unappliedMinor: number;
  ageing: Ageing;
  /** Everything past due, however little. */
  overdueMinor: number;
}

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
  daysPastDue(dueDate: Day): number;
}

/** Sums items per currency, then converts and rounds once per currency. Pure. */
export function computePosition(invoices: OpenInvoice[], credits: OpenCredit[], basis: Basis): Position {
  const sums = sumByCurrency(invoices, credits, basis);
  const byCurrency = [...sums].map(([currency, figures]) => ({ currency, ...figures }));
  byCurrency.sort((a, b) => (a.currency < b.currency ? -1 : 1));
  const missingRates = byCurrency.filter((c) => rateFor(c.currency, basis) === null).map((c) => c.currency);
  const known = missingRates.length === 0;
  return {
    invoices,
    credits,
    byCurrency,
    base: known ? sumFigures(byCurrency.map((figures) => convertFigures(figures, basis))) : null,
    buckets: [],
    conversions: byCurrency.flatMap((figures) => convertNet(figures.currency, figures.exposureMinor, basis)),
    missingRates,
    daysOverdueMax: invoices.reduce((most, invoice) => Math.max(most, basis.daysPastDue(invoice.dueDate)), 0),
  };
}

/** One currency's sum in base with the rate shown; empty when no usable rate is known. */
export function convertNet(currency: string, openMinor: number, basis: Basis): Conversion[] {
  const rate = rateFor(currency, basis);
  if (rate === null) return [];
  return [
    {
      ...rate,
      currency,
      openMinor,
      baseMinor: convertMinor(openMinor, currency, basis.baseCurrency, rate.rate),
    },
  ];
}

function rateFor(currency: string, basis: Basis): Pick<Conversion, 'rate' | 'date' | 'source'> | null {
  if (currency === basis.baseCurrency) return { rate: '1', date: basis.asOf, source: 'base' };
  const known = basis.rates.get(currency);
  return known === undefined ? null : { rate: known.rate, date: known.date, source: known.source };
}

function sumByCurrency(invoices: OpenInvoice[], credits: OpenCredit[], basis: Basis): Map<string, Figures> {
  const sums = new Map<string, Figures>();
  const of = (currency: string): Figures => {
    const existing = sums.get(currency);
    if (existing !== undefined) return existing;
    const fresh = emptyFigures();
    sums.set(currency, fresh);
    return fresh;
  };
  for (const invoice of invoices) {
    const figures = of(invoice.currency);
    const days = basis.daysPastDue(invoice.dueDate);
    figures.exposureMinor += invoice.openMinor;
    figures.balanceMinor += invoice.openMinor;
    figures.ageing[bucketOf(days)] += invoice.openMinor;
    if (days > 0) figures.overdueMinor += invoice.openMinor;
  }
  for (const credit of credits) {
    const figures = of(credit.currency);
    figures.exposureMinor -= credit.openMinor;
    figures.balanceMinor -= credit.openMinor;
    figures.unappliedMinor += credit.openMinor;
  }
  return sums;
}

/** The ageing bucket of an invoice by its days past due (domain rule: current, 1–30, 31–60, 61–90, 91+). */
export function bucketOf(days: number): keyof Ageing {
  if (days <= 0) return 'current';
  if (days <= 30) return 'd1_30';
  if (days <= 60) return 'd31_60';
  return days <= 90 ? 'd61_90' : 'd91';
}

/**
 * Converts so that the parts add up: running sums, from the oldest bucket to the credits, are rounded, and each
 * part is the difference. Overdue and exposure are running sums themselves, so each is rounded exactly once.
 */
function convertFigures(figures: { currency: string } & Figures, basis: Basis): Figures {
  const { currency, ageing } = figures;
  const rate = rateFor(currency, basis)?.rate ?? '0';
  const parts = [
    ageing.d91,
    ageing.d61_90,
    ageing.d31_60,
    ageing.d1_30,
    ageing.current,
    -figures.unappliedMinor,
  ];
  let running = 0;
  let before = 0;
  const converted = parts.map((part) => {
    running += part;
    const sum = convertMinor(running, currency, basis.baseCurrency, rate);
    const share = sum - before;
    before = sum;
    return share;
  });
  const [d91 = 0, d61_90 = 0, d31_60 = 0, d1_30 = 0, current = 0, credit = 0] = converted;
  return {
    exposureMinor: before,
    balanceMinor: before,
    unappliedMinor: credit === 0 ? 0 : -credit,
    ageing: { current, d1_30, d31_60, d61_90, d91 },
    overdueMinor: d91 + d61_90 + d31_60 + d1_30,
  };
}

function sumFigures(all: Figures[]): Figures {
  const total = emptyFigures();
  for (const figures of all) {
    total.exposureMinor += figures.exposureMinor;
    total.balanceMinor += figures.balanceMinor;
    total.unappliedMinor += figures.unappliedMinor;
    total.overdueMinor += figures.overdueMinor;
    for (const bucket of BUCKETS) total.ageing[bucket] += figures.ageing[bucket];
  }
  return total;
}

const BUCKETS: readonly (keyof Ageing)[] = ['current', 'd1_30', 'd31_60', 'd61_90', 'd91'];

function emptyFigures(): Figures {
  return {
    exposureMinor: 0,
    balanceMinor: 0,
    unappliedMinor: 0,
    ageing: { current: 0, d1_30: 0, d31_60: 0, d61_90: 0, d91: 0 },
    overdueMinor: 0,
  };
}
