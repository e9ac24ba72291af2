import { Decimal } from 'decimal.js';
import type { BucketName, ExposureBucket, Extra, Figures, Items, Weights } from './figures.ts';

/** A sum times a weight has more digits than Decimal keeps unless told otherwise, and a half must stay a half. */
const Exact = Decimal.clone({ precision: 50 });

/** So many percent of a sum, rounded half away from zero to the currency's minor unit. */
export function weightedMinor(minor: number, weightPercent: number): number {
  if (minor === 0 || weightPercent === 0) return 0;
  if (weightPercent === 100) return minor;
  const weighted = new Exact(minor).times(weightPercent).div(100);
  return weighted.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber();
}

/**
 * The parts of exposure that have documents, in base currency (null without a rate): their sum is the exposure
 * exactly. The lists are the position's own, not copies.
 */
export function bucketsOf(
  items: Items,
  base: Figures | null,
  extra: Extra,
  weights: Weights,
): ExposureBucket[] {
  const part = (bucket: BucketName, documents: Documents, weightPercent: number, minor: number): void => {
    const baseMinor = base === null ? null : minor;
    if (documents.length > 0) buckets.push({ bucket, weightPercent, baseMinor, documents });
  };
  const buckets: ExposureBucket[] = [];
  const unapplied = base?.unappliedMinor ?? 0;
  part('open-invoices', items.invoices, 100, (base?.balanceMinor ?? 0) + unapplied);
  part('drafts', items.drafts, weights.drafts, extra.draftsMinor);
  part('orders', items.orders, weights.orders, extra.ordersMinor);
  part('unapplied-credits', items.credits, 100, 0 - unapplied);
  // What grew by pushing has room for sixteen more, which is much where everybody has such a list.
  return buckets.slice();
}

type Documents = ExposureBucket['documents'];
