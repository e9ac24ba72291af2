import {
  decideStandings,
  type PriorStanding,
  type Reason,
  type StandingDecision,
} from '../decisions/index.ts';
import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import { compareStandings, type Policy, type Standing } from '../policy/index.ts';
import { evaluate } from '../rules/index.ts';

/** A policy with the facts of a day as it counts them (exposure and rates are part of a policy). */
export interface PolicySide {
  policy: Policy;
  facts: CustomerFacts[];
}

/** A customer whose standing two policies give differently. */
export interface StandingChange {
  customerId: CustomerId;
  customerName: string;
  from: Standing;
  to: Standing;
  isMilder: boolean;
  /** What gives either standing; empty where it is clear. */
  because: { from: Reason[]; to: Reason[] };
}

/** Standings that two policies give to the same customers on the same day. */
export interface StandingComparison {
  /** How many customers were compared. */
  customers: number;
  /** How many stand where, under each. */
  totals: Record<Standing, { from: number; to: number }>;
  /** The most severe first. */
  changes: StandingChange[];
}

/**
 * Who would stand differently under another policy, and why: each decides from the same standings before. Customers
 * that only one side knows are left out. Pure.
 */
export function compareStandingsUnder(
  from: PolicySide,
  to: PolicySide,
  prior: ReadonlyMap<CustomerId, PriorStanding>,
): StandingComparison {
  const before = decide(from, prior);
  const after = new Map(decide(to, prior).map((decision) => [decision.customerId, decision]));
  const names = new Map(from.facts.map(({ customer }) => [customer.id, customer.name]));
  const pairs = before.flatMap((decision) => {
    const other = after.get(decision.customerId);
    return other === undefined ? [] : [[decision, other] as const];
  });
  const totals = emptyTotals();
  for (const [a, b] of pairs) {
    totals[a.standing].from += 1;
    totals[b.standing].to += 1;
  }
  const changed = pairs.filter(([a, b]) => a.standing !== b.standing);
  const changes = changed.map(([a, b]) => changeOf(a, b, names.get(a.customerId) ?? a.customerId));
  return { customers: pairs.length, totals, changes: changes.sort(bySeverity) };
}

function decide(
  { policy, facts }: PolicySide,
  prior: ReadonlyMap<CustomerId, PriorStanding>,
): StandingDecision[] {
  return decideStandings(facts, evaluate(facts, policy), prior, policy);
}

function changeOf(a: StandingDecision, b: StandingDecision, customerName: string): StandingChange {
  return {
    customerId: a.customerId,
    customerName,
    from: a.standing,
    to: b.standing,
    isMilder: compareStandings(b.standing, a.standing) < 0,
    because: { from: a.reasons, to: b.reasons },
  };
}

const emptyTotals = (): StandingComparison['totals'] => ({
  clear: { from: 0, to: 0 },
  watch: { from: 0, to: 0 },
  'approve-first': { from: 0, to: 0 },
  prepay: { from: 0, to: 0 },
  hold: { from: 0, to: 0 },
  stop: { from: 0, to: 0 },
});

const bySeverity = (a: StandingChange, b: StandingChange): number =>
  compareStandings(b.to, a.to) ||
  compareStandings(b.from, a.from) ||
  (a.customerName < b.customerName ? -1 : 1);
