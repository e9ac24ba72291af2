import { afterEach, describe, expect, it } from 'vitest';
import { NOTHING, decidedOf, factsOf, quarantined } from './data-judged.ts';
import { setDays } from './data-records.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const debtors: Debtor[] = [
  { name: 'Ash', limit: '100', bills: [bill('A1', 2, 700_00)] },
  { name: 'Birch', limit: '100', bills: [bill('B1', 2, 700_00)] },
];

describe.each(['xero', 'quickbooks'] as const)('an invoice on %s with a due date', (platform) => {
  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
  }
  async function nightWith(days: { issued?: string; due?: string | null }): Promise<void> {
    await open();
    setDays(world, 'A1', days);
    world.pass(60_000);
    await world.night();
    await world.dispatch();
  }

  it.each([
    ['of the year 1', { due: '0001-01-01' }],
    ['of the year 9999', { due: '9999-12-31' }],
    ['before the day on which it was written', { issued: '2026-02-09', due: '2025-02-04' }],
    ['of a day before, by a slip of one', { issued: '2026-02-09', due: '2026-02-08' }],
  ])('fault 39: %s is set aside, and nothing is said of days overdue', async (_what, days) => {
    await nightWith(days);
    expect(await quarantined(world)).toMatchObject([
      {
        kind: 'invoice',
        customerId: world.staff().idOf('Ash'),
        reason: expect.stringMatching(/DueDate|due/i) as string,
      },
    ]);
    expect((await factsOf(world, 'Ash')).incomplete).toBe(true);
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
    expect(await decidedOf(world, 'Birch')).toMatchObject({ held: true, mails: 1 });
  });

  // QuickBooks leaves the due date out of odd records, and means the day of the invoice (its own ageing can go by that
  // day as well): such a one is due at once there. Xero asks for one whenever an invoice is approved.
  it('fault 39: that is missing is due on its own day for QuickBooks; on Xero it is set aside, and never 400 days overdue', async () => {
    await nightWith({ issued: '2025-02-04', due: null });
    if (platform === 'quickbooks') {
      expect(await quarantined(world)).toEqual([]);
      expect((await factsOf(world, 'Ash')).own.daysOverdueMax).toBe(400);
      return;
    }
    expect(await quarantined(world)).toMatchObject([
      { kind: 'invoice', reason: expect.stringMatching(/DueDate/) as string },
    ]);
    expect((await factsOf(world, 'Ash')).incomplete).toBe(true);
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
  });

  it('fault 39: on the day on which it was written is an ordinary one', async () => {
    await nightWith({ issued: '2026-03-01', due: '2026-03-01' });
    expect(await quarantined(world)).toEqual([]);
    expect((await factsOf(world, 'Ash')).own.daysOverdueMax).toBe(10);
  });
});
