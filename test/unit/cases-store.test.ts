import { describe, expect, it } from 'vitest';
import {
  parseRates,
  readExclusions,
  readKillSwitch,
  readLimits,
  saveLimits,
  setExclusion,
  setKillSwitch,
} from '../../src/cases/index.ts';
import { HoldfastError, connectionId, customerId } from '../../src/domain/index.ts';
import { readListedRates, replaceFileRates } from '../../src/mirror/index.ts';
import { limitTable } from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

const HERE = connectionId('xero-1');
const THERE = connectionId('xero-2');
const change = { by: 'Ada', atMs: 1_000 };

describe('limits', () => {
  it('are kept per company as they were set', async () => {
    const store = tempStore();
    const table = limitTable(
      { a: 0, b: 500_00, c: { limit: { kind: 'unlimited' } }, d: { group: 'Wood' } },
      { Wood: 900_00 },
    );
    await store.write((tx) => saveLimits(tx, HERE, table, change));
    expect(await readLimits(store.reader, HERE)).toEqual(table);
    expect(await readLimits(store.reader, THERE)).toEqual({ entries: [], groups: [] });
  });

  it('change for the customers that a later file names, and for no others', async () => {
    const store = tempStore();
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ a: 100_00, b: 200_00 }), change));
    await store.write((tx) => saveLimits(tx, HERE, limitTable({ b: { limit: null } }), change));
    expect(await readLimits(store.reader, HERE)).toEqual(limitTable({ a: 100_00, b: { limit: null } }));
  });
});

describe('an exclusion', () => {
  it('is kept with its reason until it is taken back', async () => {
    const store = tempStore();
    const customer = customerId('c1');
    const exclude = (reason: string | null) =>
      store.write((tx) => setExclusion(tx, HERE, customer, reason, change));
    await exclude('our own subsidiary');
    await exclude('board decision');
    expect(await readExclusions(store.reader, HERE)).toEqual(new Map([[customer, 'board decision']]));
    expect(await readExclusions(store.reader, THERE)).toEqual(new Map());
    await exclude(null);
    await exclude(null);
    expect(await readExclusions(store.reader, HERE)).toEqual(new Map());
  });
});

describe('the kill switch', () => {
  it('is off until somebody turns it on, and off again when turned off', async () => {
    const store = tempStore();
    expect(await readKillSwitch(store.reader)).toBe(false);
    await store.write((tx) => setKillSwitch(tx, true, change));
    await store.write((tx) => setKillSwitch(tx, true, change));
    expect(await readKillSwitch(store.reader)).toBe(true);
    await store.write((tx) => setKillSwitch(tx, false, change));
    expect(await readKillSwitch(store.reader)).toBe(false);
  });
});

describe('a file of rates', () => {
  const HEAD = 'base,currency,date,rate';
  const faultsOf = (line: string): string => {
    try {
      parseRates([HEAD, 'GBP,EUR,2026-03-01,0.86', line].join('\n'));
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'CSV_INVALID') return error.message;
      throw error;
    }
    throw new Error('this line was taken');
  };

  it('is read line by line', () => {
    expect(parseRates(`${HEAD}\nGBP,EUR,2026-03-01,0.8613\nGBP,JPY,2026-02-28,0.005`)).toEqual([
      { base: 'GBP', currency: 'EUR', date: '2026-03-01', rate: '0.8613' },
      { base: 'GBP', currency: 'JPY', date: '2026-02-28', rate: '0.005' },
    ]);
  });

  it.each([
    ['a rate of nothing', 'GBP,EUR,2026-03-02,0', '"0" is not a rate'],
    ['a rate of 0.000', 'GBP,EUR,2026-03-02,0.000', '"0.000" is not a rate'],
    ['a negative rate', 'GBP,EUR,2026-03-02,-0.86', '"-0.86" is not a rate'],
    ['an exponent', 'GBP,EUR,2026-03-02,1e2', '"1e2" is not a rate'],
    ['a decimal comma', 'GBP,EUR,2026-03-02,"0,86"', '"0,86" is not a rate'],
    ['no rate', 'GBP,EUR,2026-03-02,', '"" is not a rate'],
    ['a day that there is not', 'GBP,EUR,2026-02-30,0.86', '"2026-02-30" is not a day'],
    ['a day written otherwise', 'GBP,EUR,02/03/2026,0.86', '"02/03/2026" is not a day'],
    ['a currency in small letters', 'GBP,eur,2026-03-02,0.86', '"eur" is not a currency code'],
    ['no base', ',EUR,2026-03-02,0.86', '"" is not a currency code'],
  ])('is refused for %s, with the number of the line', (_what, line, fault) => {
    expect(faultsOf(line)).toContain(`line 3: ${fault}`);
  });

  it('replaces the file’s earlier rates and leaves the platform’s alone', async () => {
    const store = tempStore();
    const platform = {
      currency: 'EUR',
      date: day('2026-03-01'),
      rate: '0.85',
      source: 'platform',
      connection_id: HERE,
    };
    await store.write((tx) => tx.insertInto('exchange_rate').values(platform).execute());
    const save = (text: string) => store.write((tx) => replaceFileRates(tx, HERE, parseRates(text), 1));
    await save(`${HEAD}\nGBP,EUR,2026-03-01,0.86\nGBP,USD,2026-03-01,0.74`);
    await save(`${HEAD}\nGBP,EUR,2026-03-01,0.87\nGBP,EUR,2026-03-09,0.88\nGBP,EUR,2026-04-01,0.99`);
    const rates = await readListedRates(store.reader, HERE, day('2026-03-11'));
    expect(rates.map((rate) => [rate.source, rate.currency, rate.date, rate.rate])).toEqual([
      ['file', 'EUR', '2026-03-09', '0.88'],
      ['platform', 'EUR', '2026-03-01', '0.85'],
    ]);
  });
});
