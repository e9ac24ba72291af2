import { formatMoney } from '../domain/index.ts';
import type { Conversion } from '../facts/index.ts';
import { answerTo } from './limit-checks.ts';
import type { Answer, OrderAnswer } from './order-answer.ts';

const OPENING: Readonly<Record<Answer, string>> = { yes: 'Yes.', ask: 'Ask first.', no: 'No.' };

/** The answer as one paragraph: what the order does to the exposure, why, and what would help. Pure. */
export function explainOrder(answer: Omit<OrderAnswer, 'why'>): string {
  const deciding = answer.reasons.filter(
    (reason) => reason.answer === answer.answer || reason.code.startsWith('release'),
  );
  const sentences = [
    OPENING[answer.answer],
    ...exposureSentence(answer),
    ...deciding.map((reason) => reason.text),
    ...helpSentences(answer),
    ...ageSentence(answer),
  ];
  return sentences.join(' ');
}

function exposureSentence(answer: Omit<OrderAnswer, 'why'>): string[] {
  const { customerName, order, orderInBase, baseCurrency, exposureBeforeMinor, exposureAfterMinor } = answer;
  const { limits } = answer;
  if (exposureBeforeMinor === null || exposureAfterMinor === null) return [];
  const money = (minor: number): string => formatMoney(minor, baseCurrency);
  const rate = orderInBase === null ? '' : rateText(orderInBase);
  const closest = limits.toSorted((a, b) => a.headroomMinor - b.headroomMinor)[0];
  const room =
    closest === undefined || closest.headroomMinor < 0
      ? ''
      : ` (${closest.of === 'group' ? `the group ${closest.name}` : closest.name} has ${money(closest.headroomMinor)} left of ${money(closest.limitMinor)})`;
  return [
    `An order of ${formatMoney(order.amountMinor, order.currency)}${rate} takes what ${customerName} owes from ` +
      `${money(exposureBeforeMinor)} to ${money(exposureAfterMinor)}${room}.`,
  ];
}

function rateText({ source, rate, date }: Conversion): string {
  return source === 'base' ? '' : ` at ${Number(Number(rate).toPrecision(6))} (${source} rate of ${date})`;
}

function helpSentences(answer: Omit<OrderAnswer, 'why'>): string[] {
  if (answer.answer === 'yes') return [];
  const { yesUpToMinor, baseCurrency, conditions } = answer;
  const prepaid = conditions.length === 1 && conditions[0] === 'prepaid-in-full';
  const { clearing } = answer.standing;
  return [
    ...(clearing === null || answerTo(answer.standing.standing) === 'yes' ? [] : [clearing.sentence]),
    ...(prepaid ? ['Yes when it is prepaid in full.'] : []),
    ...(yesUpToMinor !== null && yesUpToMinor > 0
      ? [`An order of up to ${formatMoney(yesUpToMinor, baseCurrency)} is answered with yes.`]
      : []),
  ];
}

function ageSentence({ freshness, answer, reasons }: Omit<OrderAnswer, 'why'>): string[] {
  if (freshness.newerRun === null || (answer === 'ask' && reasons.some(({ code }) => code === 'stale')))
    return [];
  const what = freshness.newerRun === 'open' ? 'A sync is under way' : 'The newest sync failed';
  return [`${what}; the figures are of run ${freshness.run}.`];
}
