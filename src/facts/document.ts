import type { Conversion, Figures } from './position.ts';
import { useRatio, type CustomerFacts } from './compute-facts.ts';

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
  /** Exposure (with sub-customers) ÷ limit. */
  useRatio: number | null;
  byCurrency: ({ currency: string } & Figures)[];
  rates: Conversion[];
  missingRates: string[];
  incomplete: boolean;
  /** The customer and its sub-customers together; null when it has none. */
  rollup: ({ members: string[]; daysOverdueMax: number } & (Figures | { exposureMinor: null })) | null;
  group: { name: string; limitMinor: number; exposureMinor: number | null; members: string[] } | null;
  parentId: string | null;
}

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
    useRatio: useRatio(facts),
    byCurrency: own.byCurrency,
    rates: own.conversions,
    missingRates: own.missingRates,
    incomplete: facts.incomplete,
    rollup: describeRollup(facts),
    group: describeGroup(facts),
    parentId: customer.parent,
  };
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
