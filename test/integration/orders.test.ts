import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlatformName } from '../../src/domain/index.ts';
import { readFacts } from '../../src/facts/index.ts';
import { readQuarantined } from '../../src/mirror/index.ts';
import { DEFAULT_POLICY_FILE } from '../../src/policy/index.ts';
import { bill, changedPolicy, smallBook, type Quote } from '../support/small-book.ts';
import { day } from '../support/mirror-records.ts';
import { startWorld, type World } from '../support/world.ts';

const TODAY = day('2026-03-11');
const DAY_MS = 86_400_000;
const counting = (weightPercent: number, horizonDays = 60): string =>
  changedPolicy(readFileSync(DEFAULT_POLICY_FILE, 'utf8'), [
    [
      'overdue: {',
      `exposure: { orders: { weightPercent: ${weightPercent}, horizonDays: ${horizonDays} } }\noverdue: {`,
    ],
  ]);

describe.each<PlatformName>(['xero', 'quickbooks'])('orders that were accepted on %s', (name) => {
  let world: World | null = null;
  afterEach(async () => {
    await world?.close();
    world = null;
  });

  const start = async (orders: Quote[], policy = counting(100)): Promise<World> => {
    const book = smallBook('yard', [
      { name: 'Ash', limit: '1000.00', bills: [bill('A-1', -10, 300_00), bill('A-2', -5, 50_00)], orders },
      { name: 'Birch', limit: '1000.00', bills: [bill('B-1', -10, 100_00)] },
    ]);
    world = await startWorld({ [name]: [book], policy, mode: 'propose' });
    return world;
  };
  const exposureOf = async (of: World, customer = 'Ash', asOf = TODAY) => {
    const { facts } = await readFacts(of.app.store.reader, await of.connection(), of.app.policy(), asOf);
    return facts.find((one) => one.customer.name === customer)?.total.base?.exposureMinor;
  };
  const callsOfNight = async (of: World): Promise<number> => (await of.night()).sync.calls;

  it('count in exposure by their weight, and bring a customer over its limit', async () => {
    const running = await start([{ number: 'Q-1', due: '2026-04-01', amountMinor: 900_00 }]);
    const { judgement } = await running.night();
    expect(await exposureOf(running)).toBe(300_00 + 50_00 + 900_00);
    const flag = judgement.flags.find((one) => one.rule === 'over-limit');
    expect(flag?.explanation).toMatch(/Q-1|order/i);
  });

  it('count by half where the policy says so, and only within its horizon', async () => {
    const orders = [
      { number: 'Q-1', due: '2026-03-31', amountMinor: 100_01 },
      { number: 'Q-2', due: '2026-04-01', amountMinor: 500_00 },
    ];
    const running = await start(orders, counting(50, 20));
    await running.night();
    expect(await exposureOf(running)).toBe(350_00 + 50_01);
  });

  it('do not count while they are only sent, declined, invoiced or deleted', async () => {
    const quote = (status: Quote['status'], number: string): Quote => ({
      number,
      due: '2026-04-01',
      amountMinor: 10_00,
      ...(status === undefined ? {} : { status }),
    });
    const running = await start([
      quote('sent', 'Q-1'),
      quote('declined', 'Q-2'),
      quote('invoiced', 'Q-3'),
      quote('deleted', 'Q-4'),
    ]);
    await running.night();
    expect(await exposureOf(running)).toBe(350_00);
  });

  it('cost two calls a night where the policy counts them, and none where it does not', async () => {
    const orders = [{ number: 'Q-1', due: '2026-04-01', amountMinor: 900_00 }];
    const [counted, ignored] = [await start(orders), await start(orders, counting(0))];
    await counted.night();
    await ignored.night();
    counted.pass(3_600_000);
    ignored.pass(3_600_000);
    // The first page, and an empty one: neither list tells its length.
    expect((await callsOfNight(counted)) - (await callsOfNight(ignored))).toBe(2);
    expect(await exposureOf(ignored)).toBe(350_00);
    await counted.close();
  });

  it('are as they were on any past day since they were first read', async () => {
    const running = await start([{ number: 'Q-1', due: '2026-04-01', amountMinor: 900_00 }]);
    await running.night();
    running.pass(DAY_MS);
    rewriteOrders(running, name, (json) =>
      json.replace('"ACCEPTED"', '"INVOICED"').replace('"Accepted"', '"Closed"'),
    );
    await running.night();
    expect(await exposureOf(running, 'Ash', day('2026-03-12'))).toBe(350_00);
    expect(await exposureOf(running, 'Ash', TODAY)).toBe(1250_00);
  });

  it('count on days before the first sync from their own date on', async () => {
    const running = await start([{ number: 'Q-1', due: '2026-04-01', amountMinor: 900_00 }]);
    await running.night();
    const [before, from] = [
      await exposureOf(running, 'Ash', day('2026-01-31')),
      await exposureOf(running, 'Ash', day('2026-02-01')),
    ];
    expect((from ?? 0) - (before ?? 0)).toBe(900_00);
  });

  it('leave their customer, and nobody else, undecided when one cannot be read', async () => {
    const running = await start([{ number: 'Q-1', due: '2026-04-01', amountMinor: 900_00 }]);
    rewriteOrders(running, name, (json) => json.replace(/"(Total|TotalAmt)":900/, '"$1":"many"'));
    const { judgement } = await running.night();
    const rows = await readQuarantined(running.app.store.reader, (await running.connection()).id);
    expect(rows.map((row) => [row.kind, row.reason])).toEqual([['order', expect.stringMatching(/Total/)]]);
    const undecided = judgement.flags.filter((flag) => flag.rule === 'cannot-decide');
    const nameOf = (id: string) =>
      judgement.day.facts.find((facts) => facts.customer.id === id)?.customer.name;
    expect(undecided.map((flag) => nameOf(flag.customerId))).toEqual(['Ash']);
    rewriteOrders(running, name, (json) => json.replace('"many"', '900'));
    running.pass(3_600_000);
    await running.night();
    expect(await readQuarantined(running.app.store.reader, (await running.connection()).id)).toEqual([]);
  });

  it('are read to the last page, however many there are', async () => {
    const orders = Array.from({ length: 230 }, (_, at) => ({
      number: `Q-${at}`,
      due: '2026-04-01',
      amountMinor: 1_00,
    }));
    const running = await start(orders);
    await running.night();
    expect(await exposureOf(running)).toBe(350_00 + 230_00);
  });
});

