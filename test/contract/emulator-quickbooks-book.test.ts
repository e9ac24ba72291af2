import { describe, expect, it } from 'vitest';
import type { BookEntry } from '../../emulator/core/book.ts';
import type { NativeRow } from '../../emulator/core/state.ts';
import { quickBooksCompany } from '../../emulator/quickbooks/from-book.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';
import {
  bookOf,
  creditNote,
  customer,
  invoice,
  receipt,
  worldNowMs,
} from '../support/quickbooks-emulator.ts';

type Served = Record<string, unknown>;

function rowsOf(entries: BookEntry[], options: Partial<QuickBooksOptions> = {}): NativeRow[] {
  return [...quickBooksCompany(bookOf(entries), options).rows()];
}

function served(entries: BookEntry[], entity: string, options: Partial<QuickBooksOptions> = {}): Served[] {
  const rows = rowsOf(entries, options).filter((row) => row.entity === entity);
  return rows.map((row) => JSON.parse(row.json) as Served);
}

describe('a book as a QuickBooks company', () => {
  it('numbers customers apart from transactions, and transactions in one sequence', () => {
    const rows = rowsOf([
      customer('a'),
      customer('b'),
      invoice('i', 'a'),
      receipt('r', 'b'),
      invoice('j', 'b'),
    ]);
    const ids = rows
      .filter((row) => ['Customer', 'Invoice', 'Payment'].includes(row.entity))
      .map((row) => `${row.entity} ${row.id}`);
    expect(ids).toEqual(['Customer 1', 'Customer 2', 'Invoice 1', 'Payment 2', 'Invoice 3']);
  });

  it('serves an open invoice with what links, days and amounts say', () => {
    const [found] = served(
      [customer('a'), invoice('i', 'a', { totalMinor: 36_207, openMinor: 36_207 })],
      'Invoice',
    );
    expect(found).toMatchObject({
      Id: '1',
      SyncToken: '0',
      DocNumber: 'INV-i',
      TxnDate: '2026-01-10',
      DueDate: '2026-02-09',
      TotalAmt: 362.07,
      Balance: 362.07,
      HomeBalance: 362.07,
      CustomerRef: { value: '1', name: 'Customer a' },
      BillEmail: { Address: 'a@example.com' },
    });
    expect(found).not.toHaveProperty('LinkedTxn');
  });

  it('links a payment and its invoices both ways and counts the invoice’s SyncToken up', () => {
    const entries = [
      customer('a'),
      invoice('i', 'a', { openMinor: 4_000 }),
      receipt('r', 'a', {
        totalMinor: 7_500,
        openMinor: 1_500,
        allocations: [{ invoiceId: 'i', amountMinor: 6_000, date: '2026-02-01' }],
      }),
    ];
    expect(served(entries, 'Invoice')[0]).toMatchObject({
      SyncToken: '1',
      Balance: 40,
      LinkedTxn: [{ TxnId: '2', TxnType: 'Payment' }],
    });
    expect(served(entries, 'Payment')[0]).toMatchObject({
      TotalAmt: 75,
      UnappliedAmt: 15,
      Line: [{ Amount: 60, LinkedTxn: [{ TxnId: '1', TxnType: 'Invoice' }] }],
    });
    expect(served(entries, 'Customer')[0]).toMatchObject({ Balance: 25 });
  });

  it('applies a credit by a payment of nothing on the day of the allocation', () => {
    const entries = [
      customer('a'),
      invoice('i', 'a', { openMinor: 7_000 }),
      creditNote('c', 'a', {
        openMinor: 1_000,
        allocations: [{ invoiceId: 'i', amountMinor: 3_000, date: '2026-02-17' }],
      }),
    ];
    expect(served(entries, 'CreditMemo')[0]).toMatchObject({
      TotalAmt: 40,
      Balance: 10,
      RemainingCredit: 10,
    });
    expect(served(entries, 'Payment')[0]).toMatchObject({
      Id: '3',
      TotalAmt: 0,
      UnappliedAmt: 0,
      TxnDate: '2026-02-17',
      Line: [
        { Amount: 30, LinkedTxn: [{ TxnId: '1', TxnType: 'Invoice' }] },
        { Amount: 30, LinkedTxn: [{ TxnId: '2', TxnType: 'CreditMemo' }] },
      ],
    });
    expect(served(entries, 'Customer')[0]).toMatchObject({ Balance: 60 });
  });

  it('leaves drafts out, keeps voided invoices at nothing, and makes tombstones of deleted ones', () => {
    const entries = [
      customer('a'),
      invoice('d', 'a', { status: 'draft' }),
      invoice('v', 'a', { status: 'voided', openMinor: 0 }),
      invoice('x', 'a', { status: 'deleted', openMinor: 0 }),
      receipt('r', 'a', { status: 'deleted' }),
    ];
    const [voided, gone, ...more] = served(entries, 'Invoice');
    expect(voided).toMatchObject({ Id: '1', TotalAmt: 0, Balance: 0, PrivateNote: 'Voided' });
    expect(gone).toMatchObject({ Id: '2', domain: 'QBO', status: 'Deleted' });
    expect(more).toEqual([]);
    expect(served(entries, 'Payment')).toMatchObject([{ Id: '3', status: 'Deleted' }]);
    expect(served(entries, 'Customer')[0]).toMatchObject({ Balance: 0 });
  });

  it('puts sub-customers below their parent, whose BalanceWithJobs is the sum', () => {
    const entries = [
      customer('p'),
      customer('s', { parentId: 'p', email: null }),
      invoice('i', 'p'),
      invoice('j', 's', { totalMinor: 2_500, openMinor: 2_500 }),
    ];
    const [parent, sub] = served(entries, 'Customer');
    expect(parent).toMatchObject({ Job: false, Balance: 100, BalanceWithJobs: 125 });
    expect(sub).toMatchObject({
      Job: true,
      BillWithParent: true,
      ParentRef: { value: '1' },
      Level: 1,
      FullyQualifiedName: 'Customer p:Customer s',
      Balance: 25,
    });
    expect(sub).not.toHaveProperty('PrimaryEmailAddr');
  });

  it('states foreign amounts in their currency, with rate and home amounts beside', () => {
    const foreign = { currency: 'EUR', rate: '0.8567' };
    const entries = [
      customer('a', { currency: 'EUR' }),
      invoice('i', 'a', { ...foreign, totalMinor: 10_001, openMinor: 10_001 }),
    ];
    expect(served(entries, 'Invoice')[0]).toMatchObject({
      CurrencyRef: { value: 'EUR', name: 'Euro' },
      ExchangeRate: 0.8567,
      TotalAmt: 100.01,
      HomeTotalAmt: 85.68,
    });
    expect(served(entries, 'Customer')[0]).toMatchObject({ Balance: 100.01, CurrencyRef: { value: 'EUR' } });
    expect(served(entries, 'ExchangeRate')).toMatchObject([
      { SourceCurrencyCode: 'EUR', TargetCurrencyCode: 'GBP', Rate: 0.8567, AsOfDate: '2026-01-10' },
    ]);
  });

  it('makes a second customer of one who is billed in a second currency', () => {
    const entries = [customer('a'), invoice('i', 'a'), invoice('j', 'a', { currency: 'USD', rate: '0.8' })];
    expect(served(entries, 'Customer')).toMatchObject([
      { Id: '1', DisplayName: 'Customer a', Balance: 100, CurrencyRef: { value: 'GBP' } },
      { Id: '2', DisplayName: 'Customer a (USD)', Balance: 100, CurrencyRef: { value: 'USD' } },
    ]);
    expect(served(entries, 'Invoice')[1]).toMatchObject({ CustomerRef: { value: '2' } });
  });

  it('lets a merged customer disappear, its documents being the winner’s', () => {
    const entries = [
      customer('loser', { status: 'merged', mergedIntoId: 'winner' }),
      customer('winner'),
      invoice('i', 'loser'),
    ];
    const [loser, winner] = served(entries, 'Customer');
    expect(loser).toMatchObject({ Id: '1', status: 'Deleted' });
    expect(winner).toMatchObject({ Id: '2', Balance: 100 });
    expect(served(entries, 'Invoice')[0]).toMatchObject({ CustomerRef: { value: '2' } });
  });

  it('hides archived customers, and names apart two who are called the same', () => {
    const rows = rowsOf([
      customer('a', { name: 'North: East' }),
      customer('b', { name: 'north - east' }),
      customer('c', { name: 'Old', status: 'archived' }),
    ]).filter((row) => row.entity === 'Customer');
    const names = rows.map((row) => (JSON.parse(row.json) as Served)['DisplayName']);
    expect(names).toEqual(['North - East', 'north - east (2)', 'Old (deleted)']);
    expect(rows.map((row) => row.hidden)).toEqual([false, false, true]);
  });

  it('stamps MetaData in Pacific time or the company’s, and a customer with its newest document', () => {
    const entries = [customer('a', { updatedAtMs: worldNowMs - 90 * 86_400_000 }), invoice('i', 'a')];
    const stampOf = (options: Partial<QuickBooksOptions>) =>
      served(entries, 'Customer', options)[0]?.['MetaData'];
    expect(stampOf({})).toMatchObject({ LastUpdatedTime: '2026-01-10T01:30:00-08:00' });
    expect(stampOf({ metaDataZone: 'company' })).toMatchObject({
      LastUpdatedTime: '2026-01-10T09:30:00+00:00',
    });
  });
});
