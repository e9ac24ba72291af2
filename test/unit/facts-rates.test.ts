import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/domain/index.ts';
import { chooseRates } from '../../src/facts/index.ts';
import { readBookedRates, readListedRates, type KnownRate, type RateSource } from '../../src/mirror/index.ts';
import { connect } from '../support/fake-platform.ts';
import { AS_OF } from '../support/facts-builders.ts';
import { creditRecord, day, invoiceRecord, writePage } from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

const rate = (source: RateSource, ageDays: number, value: string, currency = 'EUR'): KnownRate => ({
  currency,
  rate: value,
  date: addDays(AS_OF, -ageDays),
  source,
});
const chosen = (known: KnownRate[], maximumAgeDays = 31): string | undefined =>
  chooseRates(known, AS_OF, maximumAgeDays).get('EUR')?.rate;

describe('the rate of a currency', () => {
  it('is the file’s, else the platform’s, else the newest that was booked, whatever their order', () => {
    const [file, platform, booked] = [
      rate('file', 20, '1'),
      rate('platform', 0, '2'),
      rate('booked', 5, '3'),
    ];
    expect(chosen([booked, platform, file])).toBe('1');
    expect(chosen([booked, platform])).toBe('2');
    expect(chosen([booked])).toBe('3');
    expect(chosen([])).toBeUndefined();
  });

  it('may be as old as the policy says and not a day older; then the next source is asked', () => {
    expect(chosen([rate('booked', 31, '3')])).toBe('3');
    expect(chosen([rate('booked', 32, '3')])).toBeUndefined();
    expect(chosen([rate('file', 32, '1'), rate('booked', 31, '3')])).toBe('3');
    expect(chosen([rate('file', 0, '1')], 0)).toBe('1');
  });

  it('is never one of a later day', () => {
    expect(chosen([rate('file', -1, '1'), rate('platform', 3, '2')])).toBe('2');
  });

  it('is found for each currency by itself', () => {
    const rates = chooseRates([rate('file', 0, '1'), rate('booked', 0, '3', 'USD')], AS_OF, 31);
    expect([...rates].map(([currency, one]) => [currency, one.source])).toEqual([
      ['EUR', 'file'],
      ['USD', 'booked'],
    ]);
  });
});

describe('a booked rate', () => {
  it('is that of the newest document on or before the day, invoice or credit note, void ones left out', async () => {
    const store = tempStore();
    const connection = await connect(store);
    const euro = { currency: 'EUR' } as const;
    await writePage(store, connection.id, {
      invoices: [
        invoiceRecord('i1', { ...euro, issued: '2026-02-01', rate: '0.81' }),
        invoiceRecord('i2', { ...euro, issued: '2026-02-10', rate: '0.82', status: 'paid', openMinor: 0 }),
        invoiceRecord('i3', { ...euro, issued: '2026-02-25', rate: '0.83', status: 'voided', openMinor: 0 }),
        invoiceRecord('i4', { ...euro, issued: '2026-02-26', rate: null }),
        invoiceRecord('i5', { issued: '2026-02-27', rate: '1' }),
        invoiceRecord('i6', { ...euro, issued: '2026-03-20', rate: '0.86' }),
      ],
      credits: [creditRecord('k1', { ...euro, date: '2026-02-20', rate: '0.84' })],
    });
    const on = (date: string) => readBookedRates(store.reader, connection, day(date));
    const booked = (value: string, date: string) => [
      { currency: 'EUR', rate: value, date, source: 'booked' },
    ];
    expect(await on('2026-01-31')).toEqual([]);
    expect(await on('2026-02-09')).toEqual(booked('0.81', '2026-02-01'));
    expect(await on('2026-02-19')).toEqual(booked('0.82', '2026-02-10'));
    expect(await on('2026-03-11')).toEqual(booked('0.84', '2026-02-20'));
    expect(await on('2026-03-20')).toEqual(booked('0.86', '2026-03-20'));
  });
});

describe('a listed rate', () => {
  it('is the newest of each list on or before the day', async () => {
    const store = tempStore();
    const connection = await connect(store);
    const row = (source: string, date: string, value: string) => ({
      connection_id: connection.id,
      currency: 'EUR',
      date,
      source,
      rate: value,
    });
    const rows = [
      row('file', '2026-02-01', '1'),
      row('file', '2026-03-01', '2'),
      row('file', '2026-03-12', '3'),
      row('platform', '2026-03-10', '4'),
    ];
    await store.write((tx) => tx.insertInto('exchange_rate').values(rows).execute());
    const rates = await readListedRates(store.reader, connection.id, AS_OF);
    expect(rates.map((one) => [one.source, one.rate])).toEqual([
      ['platform', '4'],
      ['file', '2'],
    ]);
  });
});
