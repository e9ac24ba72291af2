import type { Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { isOpen, windowOf } from '../reminders/index.ts';
import type { Intent } from './intent.ts';

/** Whether a reminder may leave at an instant: inside the window of the organisation, on a working day of the customer. */
export function isReminderHour(
  intent: Extract<Intent, { kind: 'reminder' }>,
  { timeZone, country }: Pick<Connection, 'timeZone' | 'country'>,
  policy: Policy,
  nowMs: number,
): boolean {
  return isOpen(windowOf(policy, timeZone, intent.content.country ?? country), nowMs);
}
