import { compareStandings, useThreshold } from '../policy/index.ts';
import type { PolicyForCustomer, Standing, UseRule } from '../policy/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import { effectiveLimit } from '../rules/index.ts';
import type { Answer, LimitCheck } from './order-answer.ts';

/** A customer that the order counts for, with the policy as it is for it: the customer itself or a parent. */
export interface Member {
  facts: CustomerFacts;
  policy: PolicyForCustomer;
}

/** A limit before anything is held against it. */
type Limit = Pick<LimitCheck, 'of' | 'name' | 'limitMinor' | 'isDefault' | 'beforeMinor'>;

/**
 * Holds an order against every limit that it counts against: groups first, then the customer's own limit, then those
 * of its parents. `path` leads from the customer to its debtor. Limits of 0 and exposures without a rate are left out.
 */
export function checkLimits(path: readonly Member[], orderMinor: number): LimitCheck[] {
  const groups = new Map<string, { limit: Limit; policy: PolicyForCustomer }>();
  for (const { facts, policy } of path) {
    const limit = groupLimit(facts);
    if (limit !== null && !groups.has(limit.name)) groups.set(limit.name, { limit, policy });
  }
  const own = path.flatMap((member, index) => {
    const limit = ownLimit(member, index === 0 ? 'own' : 'parent');
    return limit === null ? [] : [{ limit, policy: member.policy }];
  });
  return [...groups.values(), ...own].map(({ limit, policy }) => checkLimit(limit, policy, orderMinor));
}

/** Whether anybody on the path, or a group of theirs, has a limit: given by somebody, or by the policy. */
export const isAssessed = (path: readonly Member[]): boolean =>
  path.some(({ facts, policy }) => facts.group !== null || effectiveLimit(facts, policy) !== null);

/** Who of the path may owe nothing (limit 0, its own or by default): the debtor before the customer. */
export const cashOnlyMember = (path: readonly Member[]): Member | null =>
  path.findLast(({ facts, policy }) => {
    const limit = effectiveLimit(facts, policy);
    return limit?.kind === 'amount' && limit.limitMinor === 0;
  }) ?? null;

function groupLimit({ group }: CustomerFacts): Limit | null {
  if (group?.position.base == null) return null;
  const { name, limitMinor, position } = group;
  return { of: 'group', name, limitMinor, isDefault: false, beforeMinor: position.base?.exposureMinor ?? 0 };
}

function ownLimit({ facts, policy }: Member, of: 'own' | 'parent'): Limit | null {
  const limit = effectiveLimit(facts, policy);
  if (limit?.kind !== 'amount' || limit.limitMinor === 0 || facts.total.base === null) return null;
  const { limitMinor, isDefault } = limit;
  const { exposureMinor: beforeMinor } = facts.total.base;
  return { of, name: facts.customer.name, limitMinor, isDefault, beforeMinor };
}

function checkLimit(limit: Limit, policy: PolicyForCustomer, orderMinor: number): LimitCheck {
  const { limitMinor, beforeMinor } = limit;
  const afterMinor = beforeMinor + orderMinor;
  const rules = policy.rules.filter(isUseRule);
  const met = rules.filter((rule) => afterMinor > quietUpTo(rule, limitMinor));
  const standing = cap(worst(met), policy);
  const isPassed = afterMinor > limitMinor && asksBeyondLimit(policy);
  const answer = answerTo(standing);
  return {
    ...limit,
    afterMinor,
    headroomMinor: limitMinor - beforeMinor,
    standing,
    answer: answer === 'yes' && isPassed ? 'ask' : answer,
    yesUpToMinor: yesUpTo(rules, limitMinor, policy),
  };
}

/** The highest exposure at which nothing but a yes comes of this limit. */
function yesUpTo(rules: UseRule[], limitMinor: number, policy: PolicyForCustomer): number | null {
  const bounds = rules
    .filter((rule) => answerTo(cap(rule.standing, policy)) !== 'yes')
    .map((rule) => quietUpTo(rule, limitMinor));
  if (asksBeyondLimit(policy)) bounds.push(limitMinor);
  return bounds.length === 0 ? null : Math.min(...bounds);
}

/** The highest whole exposure at which a rule does not speak yet. */
function quietUpTo(rule: UseRule, limitMinor: number): number {
  const exact = (limitMinor * useThreshold(rule)) / 100;
  return rule.useAtLeastPercent === undefined ? Math.floor(exact) : Math.ceil(exact) - 1;
}

/** Beyond its limit nobody is served without a question, unless the policy itself says of this customer: at most watch. */
const asksBeyondLimit = ({ override }: PolicyForCustomer): boolean =>
  override?.set.atMost === undefined || answerTo(override.set.atMost) !== 'yes';

/** An override's "at most": no rule makes the standing more severe. */
function cap(standing: Standing, { override }: PolicyForCustomer): Standing {
  const atMost = override?.set.atMost;
  return atMost !== undefined && compareStandings(standing, atMost) > 0 ? atMost : standing;
}

const worst = (rules: UseRule[]): Standing =>
  rules.reduce<Standing>(
    (most, { standing }) => (compareStandings(standing, most) > 0 ? standing : most),
    'clear',
  );

/** What the desk answers a customer of this standing. */
export function answerTo(standing: Standing): Answer {
  if (standing === 'hold' || standing === 'stop') return 'no';
  return standing === 'prepay' || standing === 'approve-first' ? 'ask' : 'yes';
}

const isUseRule = (rule: PolicyForCustomer['rules'][number]): rule is UseRule =>
  rule.rule === 'near-limit' || rule.rule === 'over-limit';
