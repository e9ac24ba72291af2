import { afterEach, describe, expect, it } from 'vitest';
import { daysBetween, parseDay, type Day } from '../../src/domain/index.ts';
import { judge } from '../../src/nightly.ts';
import { mirrored } from '../support/mirrored.ts';
import { smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';
import { goOn, copyOf, type Copy } from './crash-copies.ts';
import { startVictim } from './crash-process.ts';
import { records, setDays } from './data-records.ts';

let world: World;
const copies: Copy[] = [];
afterEach(async () => {
  copies.splice(0).forEach((copy) => copy.remove());
  await world.close();
});

/** Due, as-of, days overdue: by the calendar, worked out by hand. */
const GOLDEN: [due: string, asOf: string, days: number][] = [
  ['2024-02-29', '2024-02-29', 0],
  ['2024-02-29', '2024-03-01', 1],
  ['2024-02-29', '2025-02-28', 365],
  ['2024-02-29', '2025-03-01', 366],
  ['2023-02-28', '2023-03-01', 1],
  ['2024-02-28', '2024-03-01', 2],
  ['2025-12-31', '2026-01-01', 1],
  ['2026-01-01', '2026-12-31', 364],
  // Week 53 of 2026 ends on 3 January 2027.
  ['2026-12-28', '2027-01-03', 6],
  ['2026-12-31', '2027-01-04', 4],
  // Clocks go forward on 29 March and back on 25 October in London, on 8 March and 1 November in New York.
  ['2026-03-28', '2026-03-29', 1],
  ['2026-03-28', '2026-03-30', 2],
  ['2026-10-24', '2026-10-26', 2],
  ['2026-03-07', '2026-03-09', 2],
  ['2026-10-31', '2026-11-02', 2],
  ['2000-02-29', '2000-03-01', 1],
];

const due = (day: string, index: number) => ({ number: `G${index}`, due: day, amountMinor: 100_00 });

describe.each(['xero', 'quickbooks'] as const)('days on %s', (platform) => {
  it('fault 43: are counted by the calendar, over leap days, ends of years, week 53 and changes of clocks', async () => {
    const debtors = GOLDEN.map(([day], index) => ({
      name: `Golden ${String.fromCharCode(65 + index)}`,
      bills: [due(day, index)],
    }));
    world = await startWorld({
      [platform]: [smallBook('harbour', debtors)],
      now: '2027-01-05T10:00:00Z',
      mail: false,
    });
    await world.sync();
    const connection = await world.connection();
    for (const [index, [day, asOf, days]] of GOLDEN.entries()) {
      const { day: facts } = await judge(world.app, connection, parseDay(asOf));
      const own = facts.facts.find((one) => one.customer.name === debtors[index]!.name)!.own;
      expect(own.invoices.map((invoice) => invoice.dueDate)).toEqual([day]);
      expect([day, asOf, own.daysOverdueMax]).toEqual([day, asOf, days]);
      expect(daysBetween(day as Day, asOf as Day)).toBe(days);
    }
  });

  it.each([
    ['Pacific/Auckland', 'Pacific/Honolulu'],
    ['America/Los_Angeles', 'Asia/Tokyo'],
  ])(
    'fault 42: of an organisation in %s are the same on a server in %s as on one in UTC',
    { timeout: 60_000 },
    async (zone, server) => {
      const debtors = [
        { name: 'Ash', bills: [due('2026-03-10', 1), due('2026-03-11', 2), due('2026-03-12', 3)] },
        { name: 'Birch', bills: [due('2024-02-29', 4)] },
      ];
      world = await startWorld({
        [platform]: [smallBook('harbour', debtors, { timeZone: zone })],
        mail: false,
        now: '2026-03-11T10:30:00Z',
      });
      const seen: string[] = [];
      for (const TZ of ['UTC', server]) {
        const copy = await copyOf(world);
        copies.push(copy);
        const ended = await startVictim(['sync', world.ids[0]!], { env: { ...copy.env, TZ } }).ended();
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        const app = copy.open();
        seen.push(JSON.stringify(await mirrored(app, world.ids[0]!)));
        const days = (await mirrored(app, world.ids[0]!)).invoices.map((row) => row['due_date']).sort();
        expect(days).toEqual(['2024-02-29', '2026-03-10', '2026-03-11', '2026-03-12']);
        await app.close();
      }
      expect(seen[1]).toBe(seen[0]);
    },
  );

  it.each(['Pacific/Auckland', 'Pacific/Honolulu', 'America/Los_Angeles', 'Europe/London'])(
    'fault 42: in %s, each day as the platform writes it is that day, and an offset does not move it',
    async (zone) => {
      world = await startWorld({
        [platform]: [
          smallBook('harbour', [{ name: 'Ash', bills: [due('2026-03-10', 1), due('2026-03-31', 2)] }], {
            timeZone: zone,
          }),
        ],
        mail: false,
      });
      for (const [number, day] of [
        ['G1', '2026-03-29'],
        ['G2', '2024-02-29'],
      ] as const) {
        setDays(world, number, { issued: '2024-02-29', due: day });
        if (platform === 'xero') withOffset(number);
      }
      world.pass(60_000);
      await world.sync();
      const rows = (await mirrored(world.app, world.ids[0]!)).invoices;
      expect(rows.map((row) => [row['number'], row['issue_date'], row['due_date']])).toEqual(
        expect.arrayContaining([
          ['G1', '2024-02-29', '2026-03-29'],
          ['G2', '2024-02-29', '2024-02-29'],
        ]),
      );
    },
  );

  it.each(['America/Los_Angeles', 'Pacific/Auckland', 'Asia/Kolkata'])(
    'fault 42: in %s, a change is found by the next sync whatever offset its time is written with',
    async (zone) => {
      world = await startWorld({
        [platform]: [
          smallBook('harbour', [{ name: 'Ash', bills: [due('2026-03-10', 1)] }], { timeZone: zone }),
        ],
        quirks: { quickbooks: { stampZone: 'company' } },
        mail: false,
      } as Parameters<typeof startWorld>[0]);
      await world.sync();
      for (let round = 1; round <= 3; round += 1) {
        world.pass(30 * 60_000);
        world.staff().pay('G1', 10_00);
        await goOn(world.app, world);
        const row = (await mirrored(world.app, world.ids[0]!)).invoices[0];
        expect(row?.['open_minor']).toBe(100_00 - round * 10_00);
      }
    },
  );

  /** The same instants, with an offset for display. */
  function withOffset(number: string): void {
    const invoice = records(world, 'invoice').find((one) => one['InvoiceNumber'] === number)!;
    const text = JSON.stringify(invoice).replaceAll(/\/Date\((\d+)\+0000\)\//g, '/Date($1-0800)/');
    const state = world.emulator.state;
    const row = state.get(
      world.emulator.xero('harbour').store.tenant,
      'Invoices',
      String(invoice['InvoiceID']),
    )!;
    state.put(world.emulator.xero('harbour').store.tenant, { ...row, json: text });
  }
});
