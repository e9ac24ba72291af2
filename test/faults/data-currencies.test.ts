import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { decidedOf, factsOf, judgement } from './data-judged.ts';
import { setFigures } from './data-records.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** 1,000 pounds, euros and yen would be 3,000 if somebody just added. */
const debtors: Debtor[] = [
  {
    name: 'Ash',
    limit: '2000',
    bills: [bill('A1', 2, 1000_00), bill('A2', 2, 1000_00), bill('A3', 2, 1000_00)],
  },
  { name: 'Birch', limit: '2000', bills: [bill('B1', 2, 900_00)] },
];
const RATES = `base,currency,date,rate
GBP,EUR,2026-03-10,0.86
GBP,JPY,2026-03-09,0.0052
GBP,USD,2026-03-10,0.79
`;

describe.each(['xero', 'quickbooks'] as const)(
  'a customer on %s that owes in several currencies',
  (platform) => {
    async function open(rates: string | null): Promise<void> {
      world = await startWorld({ [platform]: [smallBook('harbour', debtors, { multiCurrency: true })] });
      if (rates !== null) writeFileSync(world.app.config.ratesFile, rates);
      setFigures(world, 'A2', { currency: 'EUR', rate: null });
      setFigures(world, 'A3', { currency: 'JPY', rate: null });
      world.pass(60_000);
    }

    it('fault 33: owes each sum in its own currency, and the limit is held against their value in base', async () => {
      await open(RATES);
      await world.night();
      const { own, limit } = await factsOf(world, 'Ash');
      expect(own.byCurrency.map((one) => [one.currency, one.exposureMinor])).toEqual([
        ['EUR', 1000_00],
        ['GBP', 1000_00],
        ['JPY', 1000],
      ]);
      // 1000 + 1000 × 0.86 + 1000 × 0.0052
      expect(own.base?.exposureMinor).toBe(1865_20);
      expect(limit).toEqual({ kind: 'amount', limitMinor: 2000_00 });
      expect(await decidedOf(world, 'Ash')).toMatchObject({ standing: 'watch', held: false });
    });

    it('fault 33: every flag says at which rate of which day it counted', async () => {
      await open(RATES);
      await world.night();
      const { flags } = await judgement(world);
      const flag = flags.find((one) => one.rule === 'near-limit' && one.inputs.rates.length > 0);
      expect(
        flag?.inputs.rates.map(({ currency, rate, date, source }) => [currency, rate, date, source]),
      ).toEqual([
        ['EUR', '0.86', '2026-03-10', 'file'],
        ['GBP', '1', '2026-03-11', 'base'],
        ['JPY', '0.0052', '2026-03-09', 'file'],
      ]);
      expect(flag?.currency).toBe('GBP');
    });

    it('fault 33: is not judged while one rate is missing or too old, and others are', async () => {
      await open('base,currency,date,rate\nGBP,EUR,2025-12-01,0.86\n');
      // QuickBooks would fill the gap from its own list of rates.
      world.emulator.faults.add({
        server: 'quickbooks',
        path: '^/v3/company/[^/]+/exchangerate',
        status: 400,
        body: '{}',
      });
      await world.night();
      await world.dispatch();
      const { total } = await factsOf(world, 'Ash');
      expect(total.base).toBeNull();
      expect(total.missingRates).toEqual(['EUR', 'JPY']);
      expect(await decidedOf(world, 'Ash')).toMatchObject({ standing: 'clear', held: false });
      // What is asked for needs no rate: each invoice stands in the message in its own currency, and no sum over them.
      const mail = (await world.inbox()).find((one) => one.recipients.includes('accounts@ash.example'));
      expect(mail?.text).toMatch(/1,000\.00 GBP/);
      expect(mail?.text).toMatch(/1,000\.00 EUR/);
      expect(mail?.text).toMatch(/1,000 JPY/);
      expect(mail?.text).not.toMatch(/[23],000/);
      expect(await decidedOf(world, 'Birch')).toMatchObject({ standing: 'watch', mails: 1 });
    });

    it('fault 33: has credit in one currency that pays nothing of another', async () => {
      await open(RATES);
      await world.sync();
      world.staff().receive('Birch', 900_00);
      setFigures(world, 'B1', { currency: 'USD', rate: null });
      world.pass(60_000);
      await world.night();
      const { own } = await factsOf(world, 'Birch');
      expect(own.byCurrency.map((one) => [one.currency, one.exposureMinor, one.unappliedMinor])).toEqual([
        ['GBP', -900_00, 900_00],
        ['USD', 900_00, 0],
      ]);
      expect(own.base?.exposureMinor).toBe(711_00 - 900_00);
    });
  },
);
