import { daysBetween, type CustomerId, type Day } from '../domain/index.ts';
import type { Policy } from '../policy/index.ts';

/** What one bill-to customer was sent, or will be, so far. */
export interface ReminderRecord {
  billTo: CustomerId;
  /** Number of the dunning episode, or 'due-YYYY-MM-DD' for a courtesy before that day. */
  episode: string;
  step: number;
  asOf: Day;
  state: 'planned' | 'attempting' | 'sent' | 'unknown' | 'refused' | 'superseded' | 'expired';
}

/** A step that was never carried out may be planned again; all others happen once in an episode. */
const REPEATABLE: readonly ReminderRecord['state'][] = ['superseded', 'expired'];
/** What the next message keeps its distance from: something reached the debtor, or may have, or was turned down. */
const SPACED: readonly ReminderRecord['state'][] = ['attempting', 'sent', 'unknown', 'refused'];

/**
 * The step of the ladder that is due, or null. Steps happen once in an episode and in order; between two messages
 * lie the policy's minimum days; nothing is planned while another message waits. Pure.
 */
export function dueStep(
  history: ReminderRecord[],
  episode: string,
  daysOverdue: number,
  asOf: Day,
  policy: Policy['reminders'],
): number | null {
  if (history.some((record) => record.state === 'planned')) return null;
  if (isTooSoon(history, asOf, policy.minimumDaysBetween)) return null;
  const done = history.filter((record) => record.episode === episode && !REPEATABLE.includes(record.state));
  const highest = Math.max(-Infinity, ...done.map((record) => record.step));
  const ahead = stepsFor(daysOverdue, policy.steps).filter((step) => step > highest);
  const reached = ahead.filter((step) => daysOverdue >= step);
  return (policy.entry === 'contextual' ? reached.at(-1) : reached[0]) ?? null;
}

/** States in which a message reached the debtor, or may have. */
const DELIVERED: readonly ReminderRecord['state'][] = ['attempting', 'sent', 'unknown'];

/**
 * How many messages of the episode the debtor has had: the next one's tone goes by it, so that nobody reads "as we
 * wrote before" who was never written to. A contextual ladder speaks by its step instead.
 */
export function tonePosition(
  history: ReminderRecord[],
  episode: string,
  step: number,
  policy: Policy['reminders'],
): number {
  if (policy.entry === 'contextual') return Math.max(0, stepsFor(1, policy.steps).indexOf(step));
  return history.filter((record) => record.episode === episode && DELIVERED.includes(record.state)).length;
}

/** Steps before the due day are for what is not due yet, steps after it for what is overdue. */
function stepsFor(daysOverdue: number, steps: number[]): number[] {
  return steps.filter((step) => (daysOverdue > 0 ? step > 0 : step < 0));
}

function isTooSoon(history: ReminderRecord[], asOf: Day, minimumDays: number): boolean {
  return history.some(
    (record) => SPACED.includes(record.state) && daysBetween(record.asOf, asOf) < minimumDays,
  );
}
