import { useRatio, type CustomerFacts } from './compute-facts.ts';
import type { BucketDocument, ExposureBucket, Figures } from './figures.ts';
import { ownRiskMinor } from './own-risk.ts';
import type { Conversion } from './position.ts';

/** How facts are written down, for `holdfast facts --json` and for the table of past nights. Minor units. */
export interface FactsDocument {
  customer: { id: string; name: string; status: string };
  asOf: string;
  currency: string;
  /** null = a rate is missing: see missingRates. The customer's own; sub-customers are in `rollup`. */
  exposureMinor: number | null;
  balanceMinor: number | null;
  unappliedMinor: number | null;
  ageing: Figures['ageing'] | null;
  overdueMinor: number | null;
  daysOverdueMax: number;
  limitMinor: number | null;
  limitKind: 'not-assessed' | 'cash-only' | 'amount' | 'unlimited';
  /** What the limit in force is made of; null = nothing beside its amount. */
  limitTerms: LimitTermsDocument | null;
  /** Exposure (with sub-customers) ÷ limit. */
  useRatio: number | null;
  /** What exposure is made of, in base currency; `documents` only where they were asked for. */
  buckets: (Omit<ExposureBucket, 'documents'> & { documents?: readonly BucketDocument[] })[];
  byCurrency: ({ currency: string } & Figures)[];
  rates: Conversion[];
  missingRates: string[];
  incomplete: boolean;
  /** The customer and its sub-customers together; null when it has none. */
  rollup: ({ members: string[]; daysOverdueMax: number } & (Figures | { exposureMinor: null })) | null;
  group: { name: string; limitMinor: number; exposureMinor: number | null; members: string[] } | null;
  parentId: string | null;
  tags: readonly string[];
  termsDays: number | null;
  disputes: DisputeDocument[];
}

/** Parts of the limit in force. Minor units, base currency. */
export interface LimitTermsDocument {
  permanentMinor: number | null;
  temporary: { amountMinor: number; from: string; to: string; reason: string }[];
  insured: { insurer: string; limitMinor: number; coverPercent: number; until: string | null } | null;
  /** What would be lost although it is insured, of the exposure with sub-customers; null without a rate. */
  ownRiskMinor: number | null;
  reviewOn: string | null;
}

/** A dispute of an open invoice. `amountMinor` is in the invoice's currency; null = all of it. */
export interface DisputeDocument {
  id: number;
  invoiceId: string;
  invoiceNumber: string;
  amountMinor: number | null;
  reason: string;
  reviewBy: string;
  approvedBy: string | null;
}

/** The document with those of each bucket, which can be thousands. Pure. */
export function describeFactsInFull(facts: CustomerFacts): FactsDocument {
  const buckets = facts.own.buckets.map((bucket) => ({
    ...bucket,
    documents: bucket.documents.map(describeDocument),
  }));
  return { ...describeFacts(facts), buckets };
}

/** Facts as a document. Pure. */
export function describeFacts(facts: CustomerFacts): FactsDocument {
  const { own, customer } = facts;
  return {
    customer: { id: customer.id, name: customer.name, status: customer.status },
    asOf: facts.asOf,
    currency: facts.baseCurrency,
    ...baseFigures(own.base),
    daysOverdueMax: own.daysOverdueMax,
    limitMinor: facts.limit?.kind === 'amount' ? facts.limit.limitMinor : null,
    limitKind: limitKind(facts),
    limitTerms: describeTerms(facts),
    useRatio: useRatio(facts),
    buckets: own.buckets.map(({ bucket, weightPercent, baseMinor }) => ({
      bucket,
      weightPercent,
      baseMinor,
    })),
    byCurrency: own.byCurrency,
    rates: own.conversions,
    missingRates: own.missingRates,
    incomplete: facts.incomplete,
    rollup: describeRollup(facts),
    group: describeGroup(facts),
    parentId: customer.parent,
    tags: facts.tags,
    termsDays: facts.termsDays,
    disputes: facts.disputes.map(describeDispute),
  };
}

const describeDocument = ({ id, number, currency, openMinor }: BucketDocument): BucketDocument => ({
  id,
  number,
  currency,
  openMinor,
});

function describeTerms({ limitTerms, total }: CustomerFacts): LimitTermsDocument | null {
  if (limitTerms === null) return null;
  const { permanentMinor, temporary, insured, reviewOn } = limitTerms;
  const risk = total.base === null ? null : ownRiskMinor(total.base.exposureMinor, insured);
  return { permanentMinor, temporary, insured, ownRiskMinor: risk, reviewOn };
}

function describeDispute(dispute: CustomerFacts['disputes'][number]): DisputeDocument {
  const { id, invoiceId, invoiceNumber, amountMinor, reason, reviewBy, approvedBy } = dispute;
  return { id, invoiceId, invoiceNumber, amountMinor, reason, reviewBy, approvedBy };
}

function baseFigures(base: Figures | null): Pick<FactsDocument, keyof Figures> {
  return (
    base ?? {
      exposureMinor: null,
      balanceMinor: null,
      unappliedMinor: null,
      ageing: null,
      overdueMinor: null,
    }
  );
}

function describeRollup({ descendants, total }: CustomerFacts): FactsDocument['rollup'] {
  if (descendants.length === 0) return null;
  return {
    members: descendants,
    daysOverdueMax: total.daysOverdueMax,
    ...(total.base ?? { exposureMinor: null }),
  };
}

function describeGroup({ group }: CustomerFacts): FactsDocument['group'] {
  if (group === null) return null;
  const { name, limitMinor, members } = group;
  return { name, limitMinor, exposureMinor: group.position.base?.exposureMinor ?? null, members };
}

function limitKind({ limit }: CustomerFacts): FactsDocument['limitKind'] {
  if (limit === null) return 'not-assessed';
  if (limit.kind === 'unlimited') return 'unlimited';
  return limit.limitMinor === 0 ? 'cash-only' : 'amount';
}
