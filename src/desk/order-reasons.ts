import { formatMoney, toMinor } from '../domain/index.ts';
import { cannotDecide } from '../rules/index.ts';
import { answerTo, cashOnlyMember, isAssessed, type Member } from './limit-checks.ts';
import type { Answer, AnswerCode, AnswerReason, LimitCheck } from './order-answer.ts';
import { exposureOf, type OrderInput } from './order-input.ts';

/** Everything that speaks for or against an order, in no order. Pure. */
export function orderReasons(input: OrderInput, limits: readonly LimitCheck[]): AnswerReason[] {
  return [
    ...undecidable(input),
    ...fromStanding(input),
    ...limits.flatMap((limit) => fromLimit(limit, input)),
    ...cashOnly(input),
    ...unassessed(input),
    ...archived(input),
  ];
}

const reason = (code: AnswerCode, answer: Answer, text: string, canBeReleased = false): AnswerReason => ({
  code,
  answer,
  text,
  canBeReleased,
});

/** What cannot be known is asked, never answered with yes; no release covers it. */
function undecidable({ path, order, orderInBase, freshness }: OrderInput): AnswerReason[] {
  const why = path.map(({ facts }) => cannotDecide(facts)).find((one) => one !== null);
  const unknown = why == null ? [] : [reason('cannot-decide', 'ask', `It cannot be decided: ${why}.`)];
  const rate = `No exchange rate recent enough is known for ${order.currency}, the currency of the order.`;
  return [
    ...unknown,
    ...(orderInBase === null ? [reason('order-rate-missing', 'ask', rate)] : []),
    ...(freshness.stale === null ? [] : [reason('stale', 'ask', `${freshness.stale}.`)]),
  ];
}

const OF_STANDING = {
  stop: 'on-stop',
  hold: 'on-hold',
  prepay: 'prepay',
  'approve-first': 'approve-first',
  watch: 'watch',
} as const;

function fromStanding(input: OrderInput): AnswerReason[] {
  const { standing, path } = input;
  if (standing.standing === 'clear') return [];
  const [{ facts }] = path;
  if (standing.standing === 'prepay' && isPrepaid(path.at(-1) ?? path[0], input))
    return [reason('prepay', 'yes', `${facts.customer.name} is on prepay. ${PREPAID}`)];
  const because = standing.reasons[0]?.explanation ?? '';
  const text = `${facts.customer.name} is on ${standing.standing} since ${standing.since}. ${because}`.trim();
  const code = OF_STANDING[standing.standing];
  return softened(reason(code, answerTo(standing.standing), text, !isBeyondRelease(path)), input);
}

const PREPAID = 'What it paid beforehand covers the order and everything that is open.';

/** After the order nothing is owed: money that came in beforehand lies against it. */
function isPrepaid({ facts }: Member, { orderInBase }: OrderInput): boolean {
  const before = exposureOf(facts);
  return before !== null && orderInBase !== null && before + orderInBase.baseMinor <= 0;
}

/** Nobody's release goes above a manual stop, a fraud or an insurer's word. */
const isBeyondRelease = (path: readonly Member[]): boolean =>
  path.some(({ facts }) =>
    facts.manualStandings.some(({ standing, cause }) => standing === 'stop' || cause !== 'person'),
  );

/** Where people decided that no hold is placed, the desk does not place one either: it asks. Manual ones stand. */
function softened(found: AnswerReason, { path, excluded, holdTakenAway }: OrderInput): AnswerReason[] {
  const isManual = path.some(({ facts }) =>
    facts.manualStandings.some(({ standing }) => answerTo(standing) === 'no'),
  );
  if (found.answer !== 'no' || isManual) return [found];
  if (excluded !== null) {
    const text = `It is on the exclusion list, so no hold is placed: ${excluded}.`;
    return [{ ...found, answer: 'ask' }, reason('excluded', 'ask', text, true)];
  }
  if (!holdTakenAway) return [found];
  const text = 'A person took its hold away on the platform, and that wins over the rules.';
  return [{ ...found, answer: 'ask' }, reason('hold-taken-away', 'ask', text, true)];
}

function fromLimit(limit: LimitCheck, { path }: OrderInput): AnswerReason[] {
  if (limit.standing === 'clear' && limit.answer === 'yes') return [];
  const isOver = limit.afterMinor > limit.limitMinor;
  const name = isOver ? ('over-limit' as const) : ('near-limit' as const);
  const code = limit.of === 'group' ? (`group-${name}` as const) : name;
  return [reason(code, limit.answer, limitText(limit, path[0].facts.baseCurrency), true)];
}

function limitText(limit: LimitCheck, currency: string): string {
  const { afterMinor, limitMinor, standing, isDefault } = limit;
  const who = {
    group: `the group ${limit.name}`,
    own: limit.name,
    parent: `${limit.name}, which answers for it,`,
  };
  const money = (minor: number): string => formatMoney(minor, currency);
  const use = limitMinor === 0 ? '' : ` (${useText(afterMinor, limitMinor)})`;
  const rule = standing === 'clear' ? '' : `; the policy says ${standing} there`;
  const kind = isDefault ? 'the default limit for customers that nobody assessed' : 'the limit';
  return `With the order ${who[limit.of]} would owe ${money(afterMinor)}, ${kind} is ${money(limitMinor)}${use}${rule}.`;
}

/** Rounded down, so that 100 % is never said of less. */
const useText = (minor: number, limitMinor: number): string =>
  `${Math.floor((minor * 1000) / limitMinor) / 10} %`;

/** Limit 0: whatever is not paid for beforehand is one item too many. */
function cashOnly(input: OrderInput): AnswerReason[] {
  const member = cashOnlyMember(input.path);
  if (member === null) return [];
  const { name } = member.facts.customer;
  if (isPrepaid(member, input)) return [reason('cash-only', 'yes', `${name} is cash only. ${PREPAID}`)];
  const rule = member.policy.rules.find((one) => one.rule === 'cash-only');
  const answer = rule !== undefined && answerTo(rule.standing) === 'no' ? 'no' : 'ask';
  return [reason('cash-only', answer, `${name} is cash only (limit 0): orders are prepaid in full.`, true)];
}

/** Nobody ever assessed the debtor: up to the policy's amount it is served, from there on somebody looks at it. */
function unassessed({ path, orderInBase }: OrderInput): AnswerReason[] {
  const debtor = path.at(-1) ?? path[0];
  const before = exposureOf(debtor.facts);
  if (isAssessed(path) || before === null || orderInBase === null) return [];
  const { name } = debtor.facts.customer;
  const rule = debtor.policy.rules.find((one) => one.rule === 'unassessed');
  if (rule?.rule !== 'unassessed') {
    const text = `Nobody gave ${name} a credit limit, and the policy has none for such customers.`;
    return [reason('unassessed', 'ask', text, true)];
  }
  const currency = debtor.facts.baseCurrency;
  const threshold = toMinor(rule.openAtLeast, currency);
  const after = before + orderInBase.baseMinor;
  if (after < threshold) return [];
  const answer = answerTo(rule.standing) === 'no' ? 'no' : 'ask';
  const text =
    `Nobody gave ${name} a credit limit; with the order it would owe ${formatMoney(after, currency)}, ` +
    `and from ${formatMoney(threshold, currency)} on somebody should set one.`;
  return [reason('unassessed', answer, text, true)];
}

function archived({ path }: OrderInput): AnswerReason[] {
  const { customer } = path[0].facts;
  if (customer.status === 'active') return [];
  return [reason('archived', 'ask', `${customer.name} is ${customer.status} on the platform.`)];
}
