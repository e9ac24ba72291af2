import type { OpenCredit, OpenInvoice } from '../mirror/index.ts';

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
  /** What is open of each, in its own currency: not weighted, and positive for credits too. */
  documents: readonly BucketDocument[];
}

/** A document as a bucket names it. */
export type BucketDocument = Readonly<Pick<OpenInvoice, 'id' | 'number' | 'currency' | 'openMinor'>>;

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

/** The documents that a position is of. Drafts and orders only where the policy counts them. */
export interface Items {
  invoices: OpenInvoice[];
  credits: OpenCredit[];
  drafts: OpenInvoice[];
  orders: OpenInvoice[];
}

/** What drafts and orders add to the exposure, weighted. Minor units. */
export interface Extra {
  draftsMinor: number;
  ordersMinor: number;
}

/** Percent of drafts and of orders that counts. */
export interface Weights {
  drafts: number;
  orders: number;
}

/** The ageing bucket of an invoice by its days past due (domain rule: current, 1–30, 31–60, 61–90, 91+). */
export function bucketOf(days: number): keyof Ageing {
  if (days <= 0) return 'current';
  if (days <= 30) return 'd1_30';
  if (days <= 60) return 'd31_60';
  return days <= 90 ? 'd61_90' : 'd91';
}

export const AGEING_BUCKETS: readonly (keyof Ageing)[] = ['current', 'd1_30', 'd31_60', 'd61_90', 'd91'];

export function emptyFigures(): Figures {
  return {
    exposureMinor: 0,
    balanceMinor: 0,
    unappliedMinor: 0,
    ageing: { current: 0, d1_30: 0, d31_60: 0, d61_90: 0, d91: 0 },
    overdueMinor: 0,
  };
}
