import type { Contradiction } from './contradiction.ts';
import { findDecimalFaults, findExampleFaults } from './lint-examples.ts';
import { findReleaseFaults } from './lint-release.ts';
import { findRuleFaults } from './lint-rules.ts';
import { findOverrideFaults, findSegmentFaults } from './lint-segments.ts';
import type { PolicyDocument } from './schema.ts';

/** What the schema cannot see: what contradicts itself or can never matter. Empty when there is nothing. */
export function findContradictions(policy: PolicyDocument): Contradiction[] {
  return [
    ...findSegmentFaults(policy),
    ...findOverrideFaults(policy),
    ...findRuleFaults(policy),
    ...findReleaseFaults(policy),
    ...checkApprovals(policy),
    ...checkReminders(policy),
    ...checkWorkingDays(policy),
    ...findDecimalFaults(policy),
    ...findExampleFaults(policy),
  ];
}

function checkApprovals({ approvals }: PolicyDocument): Contradiction[] {
  const seen = new Map<string, number>();
  return approvals.may.flatMap(({ kind, role }, index) => {
    const key = `${kind} ${role}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, index);
    if (before === undefined) return [];
    const message = `approvals.may.${before} already says what ${role} may decide of ${kind}: keep one of the two lines`;
    return [{ path: ['approvals', 'may', index], message }];
  });
}

function checkReminders(policy: PolicyDocument): Contradiction[] {
  const { steps, window } = policy.reminders;
  const found: Contradiction[] = [];
  if (steps.some((step, i) => i > 0 && step <= (steps[i - 1] ?? -Infinity))) {
    found.push({ path: ['reminders', 'steps'], message: 'the steps must ascend, each once' });
  }
  if (steps.includes(0))
    found.push({ path: ['reminders', 'steps'], message: 'step 0 is not known: use -1 or 1' });
  if (window.from >= window.to) {
    found.push({
      path: ['reminders', 'window'],
      message: `the window ends (${window.to}) before it begins (${window.from}): set a later end`,
    });
  }
  return found;
}

/** Messages leave only on days that are working days for both sides. */
function checkWorkingDays({ calendar, reminders }: PolicyDocument): Contradiction[] {
  return Object.entries(calendar.workingDays).flatMap(([country, weekdays]) => {
    if (weekdays.some((weekday) => reminders.window.weekdays.includes(weekday))) return [];
    const message =
      `nobody in ${country} would ever be reminded: none of these days is in reminders.window.weekdays ` +
      `(${reminders.window.weekdays.join(', ')}). Add one there or here`;
    return [{ path: ['calendar', 'workingDays', country], message }];
  });
}
