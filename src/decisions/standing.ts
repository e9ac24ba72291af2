import type { CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import { compareStandings, type Policy } from '../policy/index.ts';
import { cannotDecide, policyOf, type Flag, type RuleName } from '../rules/index.ts';
import { findClearing, NOTHING_TO_CLEAR } from './clearing.ts';
import { heldByFigures, isHeld, whyKept } from './kept-hold.ts';
import { applyManual, applyOverride, applyRelease, CLEAR, inherit, type Decided } from './overrule.ts';
import { bySeverity, isByPeople, reasonOf, type Reason } from './reason.ts';
import type { PriorStanding, StandingDecision } from './standing-record.ts';

/** Rules of a sub-customer that its legal debtor answers for as well; overdue is already in the parent's total. */
const RAISED_TO_DEBTOR: readonly RuleName[] = ['over-limit', 'cash-only'];

/**
 * The standing of every customer: the most severe that any flag asks for, within what the policy's override allows. A
 * hold stays until the release thresholds are reached or a person releases it; a person's own word goes above all; a
 * customer that cannot be decided keeps its standing; a sub-customer stands no better than its debtor. Pure; the same
 * standing twice is no change. Without `withClearing` nobody is told which payment would clear it: looking for that
 * takes most of the time.
 */
export function decideStandings(
  facts: CustomerFacts[],
  flags: Flag[],
  prior: ReadonlyMap<CustomerId, PriorStanding>,
  policy: Policy,
  withClearing = true,
): StandingDecision[] {
  const byCustomer = Map.groupBy(flags, (flag) => flag.customerId);
  const factsOf = new Map(facts.map((one) => [one.customer.id, one]));
  const first = new Map<CustomerId, Decided>();
  const context: Context = { byCustomer, factsOf, prior, policy, first, withClearing };
  for (const one of facts) first.set(one.customer.id, decideOne(one, context));
  return facts.map((one) => {
    const own = first.get(one.customer.id) ?? CLEAR;
    const debtor = one.debtorId === one.customer.id ? undefined : factsOf.get(one.debtorId);
    const decided =
      debtor === undefined ? own : inherit(own, debtor.customer.name, first.get(one.debtorId) ?? CLEAR);
    return record(one, decided, context);
  });
}

interface Context {
  byCustomer: ReadonlyMap<CustomerId, Flag[]>;
  factsOf: ReadonlyMap<CustomerId, CustomerFacts>;
  prior: ReadonlyMap<CustomerId, PriorStanding>;
  policy: Policy;
  /** What was decided of each customer by itself, debtors left aside. */
  first: ReadonlyMap<CustomerId, Decided>;
  withClearing: boolean;
}

function decideOne(facts: CustomerFacts, context: Context): Decided {
  const before = context.prior.get(facts.customer.id);
  if (cannotDecide(facts) !== null) return applyManual(asBefore(before), facts);
  if (before === undefined && isPlain(facts, context)) return CLEAR;
  const policy = policyOf(facts, context.policy);
  const asked = askedFor(facts, context);
  const held = isHeld(asked.standing) ? null : heldByFigures(before);
  const kept = held === null ? null : whyKept(facts, policy, held, context);
  const byRules = kept === null ? asked : { standing: kept.standing, reasons: [kept, ...asked.reasons] };
  return applyManual(applyRelease(applyOverride(byRules, facts, policy), facts), facts);
}

/** Most customers: nothing is flagged, nobody said anything, the policy makes no exceptions. */
function isPlain(facts: CustomerFacts, { byCustomer, policy }: Context): boolean {
  return (
    facts.manualStandings.length === 0 &&
    policy.overrides.length === 0 &&
    !byCustomer.has(facts.customer.id) &&
    facts.descendants.length === 0
  );
}

/** What the customer stood at by itself; what people said, and its debtor, are looked at anew. */
function asBefore(before: PriorStanding | undefined): Decided {
  if (before === undefined) return CLEAR;
  const own = before.reasons.filter((reason) => !isByPeople(reason) && reason.rule !== 'parent');
  if (own.length === before.reasons.length) return { standing: before.standing, reasons: before.reasons };
  return { standing: own[0]?.standing ?? 'clear', reasons: own };
}

function askedFor(facts: CustomerFacts, context: Context): Decided {
  const own = context.byCustomer.get(facts.customer.id) ?? [];
  const reasons = [...own.flatMap(reasonOf), ...facts.descendants.flatMap((id) => raisedBy(id, context))];
  if (reasons.length === 0) return CLEAR;
  reasons.sort(bySeverity);
  return { standing: reasons[0]?.standing ?? 'clear', reasons };
}

/** What a sub-customer asks of its debtor: no more than the policy's override allows for itself. */
function raisedBy(id: CustomerId, { byCustomer, factsOf, policy }: Context): Reason[] {
  const raised = (byCustomer.get(id) ?? []).filter((flag) => RAISED_TO_DEBTOR.includes(flag.rule));
  const facts = factsOf.get(id);
  if (raised.length === 0 || facts === undefined) return [];
  const atMost = policyOf(facts, policy).override?.set.atMost;
  const reasons = raised.flatMap(reasonOf);
  if (atMost === undefined) return reasons;
  if (atMost === 'clear') return [];
  return reasons.map((reason) => {
    return compareStandings(reason.standing, atMost) > 0 ? { ...reason, standing: atMost } : reason;
  });
}

function record(facts: CustomerFacts, decided: Decided, context: Context): StandingDecision {
  const before = context.prior.get(facts.customer.id);
  const from = before?.standing ?? 'clear';
  const changed = from !== decided.standing;
  const since = changed || before === undefined ? facts.asOf : before.since;
  const isClear = decided.standing === 'clear' || !context.withClearing;
  const clears = isClear ? NOTHING_TO_CLEAR : findClearing(facts, decided, context);
  return { customerId: facts.customer.id, ...decided, since, ...clears, from, changed };
}
