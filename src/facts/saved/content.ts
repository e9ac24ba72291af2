import { addDays, daysBetween, parseDay, type Day } from '../../domain/index.ts';
import { describeFacts, type FactsDocument } from '../document.ts';
import type { CustomerFacts } from '../compute-facts.ts';
import type { Figures } from '../figures.ts';

type Rollup = NonNullable<FactsDocument['rollup']>;

/**
 * What is written down of a customer. Nothing in it moves with the days alone, so that a night on which nothing
 * happened to a customer writes nothing: instead of a number of days there is the day that they are counted from.
 */
type Content = Omit<FactsDocument, 'asOf' | 'daysOverdueMax' | 'rates' | 'rollup' | 'byCurrency'> & {
  /** The due day of the oldest overdue invoice; null when nothing is overdue. */
  oldestDueOn: string | null;
  /** Left out where all is in base currency: then they follow from the rest. */
  byCurrency?: FactsDocument['byCurrency'];
  rates?: FactsDocument['rates'];
  rollup: (Omit<Rollup, 'daysOverdueMax'> & { oldestDueOn: string | null }) | null;
};

/** Customers with nothing open and no limit are left out. */
export const isWorthKeeping = (facts: CustomerFacts): boolean =>
  facts.total.buckets.length > 0 || facts.limit !== null;

/** Facts as text to keep; the same facts on a later day give the same text. Pure. */
export function contentOf(facts: CustomerFacts): string {
  const { asOf, daysOverdueMax, rates, byCurrency, rollup, ...rest } = describeFacts(facts);
  const [only, ...others] = byCurrency;
  const isPlain = only !== undefined && others.length === 0 && only.currency === rest.currency;
  const content: Content = {
    ...rest,
    oldestDueOn: oldestDue(asOf, daysOverdueMax),
    ...(isPlain ? {} : { byCurrency, rates: rates.map((rate) => undated(rate, asOf)) }),
    rollup: rollup === null ? null : keepRollup(rollup, asOf),
  };
  return JSON.stringify(content);
}

/** The document of a text that was kept, as of a day on which it still held. Those of earlier versions are whole. */
export function documentOf(text: string, asOf: Day): FactsDocument {
  const kept = JSON.parse(text) as Content | FactsDocument;
  if ('asOf' in kept) return { ...NOT_KEPT_EARLIER, ...kept };
  const { oldestDueOn, byCurrency, rates, rollup, ...rest } = kept;
  const plain = byCurrency === undefined ? plainFigures(rest) : null;
  return {
    ...rest,
    asOf,
    daysOverdueMax: daysSince(oldestDueOn, asOf),
    byCurrency: byCurrency ?? (plain === null ? [] : [{ currency: rest.currency, ...plain }]),
    rates: rates?.map((rate) => dated(rate, asOf)) ?? plainRates(rest.currency, plain, asOf),
    rollup: rollup === null ? null : restoreRollup(rollup, asOf),
  };
}

/** Fields that came with later versions. */
const NOT_KEPT_EARLIER = { limitTerms: null, buckets: [], tags: [], termsDays: null, disputes: [] };

const oldestDue = (asOf: string, days: number): string | null =>
  days > 0 ? addDays(parseDay(asOf), -days) : null;
const daysSince = (day: string | null, asOf: Day): number =>
  day === null ? 0 : daysBetween(parseDay(day), asOf);

function keepRollup({ daysOverdueMax, ...rest }: Rollup, asOf: string): Content['rollup'] {
  return { ...rest, oldestDueOn: oldestDue(asOf, daysOverdueMax) };
}

function restoreRollup({ oldestDueOn, ...rest }: NonNullable<Content['rollup']>, asOf: Day): Rollup {
  return { ...rest, daysOverdueMax: daysSince(oldestDueOn, asOf) } as Rollup;
}

/** The rate of the base currency is of every day. */
const undated = (rate: FactsDocument['rates'][number], asOf: string): FactsDocument['rates'][number] =>
  rate.source === 'base' && rate.date === asOf ? { ...rate, date: parseDay('1900-01-01') } : rate;
const dated = (rate: FactsDocument['rates'][number], asOf: Day): FactsDocument['rates'][number] =>
  rate.source === 'base' ? { ...rate, date: asOf } : rate;

function plainFigures(from: Pick<FactsDocument, keyof Figures>): Figures | null {
  const { exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor } = from;
  if (exposureMinor === null || balanceMinor === null || unappliedMinor === null) return null;
  if (ageing === null || overdueMinor === null) return null;
  return { exposureMinor, balanceMinor, unappliedMinor, ageing, overdueMinor };
}

function plainRates(currency: string, figures: Figures | null, asOf: Day): FactsDocument['rates'] {
  if (figures === null) return [];
  const sums = { openMinor: figures.exposureMinor, baseMinor: figures.exposureMinor };
  return [{ currency, rate: '1', date: asOf, source: 'base', ...sums }];
}
