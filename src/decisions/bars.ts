import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import { compareStandings, type Policy, type PolicyForCustomer, type Standing } from '../policy/index.ts';
import {
  highestUseBelow,
  isCashOnly,
  measurableLimit,
  overdueTerms,
  policyOf,
  unassessedAtMost,
  type DisputeMode,
  type OverdueTerms,
} from '../rules/index.ts';
import { heldByFigures, isHeld, releaseTerms, releaseUse } from './kept-hold.ts';
import { releasedUpTo, type Decided } from './overrule.ts';

/** What must be true of a customer's figures before its standing is milder. Minor units, base currency. */
export interface Bars {
  /** Its exposure, sub-customers included. */
  ownAtMost: number | null;
  /** Its group's exposure, unless it owes nothing itself. */
  groupFlagAtMost: number | null;
  /** Its group's exposure, whatever it owes itself. */
  groupAtMost: number | null;
  /** Nothing at all may be open. */
  everything: boolean;
  /** Overdue rules that must not speak, and which disputes take an amount out of them. */
  late: { terms: OverdueTerms; mode: DisputeMode }[];
  /** Whether what is disputed without approval is paid like everything else, by its age, or after it. */
  paysWaiting: boolean;
}

const NO_BARS: Bars = {
  ownAtMost: null,
  groupFlagAtMost: null,
  groupAtMost: null,
  everything: false,
  late: [],
  paysWaiting: false,
};

/** One customer whose figures have to change, with what they have to come to. */
export interface Hurdle {
  facts: CustomerFacts;
  bars: Bars;
}

/** What the bars are looked up in: everybody's facts, and how each stands by itself. */
export interface BarContext {
  factsOf: ReadonlyMap<CustomerId, CustomerFacts>;
  first: ReadonlyMap<CustomerId, Decided>;
  policy: Policy;
}

/**
 * Ways in which a customer comes to stand milder than `below` by itself: by its figures and those of the
 * sub-customers that it answers for (first), or within what a person released. Each way is hurdles to be taken in
 * their order.
 */
export function waysBelow(facts: CustomerFacts, below: Standing, context: BarContext): Hurdle[][] {
  const decided = context.first.get(facts.customer.id);
  if (decided === undefined || compareStandings(decided.standing, below) < 0) return [[]];
  const policy = policyOf(facts, context.policy);
  const isKept = heldByFigures(decided) !== null;
  const byFigures = [
    ...facts.descendants.toReversed().flatMap((id) => raisedBars(id, { policy, below, isKept }, context)),
    { facts, bars: ownBars(facts, policy, below, isKept) },
  ];
  const ways = [byFigures];
  // What keeps the hold counts waiting disputes, milder rules do not: either order of payment may be the cheaper one.
  if (isKept && below !== 'hold' && facts.disputes.length > 0)
    ways.push(byFigures.map((hurdle) => ({ ...hurdle, bars: { ...hurdle.bars, paysWaiting: false } })));
  const released = releasedUpTo(facts, below);
  if (released !== null) ways.push([{ facts, bars: { ...NO_BARS, ownAtMost: released } }]);
  return ways;
}

function ownBars(facts: CustomerFacts, policy: PolicyForCustomer, below: Standing, isKept: boolean): Bars {
  const limit = measurableLimit(facts, policy);
  const { group, baseCurrency } = facts;
  const own = [
    limit === null ? null : highestUseBelow(policy, limit, below),
    limit === null || !isKept ? null : releaseUse(limit, policy),
    unassessedAtMost(facts, policy, below),
  ];
  return {
    ownAtMost: lowest(own),
    groupFlagAtMost: group === null ? null : highestUseBelow(policy, group.limitMinor, below),
    groupAtMost:
      group === null || !isKept || group.limitMinor === 0 ? null : releaseUse(group.limitMinor, policy),
    everything: isCashOnly(facts, policy) && asksFor(policy, 'cash-only', below),
    late: lateTerms(policy, baseCurrency, below, isKept),
    paysWaiting: isKept,
  };
}

/** What lifts a hold must do so without the disputes that nobody approved; milder rules leave all disputes out. */
function lateTerms(
  policy: PolicyForCustomer,
  baseCurrency: string,
  below: Standing,
  isKept: boolean,
): Bars['late'] {
  const asking = overdueTerms(policy, baseCurrency, below).map((terms) => {
    const mode: DisputeMode = isKept && isHeld(terms.standing) ? 'approved' : 'all';
    return { terms, mode };
  });
  if (!isKept) return asking;
  const keeping = releaseTerms(policy, baseCurrency).map((terms) => {
    return { terms, mode: 'approved' as const };
  });
  return [...asking, ...keeping];
}

/** A sub-customer's limit as far as its debtor answers for it. */
function raisedBars(
  id: CustomerId,
  debtor: { policy: PolicyForCustomer; below: Standing; isKept: boolean },
  { factsOf, first, policy }: BarContext,
): Hurdle[] {
  const facts = factsOf.get(id);
  if (facts === undefined) return [];
  const own = policyOf(facts, policy);
  const atMost = own.override?.set.atMost;
  const isCapped = atMost !== undefined && compareStandings(atMost, debtor.below) < 0;
  const limit = measurableLimit(facts, own);
  const isHeldBelow = debtor.isKept && heldByFigures(first.get(id)) !== null;
  const uses = [
    limit === null || isCapped ? null : highestUseBelow(own, limit, debtor.below, 'over-limit'),
    limit === null || !isHeldBelow ? null : releaseUse(limit, debtor.policy),
  ];
  const everything = !isCapped && isCashOnly(facts, own) && asksFor(own, 'cash-only', debtor.below);
  const ownAtMost = lowest(uses);
  return ownAtMost === null && !everything
    ? []
    : [{ facts, bars: { ...NO_BARS, paysWaiting: debtor.isKept, ownAtMost, everything } }];
}

function asksFor(policy: PolicyForCustomer, name: 'cash-only', below: Standing): boolean {
  const rule = policy.rules.find((candidate) => candidate.rule === name);
  return rule !== undefined && compareStandings(rule.standing, below) >= 0;
}

function lowest(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
