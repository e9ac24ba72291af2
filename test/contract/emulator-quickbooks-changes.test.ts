import { afterEach, describe, expect, it } from 'vitest';
import {
  createInvoice,
  deactivateCustomer,
  deleteInvoice,
  deletePayment,
  editNotes,
  mergeCustomers,
  payInvoice,
  voidInvoice,
} from '../../emulator/quickbooks/edits.ts';
import type { QuickBooksOptions } from '../../emulator/quickbooks/options.ts';
import { bookOf, customer, invoice, startQuickBooks, worldNowMs } from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

type Changed = { Id: string; status?: string; [field: string]: unknown };
type Answers = Record<string, Changed[] | number>;

const day = 86_400_000;

describe('change data capture', () => {
  let qbo: EmulatedQuickBooks;
  afterEach(() => qbo.close());

  const start = async (options: Partial<QuickBooksOptions> = {}, invoices = 3) => {
    const entries = [
      customer('1'),
      customer('2'),
      customer('3'),
      ...Array.from({ length: invoices }, (_none, at) => invoice(`i${String(at)}`, '1')),
    ];
    qbo = await startQuickBooks(bookOf(entries), options);
  };
  const cdc = async (entities: string, since: string) => {
    const path = `cdc?entities=${entities}&changedSince=${encodeURIComponent(since)}`;
    const response = await qbo.call('GET', path);
    return (await response.json()) as {
      CDCResponse: { QueryResponse: Answers[] }[];
      time: string;
      Fault?: { Error: { code: string }[] };
    };
  };
  const changes = async (entities: string, since = new Date(worldNowMs - 1000).toISOString()) =>
    (await cdc(entities, since)).CDCResponse[0]?.QueryResponse ?? [];

  it('is silent about what has not changed', async () => {
    await start();
    expect(await changes('Customer,Invoice')).toEqual([{}, {}]);
  });

  it('reports an invoice’s payment on invoice, payment and customer', async () => {
    await start();
    payInvoice(qbo.books, '1');
    const [customers, invoices, payments] = await changes('Customer,Invoice,Payment');
    expect(customers).toMatchObject({ Customer: [{ Id: '1', Balance: 200, SyncToken: '0' }], maxResults: 1 });
    expect(invoices).toMatchObject({ Invoice: [{ Id: '1', Balance: 0, SyncToken: '1' }] });
    expect(payments).toMatchObject({ Payment: [{ TotalAmt: 100, UnappliedAmt: 0 }] });
  });

  it('shows deleted documents as tombstones and voided ones as updates', async () => {
    await start();
    deleteInvoice(qbo.books, '1');
    voidInvoice(qbo.books, '2');
    const payment = payInvoice(qbo.books, '3');
    deletePayment(qbo.books, payment.Id);
    const [invoices, payments] = await changes('Invoice,Payment');
    expect(invoices?.['Invoice']).toEqual(
      expect.arrayContaining([
        {
          domain: 'QBO',
          status: 'Deleted',
          Id: '1',
          MetaData: { LastUpdatedTime: expect.any(String) as string },
        },
        expect.objectContaining({ Id: '2', TotalAmt: 0, PrivateNote: 'Voided' }),
        expect.objectContaining({ Id: '3', Balance: 100 }),
      ]),
    );
    expect(payments?.['Payment']).toMatchObject([{ Id: payment.Id, status: 'Deleted' }]);
  });

  it('shows deactivation as an update and the loser of a merge as a tombstone', async () => {
    await start();
    deactivateCustomer(qbo.books, '3');
    mergeCustomers(qbo.books, '1', '2');
    const [customers, invoices] = await changes('Customer,Invoice');
    expect(customers?.['Customer']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Id: '3', Active: false }),
        expect.objectContaining({ Id: '1', status: 'Deleted' }),
        expect.objectContaining({ Id: '2', Balance: 300 }),
      ]),
    );
    expect(invoices?.['Invoice']).toMatchObject(Array(3).fill({ CustomerRef: { value: '2' } }));
  });

  it('starts again from the reply’s own time', async () => {
    await start();
    editNotes(qbo.books, '1', 'before');
    const { time } = await cdc('Customer', new Date(worldNowMs - 1000).toISOString());
    qbo.world.clock.set(Date.parse(time) + 5000);
    editNotes(qbo.books, '2', 'after');
    const [customers] = await changes('Customer', time);
    expect(customers).toMatchObject({ Customer: [{ Id: '2', Notes: 'after' }], maxResults: 1 });
  });

  it('cuts the reply off at 1,000 objects, over all entities together', async () => {
    await start({}, 1100);
    qbo.world.clock.set(Date.parse('2026-01-11T00:00:00Z'));
    const [invoices, customers] = await changes('Invoice,Customer', '2026-01-01T00:00:00Z');
    expect(invoices?.['maxResults']).toBe(1000);
    expect(customers).toEqual({});
  });

  it('can count the cap for each entity alone', async () => {
    await start({ cdcCapPer: 'entity' }, 1100);
    qbo.world.clock.set(Date.parse('2026-01-11T00:00:00Z'));
    const [invoices, customers] = await changes('Invoice,Customer', '2026-01-01T00:00:00Z');
    expect([invoices?.['maxResults'], customers?.['maxResults']]).toEqual([1000, 3]);
  });

  it('looks back thirty days and no further', async () => {
    await start();
    createInvoice(qbo.books, { customerId: '1', amountMinor: 100 });
    const within = new Date(worldNowMs - 30 * day + 60_000).toISOString();
    expect((await changes('Invoice', within))[0]?.['maxResults']).toBe(1);
    const beyond = await cdc('Invoice', new Date(worldNowMs - 31 * day).toISOString());
    expect(beyond.Fault?.Error[0]?.code).toBe('4001');
  });
});
