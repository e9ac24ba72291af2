import type { Backtest, PolicyReplay } from './backtest.ts';
import { count, percentOf, readableDay, roundMoney } from './report-figures.ts';

/** Sentences about one policy's period, the most important first. Plain text. */
export function summaryOf({ totals }: PolicyReplay, backtest: Backtest): string[] {
  const money = (minor: number): string => roundMoney(minor, backtest.baseCurrency);
  if (totals.holds === 0) return ['It would have held nobody.', remindersText(totals.reminders, backtest)];
  const { needless, justified } = totals.verdicts;
  const sure = needless + justified;
  return [
    `It would have held ${count(totals.customers, 'customer')}, in ${count(totals.holds, 'hold')}: on the middle day ` +
      `${count(totals.heldCustomersMedian, 'customer')}, at most ${totals.heldCustomersMax} at once. ` +
      `Their exposure when the holds began was ${money(totals.exposureAtHoldMinor)} in all.`,
    totals.avoidedMinor === 0
      ? 'Nothing that was sold during these holds is unpaid and past due today: no loss was in sight that they would have kept back.'
      : `It would have kept back ${money(totals.avoidedMinor)} that was invoiced while the customers would have been on hold ` +
        `and is past due and unpaid today, in ${count(totals.catches, 'hold')}.`,
    needless === 0
      ? 'No customer that paid as it should would have been held.'
      : `${count(needless, 'hold')} of the ${sure} that can be judged (${percentOf(needless, sure)}) would have met a good customer, ` +
        `with ${money(totals.needlessExposureMinor)} of exposure: everything was settled soon after anyway.`,
    `Of what was open when the holds began, ${money(totals.open.paidOnTimeMinor)} was paid on time, ` +
      `${money(totals.open.paidLateMinor)} late, ${money(totals.open.creditedMinor)} was credited, and ` +
      `${money(totals.open.unpaidMinor)} is past due and unpaid today.`,
    remindersText(totals.reminders, backtest),
  ];
}

function remindersText(
  { total, customers }: PolicyReplay['totals']['reminders'],
  { days }: Backtest,
): string {
  if (total === 0) return 'No reminder would have been sent.';
  const weeks = Math.max(1, Math.round(days / 7));
  return `${count(total, 'reminder')} to ${count(customers, 'customer')} would have been sent, about ${Math.round(total / weeks)} a week.`;
}

/** Who would have been held by one policy and not by the other. Ids of customers. */
export interface HeldByOne {
  both: number;
  onlyFirst: string[];
  onlySecond: string[];
}

/** Compares whom two policies would have held at any time; null without two. */
export function compareHeld([first, second]: PolicyReplay[]): HeldByOne | null {
  if (first === undefined || second === undefined) return null;
  const names = (replay: PolicyReplay): Map<string, string> =>
    new Map(replay.holds.map((hold) => [hold.customerId, hold.name]));
  const [a, b] = [names(first), names(second)];
  const only = (mine: Map<string, string>, other: Map<string, string>): string[] =>
    [...mine.keys()].filter((id) => !other.has(id)).sort();
  const onlyFirst = only(a, b);
  return { both: a.size - onlyFirst.length, onlyFirst, onlySecond: only(b, a) };
}

/** What a backtest cannot know, in sentences. `limits`: which limits the days were judged by. */
export function caveatsOf(backtest: Backtest, limits: 'then' | 'today'): string[] {
  const { days, reconstructedDays, good, knownUntil, from } = backtest;
  const share = percentOf(reconstructedDays, days);
  return [
    reconstructedDays === 0
      ? 'Every day is judged by what the mirror held at its end.'
      : `${count(reconstructedDays, 'day')} of ${days} (${share}) lie before the first sync and are rebuilt from the dates of ` +
        'invoices, payments and credits as they are known now: what was voided or deleted since, or changed without leaving a ' +
        'date, is not seen, and customers, their families and quarantine are those of today.',
    limits === 'today'
      ? 'All days are judged by the limits of today.'
      : 'Limits are those that were known on each day; before a customer’s first one was noted, that first one counts. Limits ' +
        'were only set once somebody knew the customer, so for days before the first sync they know more than anybody did.',
    `Nobody counts as held before ${readableDay(from)}: holds that would have begun earlier show as beginning on the first day, ` +
      'and each reminder ladder begins anew in the period.',
    'A hold counts from the day on which the policy asks for it. Approval by people, freshness, blast radius and a person’s own ' +
      'change on the platform are not played; the exclusion list is that of today.',
    'A reminder counts as sent on the day that it falls due. Dispatch windows, holidays and addresses in common are not played.',
    'What happened afterwards is what really happened. A customer that had been held might have paid sooner, bought elsewhere, ' +
      'or not been sold to: sums kept back are an upper bound of what a hold would have saved.',
    `“Good” means: everything open on the first day of the hold was settled in full, at the latest ${count(good.withinDays, 'day')} ` +
      `after that day or after its own due day, whichever is later, none of it more than ${count(good.lateDays, 'day')} late, and ` +
      `nothing invoiced during the hold stayed unpaid for more than ${count(good.withinDays, 'day')} beyond its due day. What is not over by ${readableDay(knownUntil)}, the day of the last sync, is “too early to say”.`,
    'Amounts in foreign currency are converted at the rate of the day on which the hold began.',
  ];
}
