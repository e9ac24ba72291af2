import type { CaseFile } from '../cases/index.ts';
import type { Day } from '../domain/index.ts';
import type { LedgerCustomer } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { dayAfter } from './day-line.ts';

/** How many days after an invoice's due day (before it: negative) something may begin to be true of it; ascending. */
export interface Offsets {
  standings: readonly number[];
  reminders: readonly number[];
}

/**
 * Every age at which the policy looks at an invoice with other eyes, whatever segment or override a customer is in.
 * Between two of them, and without any other event, a judgement stays what it was.
 */
export function offsetsOf(policy: Policy): Offsets {
  const changes = [...policy.segments, ...policy.overrides].map(({ set }) => set);
  const graces = [policy.overdue.graceDays, ...changes.flatMap(({ graceDays }) => graceDays ?? [])];
  const releases = [policy.release, ...changes.flatMap(({ release }) => release ?? [])];
  const ages = [
    0,
    1,
    ...policy.rules.flatMap((rule) => (rule.rule === 'overdue' ? [rule.daysAtLeast] : [])),
    ...releases.flatMap(({ overdueDaysBelow: days }) => (days === undefined ? [] : [days, days + 1])),
  ];
  const begins = graces.map((grace) => grace + 1);
  return {
    standings: ascending([0, 1, ...graces.flatMap((grace) => ages.map((age) => grace + age))]),
    reminders: ascending([0, 1, ...begins, ...policy.reminders.steps]),
  };
}

const ascending = (numbers: number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);

/** The days on which the policy itself, or what people wrote down, changes for some customers by the calendar alone. */
export function calendarDays(policy: Policy, customers: LedgerCustomer[], file: CaseFile): Day[] {
  const days = overridesOf(policy, customers).flatMap(({ from, until }) => [
    ...(from === undefined ? [] : [from as Day]),
    dayAfter(until as Day),
  ]);
  for (const { temporary, insured, reviewOn } of file.limitTerms.values()) {
    for (const { from, to } of temporary) days.push(from, dayAfter(to));
    if (insured?.until != null) days.push(dayAfter(insured.until));
    if (reviewOn !== null) days.push(reviewOn, dayAfter(reviewOn));
  }
  return [...new Set(days)].sort();
}

/** Overrides that name one of these customers: by id, account number or name. */
export function overridesOf(policy: Policy, customers: LedgerCustomer[]): Policy['overrides'] {
  if (policy.overrides.length === 0) return [];
  const keys = new Set<string>(customers.flatMap(keysOf).map((key) => key.trim()));
  return policy.overrides.filter(({ customer }) => keys.has(customer.trim()));
}

const keysOf = ({ id, name, accountNumber }: LedgerCustomer): string[] => [id, name, accountNumber ?? id];

/** Whether people wrote down what runs out by itself: such customers are judged every day. */
export const runsOut = (file: CaseFile): boolean =>
  file.disputes.length + file.promises.length + file.manualStandings.length + file.releases.length > 0;
