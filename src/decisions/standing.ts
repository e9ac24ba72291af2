import type { CustomerId, Day } from '../domain/index.ts';
import { useRatio, type CustomerFacts } from '../facts/index.ts';
import { compareStandings, worstStanding, type Policy, type Standing } from '../policy/index.ts';
import { cannotDecide, type Flag, type RuleName } from '../rules/index.ts';

/** Why a standing is what it is: the rule that asks for it, and its paragraph. */
export interface Reason {
  rule: RuleName | 'release-threshold' | 'parent';
  standing: Standing;
  explanation: string;
}

export interface StandingRecord {
  customerId: CustomerId;
  standing: Standing;
  /** The day on which it came to be what it is. */
  since: Day;
  reasons: Reason[];
}

/** A customer's standing today, beside what it was. */
export interface StandingDecision extends StandingRecord {
  from: Standing;
  changed: boolean;
}

/** Rules of a sub-customer that its legal debtor answers for as well; overdue is already in the parent's total. */
const RAISED_TO_DEBTOR: readonly RuleName[] = ['over-limit', 'cash-only'];

/**
 * The standing of every customer: the most severe that any flag asks for. A hold stays until the release threshold
 * is reached; a customer that cannot be decided keeps its standing; a sub-customer stands no better than its
 * debtor. Pure; the same standing twice is no change.
 */
export function decideStandings(
  facts: CustomerFacts[],
  flags: Flag[],
  prior: ReadonlyMap<CustomerId, StandingRecord>,
  policy: Policy,
): StandingDecision[] {
  const byCustomer = Map.groupBy(flags, (flag) => flag.customerId);
  const context: Context = { byCustomer, prior, policy };
  const first = new Map(facts.map((one) => [one.customer.id, { facts: one, ...decideOne(one, context) }]));
  return facts.map((one) => {
    const decided = first.get(one.customer.id) ?? { standing: 'clear' as Standing, reasons: [] };
    const debtor = first.get(one.debtorId);
    return record(one, inherit(one, decided, debtor), prior.get(one.customer.id));
  });
}

interface Context {
  byCustomer: Map<CustomerId, Flag[]>;
  prior: ReadonlyMap<CustomerId, StandingRecord>;
  policy: Policy;
}

interface Decided {
  standing: Standing;
  reasons: Reason[];
}

function decideOne(facts: CustomerFacts, { byCustomer, prior, policy }: Context): Decided {
  const before = prior.get(facts.customer.id);
  if (cannotDecide(facts) !== null)
    return { standing: before?.standing ?? 'clear', reasons: before?.reasons ?? [] };
  const own = byCustomer.get(facts.customer.id) ?? [];
  const below = facts.descendants.flatMap((id) => byCustomer.get(id) ?? []);
  const raised = below.filter((flag) => RAISED_TO_DEBTOR.includes(flag.rule));
  const reasons = [...own, ...raised].flatMap(reasonOf).sort(bySeverity);
  const standing = worstStanding(reasons.map((reason) => reason.standing));
  return keepHold(facts, { standing, reasons }, before, policy);
}

/** No flapping: what was on hold stays so until its use is at or below the release threshold. */
function keepHold(
  facts: CustomerFacts,
  decided: Decided,
  before: StandingRecord | undefined,
  policy: Policy,
): Decided {
  const wasHeld = before !== undefined && compareStandings(before.standing, 'hold') >= 0;
  if (!wasHeld || compareStandings(decided.standing, 'hold') >= 0) return decided;
  const limit = policy.release.useAtMostPercent;
  const highest = Math.max(useRatio(facts) ?? 0, groupUse(facts));
  if (highest * 100 <= limit) return decided;
  const percent = Math.floor(highest * 1000) / 10;
  const explanation = `${facts.customer.name} is on hold and uses ${percent} % of its limit: the hold is released at ${limit} % or less.`;
  const reason: Reason = { rule: 'release-threshold', standing: before.standing, explanation };
  return { standing: before.standing, reasons: [reason, ...decided.reasons] };
}

function groupUse(facts: CustomerFacts): number {
  if (facts.group?.position.base == null || facts.group.limitMinor === 0) return 0;
  return facts.group.position.base.exposureMinor / facts.group.limitMinor;
}

function inherit(
  facts: CustomerFacts,
  own: Decided,
  debtor: (Decided & { facts: CustomerFacts }) | undefined,
): Decided {
  if (debtor === undefined || facts.debtorId === facts.customer.id) return own;
  if (compareStandings(debtor.standing, own.standing) <= 0) return own;
  const explanation = `Its legal debtor ${debtor.facts.customer.name} is on ${debtor.standing}.`;
  return {
    standing: debtor.standing,
    reasons: [{ rule: 'parent', standing: debtor.standing, explanation }, ...own.reasons],
  };
}

function record(
  facts: CustomerFacts,
  decided: Decided,
  before: StandingRecord | undefined,
): StandingDecision {
  const from = before?.standing ?? 'clear';
  const changed = from !== decided.standing;
  const since = changed || before === undefined ? facts.asOf : before.since;
  return { customerId: facts.customer.id, ...decided, since, from, changed };
}

function reasonOf(flag: Flag): Reason[] {
  if (flag.severity === 'info') return [];
  return [{ rule: flag.rule, standing: flag.severity, explanation: flag.explanation }];
}

const bySeverity = (a: Reason, b: Reason): number => compareStandings(b.standing, a.standing);
