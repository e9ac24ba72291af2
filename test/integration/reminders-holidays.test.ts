import { afterEach, describe, expect, it } from 'vitest';
import { bill, smallBook } from '../support/small-book.ts';
import { policyText } from '../support/policy-text.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const KEPT = policyText(
  'calendar: { publicHolidays: true }',
  "reminders: { automatic: true, steps: [1], window: { from: '09:00', to: '17:00', weekdays: [1, 2, 3, 4, 5] } }",
);

describe.each(['xero', 'quickbooks'] as const)('reminders on %s', (platform) => {
  const recipients = async (): Promise<string[]> =>
    (await world.inbox()).map((mail) => mail.recipients.join());

  it('wait until the customer’s holidays are over, while others are written to', async () => {
    const book = smallBook('harbour', [
      { name: 'Birch', bills: [bill('B1', 2, 200_00)] },
      { name: 'Dallas', bills: [bill('D1', 2, 200_00)] },
    ]);
    const entries = [...book.entries()].map((entry) =>
      entry.entry === 'customer' && entry.name === 'Dallas' ? { ...entry, country: 'US' } : entry,
    );
    // The evening before Good Friday, which is a holiday in Britain and none in America.
    world = await startWorld({
      [platform]: [{ ...book, entries: () => entries }],
      policy: KEPT,
      now: '2026-04-02T18:30:00Z',
    });
    await world.night();
    world.moveTo('2026-04-03T10:00:00Z');
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@dallas.example']);
    // Easter Monday, after another night that found the reminder waiting.
    world.moveTo('2026-04-06T02:00:00Z');
    await world.night();
    world.moveTo('2026-04-06T10:00:00Z');
    await world.dispatch();
    expect(await recipients()).toHaveLength(1);
    world.moveTo('2026-04-07T10:00:00Z');
    await world.night();
    await world.dispatch();
    expect((await recipients()).toSorted()).toEqual(['accounts@birch.example', 'accounts@dallas.example']);
  });

  it('that a person lets go on a holiday wait too', async () => {
    const book = smallBook('harbour', [{ name: 'Birch', bills: [bill('B1', 2, 200_00)] }]);
    world = await startWorld({ [platform]: [book], policy: KEPT, now: '2026-04-02T10:00:00Z' });
    await world.night();
    // Planned for Thursday, but nobody dispatched that day.
    world.moveTo('2026-04-03T10:00:00Z');
    await world.dispatch();
    expect(await recipients()).toEqual([]);
    world.moveTo('2026-04-07T09:00:10Z');
    await world.night();
    await world.dispatch();
    expect(await recipients()).toEqual(['accounts@birch.example']);
  });
});