it('count on QuickBooks less the invoices that were made from them', async () => {
  const book = smallBook('yard', [
    {
      name: 'Ash',
      bills: [bill('A-1', -10, 300_00)],
      orders: [{ number: 'E-1', due: '2026-04-01', amountMinor: 900_00, billed: ['A-1'] }],
    },
  ]);
  const world = await startWorld({ quickbooks: [book], policy: counting(100), mode: 'propose' });
  await world.night();
  const { facts } = await readFacts(
    world.app.store.reader,
    await world.connection(),
    world.app.policy(),
    TODAY,
  );
  expect(facts[0]?.total.base?.exposureMinor).toBe(900_00);
  await world.close();
});

/** Changes the text of every order that the platform holds. */
function rewriteOrders(world: World, name: PlatformName, change: (json: string) => string): void {
  const { state } = world.emulator;
  const entity = name === 'xero' ? 'Quotes' : 'Estimate';
  const rows = state.sql('SELECT seq, json FROM row WHERE entity = ?').all(entity) as {
    seq: number;
    json: string;
  }[];
  for (const { seq, json } of rows) {
    const text = change(json);
    const status = (JSON.parse(text) as { Status?: string }).Status ?? null;
    state.sql('UPDATE row SET json = ?, status = ? WHERE seq = ?').run(text, status, seq);
  }
}
