import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCompany } from '../../emulator/quickbooks/samples.ts';
import { startQuickBooks } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

const folder = join(import.meta.dirname, '../../fixtures/quickbooks/samples');

describe('Intuit’s published samples as a QuickBooks company', () => {
  let qbo: EmulatedQuickBooks;
  beforeAll(async () => void (qbo = await startQuickBooks(sampleCompany(folder))));
  afterAll(() => qbo.close());

  const ids = async (statement: string, entity: string) =>
    (((await qbo.query(statement))[entity] ?? []) as { Id: string }[]).map((one) => one.Id);

  it('serves every distinct record once', async () => {
    const all = 'WHERE Active IN (true, false) ORDERBY Id';
    expect(await ids(`SELECT * FROM Customer ${all}`, 'Customer')).toEqual(['1', '2', '3', '4', '5']);
    expect(await ids('SELECT * FROM Invoice ORDERBY Id', 'Invoice')).toEqual(['1', '103']);
    expect(await ids('SELECT * FROM Payment ORDERBY Id', 'Payment')).toEqual(['83', '147', '8748']);
    expect(await ids('SELECT * FROM CreditMemo ORDERBY Id', 'CreditMemo')).toEqual(['52']);
    expect(await ids(`SELECT * FROM Term ${all}`, 'Term')).toEqual(['11']);
  });

  it('keeps published deletions as tombstones only', () => {
    const rows = [...sampleCompany(folder).rows()].filter((row) => row.deleted);
    const gone = ['Customer 39', 'Invoice 39', 'Invoice 65', 'Payment 39', 'CreditMemo 39'];
    expect(rows.map((row) => `${row.entity} ${row.id}`)).toEqual(gone);
  });

  it('serves amounts as numbers, flags as booleans and repeatable things as lists', async () => {
    const response = await qbo.call('GET', 'payment/147');
    expect(await response.json()).toMatchObject({
      Payment: {
        TotalAmt: 629.1,
        ProcessPayment: false,
        Line: [{ Amount: 629.1, LinkedTxn: [{ TxnId: '103', TxnType: 'Invoice' }] }],
        CurrencyRef: { value: 'USD', name: 'United States Dollar' },
      },
    });
  });

  it('serves the company under its realm and its preferences', async () => {
    const info = await qbo.call('GET', `companyinfo/${qbo.realm}`);
    expect(await info.json()).toMatchObject({ CompanyInfo: { CompanyName: 'Acme Corp.' } });
    const preferences = await qbo.call('GET', 'preferences');
    expect(await preferences.json()).toMatchObject({
      Preferences: { CurrencyPrefs: { HomeCurrency: { value: 'USD' } } },
    });
  });
});
