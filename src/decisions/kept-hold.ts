import { formatMoney, toMinor, type CustomerId } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import {
  compareStandings,
  worstStanding,
  type Policy,
  type PolicyForCustomer,
  type Standing,
} from '../policy/index.ts';
import {
  countOlder,
  lateBook,
  lateSumMinor,
  measurableLimit,
  overdue,
  policyOf,
  reachedThreshold,
  type OverdueTerms,
} from '../rules/index.ts';
import { isOfFigures, type Reason } from './reason.ts';
import type { PriorStanding } from './standing-record.ts';

export const isHeld = (standing: Standing): boolean => compareStandings(standing, 'hold') >= 0;

/**
 * The hold that a customer was on because of its own figures, or null: what was on hold only through its debtor or by
 * a person's word is released together with it. A hold that an override or a release covers is still there below it.
 */
export function heldByFigures(
  before: Pick<PriorStanding, 'standing' | 'reasons'> | undefined,
): Standing | null {
  if (before === undefined) return null;
  if (before.reasons.length === 0) return isHeld(before.standing) ? before.standing : null;
  const held = before.reasons.filter((reason) => isOfFigures(reason) && isHeld(reason.standing));
  return held.length === 0 ? null : worstStanding(held.map((reason) => reason.standing));
}

/** What the thresholds of release are looked up in. */
export interface HoldContext {
  factsOf: ReadonlyMap<CustomerId, CustomerFacts>;
  prior: ReadonlyMap<CustomerId, PriorStanding>;
  policy: Policy;
}

/**
 * Why a customer that was on hold stays so although no rule asks for it any more, or null: no flapping, and no
 * release by a dispute that nobody approved.
 */
export function whyKept(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  held: Standing,
  context: HoldContext,
): Reason | null {
  return unapprovedDispute(facts, policy) ?? belowThreshold(facts, policy, held, context);
}

function unapprovedDispute(facts: CustomerFacts, policy: PolicyForCustomer): Reason | null {
  const waiting = facts.disputes.filter(
    (dispute) => dispute.approvedBy === null && facts.asOf <= dispute.reviewBy,
  );
  if (waiting.length === 0) return null;
  const flag = overdue(facts, policy, 'approved')[0];
  if (flag === undefined || flag.severity === 'info' || !isHeld(flag.severity)) return null;
  const what = waiting
    .map(({ invoiceNumber, owner }) => `${invoiceNumber} (${owner} looks after it)`)
    .join(', ');
  const explanation =
    `${facts.customer.name} is on hold and disputes ${what}: a dispute lifts no hold until somebody approves it. ` +
    flag.explanation;
  return { rule: 'disputed', standing: flag.severity, explanation };
}

function belowThreshold(
  facts: CustomerFacts,
  policy: PolicyForCustomer,
  held: Standing,
  context: HoldContext,
): Reason | null {
  const explanation = useTooHigh(facts, policy, context) ?? lateTooMuch(facts, policy);
  return explanation === null ? null : { rule: 'release-threshold', standing: held, explanation };
}

function useTooHigh(facts: CustomerFacts, policy: PolicyForCustomer, context: HoldContext): string | null {
  const percent = policy.release.useAtMostPercent;
  const uses = [...ownUse(facts, policy, ''), ...groupUse(facts), ...heldBelow(facts, context)];
  const use = uses.find(({ exposureMinor, limitMinor }) => exposureMinor * 100 > limitMinor * percent);
  if (use === undefined) return null;
  const used = Math.floor((use.exposureMinor * 1000) / use.limitMinor) / 10;
  const who = use.name === '' ? 'uses' : `${use.name} uses`;
  return `${facts.customer.name} is on hold and ${who} ${used} % of its limit: the hold is released at ${percent} % or less.`;
}

function lateTooMuch(facts: CustomerFacts, policy: PolicyForCustomer): string | null {
  const terms = releaseTerms(policy, facts.baseCurrency);
  if (terms.length === 0) return null;
  const book = lateBook(facts, policy, 'approved');
  if (book === null) return null;
  for (const one of terms) {
    const { daysAtLeast, amountMinor } = one;
    const sumMinor = lateSumMinor(book, countOlder(book.items, facts, policy, daysAtLeast), facts);
    if (reachedThreshold(one, sumMinor, 0) === null) continue;
    const sum = formatMoney(sumMinor, facts.baseCurrency);
    const below = amountMinor === null ? '' : formatMoney(amountMinor, facts.baseCurrency);
    const what =
      amountMinor === null
        ? `${sum} is ${daysAtLeast} days or more overdue: the hold is released when nothing is`
        : `is overdue with ${sum}: the hold is released below ${below}`;
    return `${facts.customer.name} is on hold and ${what}.`;
  }
  return null;
}

/** What must not be overdue any more before a hold is released, as terms that would keep it. */
export function releaseTerms(policy: PolicyForCustomer, baseCurrency: string): OverdueTerms[] {
  const { overdueDaysBelow, overdueBelow } = policy.release;
  const common = {
    standing: 'hold' as const,
    toleranceMinor: toMinor(policy.overdue.tolerance, baseCurrency),
    sharePercent: null,
  };
  const terms: OverdueTerms[] = [];
  if (overdueDaysBelow !== undefined)
    terms.push({ ...common, daysAtLeast: overdueDaysBelow, amountMinor: null });
  if (overdueBelow !== undefined)
    terms.push({ ...common, daysAtLeast: 1, amountMinor: toMinor(overdueBelow, baseCurrency) });
  return terms;
}

/** The highest exposure at which a limit lets a hold go. */
export const releaseUse = (limitMinor: number, policy: PolicyForCustomer): number =>
  Math.floor((limitMinor * policy.release.useAtMostPercent) / 100);

/** Sub-customers that were on hold for their own limit raised their debtor, and release it only when they are released. */
function heldBelow(facts: CustomerFacts, { factsOf, prior, policy }: HoldContext): Use[] {
  return facts.descendants.flatMap((id) => {
    const below = factsOf.get(id);
    if (below === undefined || heldByFigures(prior.get(id)) === null) return [];
    return ownUse(below, policyOf(below, policy), below.customer.name);
  });
}

/** What is used of a limit. `name` is empty for the customer itself. */
interface Use {
  name: string;
  exposureMinor: number;
  limitMinor: number;
}

function ownUse(facts: CustomerFacts, policy: PolicyForCustomer, name: string): Use[] {
  const limitMinor = measurableLimit(facts, policy);
  if (limitMinor === null || facts.total.base === null) return [];
  return [{ name, exposureMinor: facts.total.base.exposureMinor, limitMinor }];
}

function groupUse({ group }: CustomerFacts): Use[] {
  if (group?.position.base == null || group.limitMinor === 0) return [];
  const { name, limitMinor } = group;
  return [{ name: `the group ${name}`, exposureMinor: group.position.base.exposureMinor, limitMinor }];
}
