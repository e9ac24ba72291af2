import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, customerId, type Day } from '../../src/domain/index.ts';
import { dueStep, tonePosition, type ReminderRecord } from '../../src/reminders/index.ts';
import { AS_OF, policyWith } from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

const standard = policyWith().reminders;
const contextual = { ...standard, entry: 'contextual' as const };

const record = (
  step: number,
  daysAgo: number,
  fields: Partial<Pick<ReminderRecord, 'state' | 'episode'>> = {},
): ReminderRecord => ({
  billTo: customerId('c1'),
  episode: '1',
  step,
  asOf: addDays(AS_OF, -daysAgo),
  state: 'sent',
  ...fields,
});
const due = (history: ReminderRecord[], daysOverdue: number, policy = standard): number | null =>
  dueStep(history, '1', daysOverdue, AS_OF, policy);

describe('the tone', () => {
  it('goes by what the debtor was sent: nobody is reminded of a message that never went out', () => {
    const turnedDown = [record(1, 6, { state: 'refused' })];
    expect(tonePosition(turnedDown, '1', 7, standard)).toBe(0);
    expect(tonePosition([record(1, 6)], '1', 7, standard)).toBe(1);
    expect(tonePosition([record(1, 6, { state: 'unknown' })], '1', 7, standard)).toBe(1);
    expect(tonePosition([record(1, 60, { episode: '0' })], '1', 7, standard)).toBe(0);
  });

  it('goes by the step where the policy enters the ladder at the step of the day', () => {
    expect(tonePosition([], '1', 14, contextual)).toBe(2);
  });
});

describe('the ladder −3, +1, +7, +14, +30', () => {
  it.each([
    [1, 1],
    [6, 1],
    [7, 1],
    [200, 1],
  ])('begins with its first step however late the customer is found: %s days overdue', (days, step) => {
    expect(due([], days)).toBe(step);
  });

  it('goes on step by step, each when its day has come', () => {
    const first = [record(1, 6)];
    expect(due(first, 6)).toBeNull();
    expect(due(first, 7)).toBe(7);
    expect(due([...first, record(7, 5)], 12)).toBeNull();
    expect(due([...first, record(7, 5)], 14)).toBe(14);
  });

  it('leaves out no step when days were missed', () => {
    expect(due([record(1, 40)], 41)).toBe(7);
    expect(due([record(1, 40), record(7, 4)], 41)).toBe(14);
  });

  it('is over after its last step', () => {
    const all = [record(1, 99), record(7, 90), record(14, 80), record(30, 70)];
    expect(due(all, 300)).toBeNull();
  });

  it.each([
    [-4, null],
    [-3, -3],
    [-2, -3],
    [-1, -3],
  ])('has its courtesy before the due day only: %s days', (days, step) => {
    expect(due([], days)).toBe(step);
    expect(due([record(-3, 1)], days, { ...standard, minimumDaysBetween: 1 })).toBeNull();
  });
});

describe('a ladder that begins where the customer stands', () => {
  it.each([
    [1, 1],
    [6, 1],
    [7, 7],
    [29, 14],
    [30, 30],
    [400, 30],
  ])('sends the step of the day at once: %s days overdue', (days, step) => {
    expect(due([], days, contextual)).toBe(step);
  });

  it('does not go back to what it passed over', () => {
    expect(due([record(14, 5)], 20, contextual)).toBeNull();
    expect(due([record(14, 5)], 31, contextual)).toBe(30);
  });
});

describe('between two messages', () => {
  it.each([
    [3, null],
    [4, 7],
  ])('lie the policy’s four days: after %s days', (daysAgo, step) => {
    expect(due([record(1, daysAgo)], 10)).toBe(step);
  });

  it.each(['attempting', 'unknown', 'refused'] as const)('also when the last one is %s', (state) => {
    expect(due([record(1, 3, { state })], 10)).toBeNull();
    expect(due([record(1, 4, { state })], 10)).toBe(7);
  });

  it('also when the last one was about something else', () => {
    expect(due([record(-3, 3, { episode: 'due-2026-03-10' })], 1)).toBeNull();
    expect(due([record(-3, 4, { episode: 'due-2026-03-10' })], 1)).toBe(1);
    expect(due([record(30, 2, { episode: '0' })], 5)).toBeNull();
  });
});

describe('a step', () => {
  it.each(['attempting', 'sent', 'unknown', 'refused'] as const)(
    'that was %s is not planned again',
    (state) => {
      expect(due([record(1, 5, { state })], 6)).toBeNull();
    },
  );

  it.each(['superseded', 'expired'] as const)(
    'that was never carried out (%s) may be planned again',
    (state) => {
      expect(due([record(1, 1, { state })], 2)).toBe(1);
    },
  );

  it('is not planned while another message waits', () => {
    expect(due([record(1, 0, { state: 'planned' })], 40)).toBeNull();
    expect(due([record(1, 30), record(-3, 1, { state: 'planned', episode: 'due-x' })], 40)).toBeNull();
  });

  it('begins from the first again in a new episode', () => {
    const earlier = [record(1, 60), record(7, 50), record(14, 40)];
    expect(dueStep(earlier, '2', 3, AS_OF, standard)).toBe(1);
  });

  it('is never sent twice in an episode, never sent early, and never too soon after another, whatever fails', () => {
    const outcomes = fc.array(
      fc.constantFrom<ReminderRecord['state']>('sent', 'unknown', 'refused', 'expired'),
      {
        minLength: 60,
        maxLength: 60,
      },
    );
    const entry = fc.constantFrom('standard' as const, 'contextual' as const);
    fc.assert(
      fc.property(outcomes, entry, fc.integer({ min: 1, max: 40 }), (states, how, firstDay) => {
        const history = runNights({ ...standard, entry: how }, states, firstDay);
        const reached = history.filter((one) => one.state !== 'expired');
        expect(new Set(reached.map((one) => one.step)).size).toBe(reached.length);
        for (const [i, one] of reached.entries()) {
          const next = reached[i + 1];
          if (next === undefined) continue;
          expect(next.step).toBeGreaterThan(one.step);
          expect(next.asOf >= addDays(one.asOf, 4)).toBe(true);
        }
      }),
    );
  });
});

/** Sixty nights of one customer from its first day overdue on; each message ends as it is told to. */
function runNights(
  policy: typeof standard,
  states: ReminderRecord['state'][],
  firstDay: number,
): ReminderRecord[] {
  const dueDay: Day = day('2026-01-01');
  const history: ReminderRecord[] = [];
  states.forEach((state, night) => {
    const daysOverdue = firstDay + night;
    const asOf = addDays(dueDay, daysOverdue);
    const step = dueStep(history, '1', daysOverdue, asOf, policy);
    if (step === null) return;
    expect(step).toBeLessThanOrEqual(daysOverdue);
    const repeated = history.findIndex((one) => one.step === step);
    if (repeated >= 0) history.splice(repeated, 1);
    history.push({ billTo: customerId('c1'), episode: '1', step, asOf, state });
  });
  return history;
}
