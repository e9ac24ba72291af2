import { toMinor } from '../domain/index.ts';
import { answerTo, cashOnlyMember, isAssessed } from './limit-checks.ts';
import type { AnswerReason, LimitCheck } from './order-answer.ts';
import { exposureOf, type OrderInput } from './order-input.ts';
import type { ReleaseForOrder } from './release-for-order.ts';

/**
 * The largest order that would be answered with yes now, in minor units of the base currency; 0 = none, null = any.
 * `reasons` are those of some order: whatever its size was, what does not depend on it is in there. Pure.
 */
export function largestYes(
  input: OrderInput,
  limits: readonly LimitCheck[],
  reasons: readonly AnswerReason[],
  release: ReleaseForOrder | null,
): number | null {
  if (reasons.some(({ answer, canBeReleased, code }) => answer !== 'yes' && !canBeReleased && isFixed(code)))
    return 0;
  const bounds = [
    ...ofStanding(input),
    ...limits.flatMap((limit) =>
      limit.yesUpToMinor === null ? [] : [limit.yesUpToMinor - limit.beforeMinor],
    ),
    ...ofCashOnly(input),
    ...ofUnassessed(input),
  ];
  if (bounds.length === 0) return null;
  const isBeyondRelease = reasons.some(({ answer, canBeReleased }) => answer !== 'yes' && !canBeReleased);
  const released = isBeyondRelease ? 0 : (release?.upToMinor ?? 0);
  return Math.max(0, released, Math.min(...bounds));
}

/** Whether a reason stands whatever the size of the order. */
const isFixed = (code: AnswerReason['code']): boolean => code !== 'prepay' && code !== 'cash-only';

function ofStanding({ standing, path }: OrderInput): number[] {
  if (answerTo(standing.standing) === 'yes') return [];
  const debtor = path.at(-1) ?? path[0];
  return [standing.standing === 'prepay' ? -(exposureOf(debtor.facts) ?? 0) : 0];
}

function ofCashOnly({ path }: OrderInput): number[] {
  const member = cashOnlyMember(path);
  return member === null ? [] : [-(exposureOf(member.facts) ?? 0)];
}

function ofUnassessed({ path }: OrderInput): number[] {
  if (isAssessed(path)) return [];
  const { facts, policy } = path.at(-1) ?? path[0];
  const rule = policy.rules.find((one) => one.rule === 'unassessed');
  if (rule?.rule !== 'unassessed') return [0];
  return [toMinor(rule.openAtLeast, facts.baseCurrency) - 1 - (exposureOf(facts) ?? 0)];
}
