import type { CustomerId, Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
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
  const factsOf = new Map(facts.map((one) => [one.customer.id, one]));
  const context: Context = { byCustomer, factsOf, prior, policy };
  const first = new Map(facts.map((one) => [one.customer.id, { facts: one, ...decideOne(one, context) }]));
  return facts.map((one) => {
    const decided = first.get(one.customer.id) ?? { standing: 'clear' as Standing, reasons: [] };
    const debtor = first.get(one.debtorId);
    return record(one, inherit(one, decided, debtor), prior.get(one.customer.id));
  });
}

interface Context {
  byCustomer: Map<CustomerId, Flag[]>;
  factsOf: Map<CustomerId, CustomerFacts>;
  prior: ReadonlyMap<CustomerId, StandingRecord>;
  policy: Policy;
}

interface Decided {
  standing: Standing;
  reasons: Reason[];
}

function decideOne(facts: CustomerFacts, context: Context): Decided {
  const { byCustomer, prior } = context;
  const before = prior.get(facts.customer.id);
  if (cannotDecide(facts) !== null)
    return { standing: before?.standing ?? 'clear', reasons: before?.reasons ?? [] };
  const own = byCustomer.get(facts.customer.id) ?? [];
  const below = facts.descendants.flatMap((id) => byCustomer.get(id) ?? []);
  const raised = below.filter((flag) => RAISED_TO_DEBTOR.includes(flag.rule));
  const reasons = [...own, ...raised].flatMap(reasonOf).sort(bySeverity);
  const standing = worstStanding(reasons.map((reason) => reason.standing));
  return keepHold(facts, { standing, reasons }, before, context);
}

/** No flapping: what was on hold stays so until every use that counts is at or below the release threshold. */
function keepHold(
  facts: CustomerFacts,
  decided: Decided,
  before: StandingRecord | undefined,
  context: Context,
): Decided {
  if (before === undefined || !wasHeld(before) || isHeld(decided.standing)) return decided;
  const percent = context.policy.release.useAtMostPercent;
  const uses = [...ownUse(facts, ''), ...groupUse(facts), ...heldBelow(facts, context)];
  const use = uses.find(({ exposureMinor, limitMinor }) => exposureMinor * 100 > limitMinor * percent);
  if (use === undefined) return decided;
  const used = Math.floor((use.exposureMinor * 1000) / use.limitMinor) / 10;
  const who = use.name === '' ? 'uses' : `${use.name} uses`;
  const explanation = `${facts.customer.name} is on hold and ${who} ${used} % of its limit: the hold is released at ${percent} % or less.`;
  const reason: Reason = { rule: 'release-threshold', standing: before.standing, explanation };
  return { standing: before.standing, reasons: [reason, ...decided.reasons] };
}

/** A sub-customer that was on hold for its own limit raised its debtor, and releases it only when it is released. */
function heldBelow(facts: CustomerFacts, { factsOf, prior }: Context): Use[] {
  return facts.descendants.flatMap((id) => {
    const [below, record] = [factsOf.get(id), prior.get(id)];
    if (below === undefined || record === undefined || !wasHeld(record)) return [];
    return ownUse(below, below.customer.name);
  });
}

const isHeld = (standing: Standing): boolean => compareStandings(standing, 'hold') >= 0;

/** On hold by itself: what was on hold only through its debtor is released together with it. */
function wasHeld(before: StandingRecord): boolean {
  const own = before.reasons.filter((reason) => reason.rule !== 'parent');
  const isInherited = own.length < before.reasons.length && !own.some((reason) => isHeld(reason.standing));
  return isHeld(before.standing) && !isInherited;
}

/** What is used of a limit. `name` is empty for the customer itself. */
interface Use {
  name: string;
  exposureMinor: number;
  limitMinor: number;
}

function ownUse({ limit, total }: CustomerFacts, name: string): Use[] {
  if (limit?.kind !== 'amount' || limit.limitMinor === 0 || total.base === null) return [];
  return [{ name, exposureMinor: total.base.exposureMinor, limitMinor: limit.limitMinor }];
}

function groupUse({ group }: CustomerFacts): Use[] {
  if (group?.position.base == null || group.limitMinor === 0) return [];
  const { name, limitMinor } = group;
  return [{ name: `the group ${name}`, exposureMinor: group.position.base.exposureMinor, limitMinor }];
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
