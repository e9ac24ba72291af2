import { HoldfastError } from '../domain/index.ts';
import { checkLimits } from './limit-checks.ts';
import { explainOrder } from './explain-order.ts';
import { largestYes } from './largest-yes.ts';
import type { Answer, AnswerReason, Condition, OrderAnswer } from './order-answer.ts';
import { exposureOf, type OrderInput } from './order-input.ts';
import { orderReasons } from './order-reasons.ts';
import { releaseForOrder, type ReleaseForOrder } from './release-for-order.ts';

/**
 * Whether a customer may be given an order on account: the worst of all reasons decides, unless a person's release
 * covers those that it may cover. A larger order is never answered better. Pure. Throws ORDER_AMOUNT for an amount
 * that is not above 0.
 */
export function decideOrder(input: OrderInput): OrderAnswer {
  const { path, order, orderInBase, standing, freshness } = input;
  if (!Number.isSafeInteger(order.amountMinor) || order.amountMinor <= 0) throw badAmount();
  const limits = orderInBase === null ? [] : checkLimits(path, orderInBase.baseMinor);
  const all = orderReasons(input, limits);
  const release = releaseForOrder(input);
  const reasons = withRelease(all, release, orderInBase?.baseMinor ?? null).sort(byAnswer);
  const isReleased = reasons.some(({ code }) => code === 'released');
  const [{ facts, policy }] = path;
  const debtor = path.at(-1) ?? path[0];
  const before = exposureOf(facts);
  const after = before === null || orderInBase === null ? null : before + orderInBase.baseMinor;
  const answer: Omit<OrderAnswer, 'why'> = {
    answer: reasons[0]?.answer ?? 'yes',
    reasons,
    conditions: conditionsOf(reasons),
    customerId: facts.customer.id,
    customerName: facts.customer.name,
    debtorId: debtor.facts.customer.id,
    debtorName: debtor.facts.customer.name,
    order,
    orderInBase,
    baseCurrency: facts.baseCurrency,
    exposureBeforeMinor: before,
    exposureAfterMinor: after,
    limits,
    yesUpToMinor: largestYes(input, limits, all, release),
    standing,
    release: isReleased ? (release?.release ?? null) : null,
    rates: facts.total.conversions,
    freshness,
    policyName: policy.name,
    policyHash: policy.hash,
  };
  return { ...answer, why: explainOrder(answer) };
}

/** Reasons that a release covers give way to it; one that does not reach far enough is said beside them. */
function withRelease(
  reasons: AnswerReason[],
  found: ReleaseForOrder | null,
  orderMinor: number | null,
): AnswerReason[] {
  const isInTheWay = ({ answer, canBeReleased }: AnswerReason): boolean => answer !== 'yes' && canBeReleased;
  if (found === null || orderMinor === null || !reasons.some(isInTheWay)) return [...reasons];
  const { by, reason, until } = found.release;
  if (orderMinor > found.upToMinor) {
    const text = `The release of ${by} until ${until} (${reason}) does not reach so far.`;
    return [...reasons, { code: 'release-exceeded', answer: 'yes', text, canBeReleased: false }];
  }
  const text = `${by} released it until ${until}: ${reason}.`;
  const released: AnswerReason = { code: 'released', answer: 'yes', text, canBeReleased: false };
  return [released, ...reasons.filter((one) => !isInTheWay(one))];
}

const RANK: Readonly<Record<Answer, number>> = { yes: 0, ask: 1, no: 2 };

/** The worst first; of equals the order in which they were found. */
const byAnswer = (a: AnswerReason, b: AnswerReason): number => RANK[b.answer] - RANK[a.answer];

const CONDITIONS: Readonly<Partial<Record<AnswerReason['code'], Condition>>> = {
  prepay: 'prepaid-in-full',
  'cash-only': 'prepaid-in-full',
  'cannot-decide': 'newer-figures',
  'order-rate-missing': 'newer-figures',
  stale: 'newer-figures',
};

/** What has to be met before an 'ask' becomes a yes; a 'no' has none. */
function conditionsOf(reasons: AnswerReason[]): Condition[] {
  if (reasons[0]?.answer !== 'ask') return [];
  const asking = reasons.filter(({ answer }) => answer === 'ask');
  return [...new Set(asking.map(({ code }) => CONDITIONS[code] ?? 'approval'))];
}

const badAmount = (): HoldfastError =>
  new HoldfastError('ORDER_AMOUNT', 'The amount of an order must be above 0.', {
    hint: 'Write it as 1200.00, in the currency of the order.',
  });
