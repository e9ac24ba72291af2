import { Decimal } from 'decimal.js';
import { afterEach, describe, expect, it } from 'vitest';
import { exponentOf } from '../../src/domain/index.ts';
import { NOTHING, decidedOf, factsOf, judgement, quarantined } from './data-judged.ts';
import { records, rewriteText, setDays, setFigures, type Json } from './data-records.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const debtors: Debtor[] = [
  { name: 'Ash', limit: '100', bills: [bill('A1', 2, 700_00), bill('A2', -20, 100_00)] },
  { name: 'Birch', limit: '100', bills: [bill('B1', 2, 700_00)] },
];

describe.each(['xero', 'quickbooks'] as const)('money on %s', (platform) => {
  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors, { multiCurrency: true })] });
  }
  /** Base for one foreign, written as the platform writes it. */
  const rate = (basePerForeign: number): number =>
    platform === 'xero' ? Number((1 / basePerForeign).toPrecision(12)) : basePerForeign;
  const openOf = async (name: string, currency: string): Promise<number | undefined> =>
    (await factsOf(world, name)).own.byCurrency.find((one) => one.currency === currency)?.exposureMinor;

  it.each([
    ['float noise', 362.07000000000005, 362_07],
    ['the noise of a sum', 0.1 + 0.2, 30],
    ['just below a cent', 1.005, 101],
    ['a third decimal from unit prices of four', 12.345, 12_35],
    ['an amount beyond 32 bits', 98_765_432.1, 98_765_432_10],
  ])('fault 32: %s is whole minor units', async (_what, amount, minor) => {
    await open();
    setFigures(world, 'B1', { total: amount, due: amount });
    world.pass(60_000);
    await world.sync();
    expect(await quarantined(world)).toEqual([]);
    expect(await openOf('Birch', 'GBP')).toBe(minor);
  });

  it.each([
    ['JPY', 150_000, 150_000, 0.0052, 780_00],
    ['KWD', 12.345, 12_345, 2.551, 31_49],
    ['EUR', 10.5, 10_50, 0.86, 9_03],
  ])(
    'fault 32: %s has its own number of decimals',
    async (currency, amount, minor, basePerForeign, baseMinor) => {
      await open();
      setDays(world, 'B1', { issued: '2026-03-01', due: '2026-03-09' });
      setFigures(world, 'B1', { currency, rate: rate(basePerForeign), total: amount, due: amount });
      world.pass(60_000);
      await world.sync();
      const { own } = await factsOf(world, 'Birch');
      expect(own.byCurrency.map((one) => [one.currency, one.exposureMinor])).toEqual([[currency, minor]]);
      expect(own.base?.exposureMinor).toBe(baseMinor);
    },
  );

  it.each([
    ['an amount that is not a number of JSON', '1e400'],
    ['more than can be kept exactly', '90071992547409930'],
    ['a negative amount due', '-700'],
    ['true', 'true'],
    ['an object', '{"value":700}'],
  ])('fault 32: %s is set aside, never guessed at', async (_what, text) => {
    await open();
    const field = platform === 'xero' ? 'AmountDue' : 'Balance';
    rewriteText(world, 'invoice', 'A1', (json) =>
      json.replace(new RegExp(`"${field}":[-\\d.]+`), `"${field}":${text}`),
    );
    world.pass(60_000);
    await world.night();
    expect(await quarantined(world)).toMatchObject([
      {
        kind: 'invoice',
        customerId: world.staff().idOf('Ash'),
        reason: expect.stringMatching(/\S/) as string,
      },
    ]);
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
  });

  it.each([
    ['0', 0],
    ['null', null],
    ['absent', undefined],
    ['negative', -0.9],
  ])('fault 32: an exchange rate that is %s decides nothing, and is no rate of 1', async (_what, value) => {
    await open();
    setFigures(world, 'A1', { currency: 'EUR', rate: value });
    world.pass(60_000);
    await world.night();
    await world.dispatch();
    const facts = await factsOf(world, 'Ash');
    // QuickBooks keeps a list of rates, which knows the euro: only what was booked is gone.
    if (platform === 'quickbooks')
      expect(facts.total.conversions.find((one) => one.currency === 'EUR')?.rate).not.toBe('1');
    else {
      expect(facts.total.base).toBeNull();
      expect(facts.total.missingRates).toEqual(['EUR']);
      expect(await decidedOf(world, 'Ash')).toMatchObject({ standing: 'clear', held: false });
    }
  });

  it('fault 32: a credit note larger than the invoices leaves the customer in credit, to the cent', async () => {
    await open();
    await world.sync();
    world.staff().receive('Birch', 900_05);
    world.pass(60_000);
    await world.night();
    await world.dispatch();
    expect((await factsOf(world, 'Birch')).own.base?.exposureMinor).toBe(-200_05);
    expect(await decidedOf(world, 'Birch')).toMatchObject({ intents: [], held: false, mails: 0 });
  });

  it('fault 32: per customer and currency, the sums are the sums of the source to the last minor unit', async () => {
    await open();
    setFigures(world, 'A1', { currency: 'KWD', rate: rate(2.551), total: 1234.567, due: 1234.567 });
    setFigures(world, 'A2', { currency: 'JPY', rate: rate(0.0052), total: 98_765, due: 98_765 });
    setFigures(world, 'B1', { total: 362.07000000000005, due: 362.07000000000005 });
    world.pass(60_000);
    await world.sync();
    const { day } = await judgement(world);
    const ours = day.facts.flatMap((one) =>
      one.own.byCurrency.map(({ currency, exposureMinor }) => [one.customer.name, currency, exposureMinor]),
    );
    expect(ours.sort()).toEqual(sourceSums().sort());
  });

  /** From the platform's own numbers, by decimals. */
  function sourceSums(): unknown[][] {
    return records(world, 'invoice').map((invoice) => {
      const currency = String(
        platform === 'xero'
          ? invoice['CurrencyCode']
          : ((invoice['CurrencyRef'] as Json | undefined)?.['value'] ?? 'GBP'),
      );
      const customer = (invoice['Contact'] ?? invoice['CustomerRef']) as Json;
      const due = new Decimal(Number(invoice['AmountDue'] ?? invoice['Balance']));
      const minor = due.times(10 ** exponentOf(currency)).toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
      return [customer['Name'] ?? customer['name'], currency, minor.toNumber()];
    });
  }
});
