import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionId, customerId, type Invoice, type Page } from '../../src/domain/index.ts';
import { countRows, readCustomers, readOpenItems, readQuarantined } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import {
  creditRecord,
  customerRecord,
  day,
  invoiceRecord,
  NOW_MS,
  paymentRecord,
  writePage,
} from '../support/mirror-records.ts';
import { sharedStore } from '../support/temp-store.ts';

let store: Store;
let close: () => Promise<void>;
beforeAll(() => ({ store, close } = sharedStore()));
afterAll(() => close());

let connections = 0;
const nextConnection = () => connectionId(`connection-${(connections += 1)}`);

async function invoiceIn(connection: string, id: string) {
  return store.reader
    .selectFrom('invoice')
    .selectAll()
    .where('connection_id', '=', connection)
    .where('remote_id', '=', id)
    .executeTakeFirst();
}

async function historyIn(connection: string) {
  const rows = await store.reader
    .selectFrom('row_history')
    .selectAll()
    .where('connection_id', '=', connection)
    .orderBy('until_run')
    .execute();
  return rows.map((row) => ({ ...row, content: JSON.parse(row.content) as Record<string, unknown> }));
}

/** The n-th version of one invoice: each pays a little more of it, and tells so a second later. */
const version = (number: number): Invoice =>
  invoiceRecord('i1', { openMinor: 100_00 - number, updatedAtMs: NOW_MS + number * 1000 });

describe('a page that is mirrored', () => {
  it('creates what is new, updates what changed and leaves the rest alone', async () => {
    const connection = nextConnection();
    const first = await writePage(store, connection, { invoices: [version(0), invoiceRecord('i2')] });
    expect(first).toMatchObject({ created: 2, updated: 0, skipped: 0 });
    const second = await writePage(store, connection, { invoices: [version(1), invoiceRecord('i2')] }, 2);
    expect(second).toMatchObject({ created: 0, updated: 1, skipped: 1 });
    expect(await invoiceIn(connection, 'i1')).toMatchObject({ open_minor: 99_99, run: 2 });
    expect(await invoiceIn(connection, 'i2')).toMatchObject({ open_minor: 100_00, run: 1 });
  });

  it('writes nothing to the database when nothing changed', async () => {
    const connection = nextConnection();
    const page: Partial<Page> = {
      customers: [customerRecord('c1')],
      invoices: Array.from({ length: 50 }, (_, at) => invoiceRecord(`i${at}`)),
      credits: [creditRecord('n1'), creditRecord('p1', { kind: 'unapplied-payment' })],
      payments: [paymentRecord('p1')],
    };
    await writePage(store, connection, page);
    const writes = (): Promise<unknown> =>
      store.writeBulk((db) => db.prepare('SELECT total_changes()').pluck().get());
    const before = await writes();
    expect(await writePage(store, connection, page, 2)).toMatchObject({ skipped: 54 });
    expect(await writes()).toBe(before);
  });

  it('keeps no row for a payment that left nothing over, but takes the rest of one back', async () => {
    const connection = nextConnection();
    const rest = (openMinor: number, atMs: number) =>
      creditRecord('p1', { kind: 'unapplied-payment', openMinor, updatedAtMs: atMs });
    expect(await writePage(store, connection, { credits: [rest(0, NOW_MS)] })).toMatchObject({
      created: 0,
      skipped: 0,
    });
    expect(await writePage(store, connection, { credits: [rest(5_00, NOW_MS + 1)] })).toMatchObject({
      created: 1,
    });
    expect(await writePage(store, connection, { credits: [rest(0, NOW_MS + 2)] }, 2)).toMatchObject({
      updated: 1,
    });
    const today = day('2026-03-11');
    expect((await readOpenItems(store.reader, connection, today, today)).credits[0]?.openMinor ?? 0).toBe(0);
  });

  it('never brings back an older version', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { invoices: [version(5)] });
    expect(await writePage(store, connection, { invoices: [version(4)] }, 2)).toMatchObject({ skipped: 1 });
    expect(await invoiceIn(connection, 'i1')).toMatchObject({ open_minor: 99_95, run: 1 });
  });

  it('takes what the platform says now when its time of change did not move', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { customers: [customerRecord('c1', { holdMarker: null })] });
    await writePage(store, connection, { customers: [customerRecord('c1', { holdMarker: 'on hold' })] }, 2);
    expect((await readCustomers(store.reader, connection))[0]?.holdMarker).toBe('on hold');
  });

  it('ends with the newest version whatever the order in which pages come', async () => {
    const versions = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(versions, async (order) => {
        const connection = nextConnection();
        let run = 0;
        for (const number of order) {
          await writePage(store, connection, { invoices: [version(number)] }, (run += 1));
        }
        const newest = Math.max(...order);
        expect(await invoiceIn(connection, 'i1')).toMatchObject({ open_minor: 100_00 - newest });
      }),
      { numRuns: 25 },
    );
  });

  it('keeps what a row said before, with the runs in which it said so', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { invoices: [version(0)] }, 1);
    await writePage(store, connection, { invoices: [version(1)] }, 4);
    await writePage(store, connection, { invoices: [version(1)] }, 5);
    await writePage(store, connection, { invoices: [version(2)] }, 6);
    expect(await historyIn(connection)).toMatchObject([
      { kind: 'invoice', remote_id: 'i1', from_run: 1, until_run: 4, content: { open_minor: 100_00 } },
      { kind: 'invoice', remote_id: 'i1', from_run: 4, until_run: 6, content: { open_minor: 99_99 } },
    ]);
  });

  it('keeps companies apart that use the same ids', async () => {
    const [one, other] = [nextConnection(), nextConnection()];
    await writePage(store, one, { invoices: [version(1)] });
    expect(await writePage(store, other, { invoices: [version(0)] })).toMatchObject({ created: 1 });
    expect(await invoiceIn(one, 'i1')).toMatchObject({ open_minor: 99_99 });
  });

  it('writes nothing at all when one of its rows cannot be written', async () => {
    const connection = nextConnection();
    const impossible = { ...invoiceRecord('i2'), totalMinor: NaN, openMinor: Infinity };
    Reflect.deleteProperty(impossible, 'number');
    await expect(writePage(store, connection, { invoices: [version(0), impossible] })).rejects.toThrow();
    expect(await countRows(store.reader, connection)).toMatchObject({ invoices: 0 });
  });

  it('reads a customer back as it was written', async () => {
    const connection = nextConnection();
    const written = customerRecord('child', {
      name: 'Ängström & Söhne "Süd"',
      emails: ['a@example.com', 'b@example.com'],
      accountNumber: '0042',
      parent: 'root',
      mergedInto: 'other',
      status: 'merged',
      billWithParent: true,
      currency: 'EUR',
      country: 'DE',
      platformBalanceMinor: -12_34,
    });
    await writePage(store, connection, { customers: [written] });
    const { remoteId, updatedAtMs, ...rest } = written;
    expect(updatedAtMs).toBe(NOW_MS);
    expect(await readCustomers(store.reader, connection)).toEqual([{ id: remoteId, ...rest }]);
  });
});

describe('a deleted row', () => {
  const everything: Partial<Page> = {
    customers: [customerRecord('x')],
    invoices: [invoiceRecord('x')],
    credits: [creditRecord('x'), creditRecord('x', { kind: 'unapplied-payment' })],
    payments: [paymentRecord('x')],
  };

  it('owes nothing any more, stays readable and is counted once', async () => {
    const connection = nextConnection();
    await writePage(store, connection, everything);
    const deleted = (['customer', 'invoice', 'credit', 'payment'] as const).map((kind) => ({
      kind,
      remoteId: 'x',
    }));
    expect(await writePage(store, connection, { deleted }, 2)).toMatchObject({ deleted: 5 });
    expect(await writePage(store, connection, { deleted }, 3)).toMatchObject({ deleted: 0 });
    expect(await countRows(store.reader, connection)).toEqual({
      customers: 0,
      invoices: 0,
      openInvoices: 0,
      credits: 0,
      payments: 0,
    });
    expect(await invoiceIn(connection, 'x')).toMatchObject({
      status: 'deleted',
      open_minor: 0,
      total_minor: 100_00,
    });
    const today = day('2026-03-11');
    expect(await readOpenItems(store.reader, connection, today, today)).toMatchObject({
      invoices: [],
      credits: [],
    });
    expect(await historyIn(connection)).toHaveLength(5);
  });

  it('takes the unapplied rest of a payment with it and leaves a credit note of the same id alone', async () => {
    const connection = nextConnection();
    await writePage(store, connection, everything);
    await writePage(store, connection, { deleted: [{ kind: 'payment', remoteId: 'x' }] }, 2);
    const today = day('2026-03-11');
    const { credits } = await readOpenItems(store.reader, connection, today, today);
    expect(credits.map((credit) => credit.kind)).toEqual(['credit-note']);
  });

  it('that was never mirrored is nothing', async () => {
    const connection = nextConnection();
    const gone = { deleted: [{ kind: 'invoice' as const, remoteId: 'never' }] };
    expect(await writePage(store, connection, gone)).toMatchObject({ deleted: 0 });
    expect(await invoiceIn(connection, 'never')).toBeUndefined();
  });
});

describe('a row that could not be understood', () => {
  const bad = (reason: string) => ({
    kind: 'invoice' as const,
    remoteId: 'i1',
    customerId: customerId('c1'),
    reason,
  });

  it('lies in quarantine with its reason, once, until it is understood', async () => {
    const connection = nextConnection();
    expect(await writePage(store, connection, { quarantined: [bad('no date')] })).toMatchObject({
      quarantined: 1,
    });
    await writePage(store, connection, { quarantined: [bad('no amount')] }, 2);
    expect(await readQuarantined(store.reader, connection)).toEqual([bad('no amount')]);
    await writePage(store, connection, { invoices: [invoiceRecord('i2')] }, 3);
    expect(await readQuarantined(store.reader, connection)).toHaveLength(1);
    await writePage(store, connection, { invoices: [invoiceRecord('i1')] }, 4);
    expect(await readQuarantined(store.reader, connection)).toEqual([]);
  });

  it('leaves quarantine when it is deleted on the platform', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { quarantined: [bad('no date')] });
    await writePage(store, connection, { deleted: [{ kind: 'invoice', remoteId: 'i1' }] }, 2);
    expect(await readQuarantined(store.reader, connection)).toEqual([]);
  });

  it('does not leave because another kind of record has its id', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { quarantined: [bad('no date')] });
    await writePage(store, connection, { payments: [paymentRecord('i1')], credits: [creditRecord('i1')] }, 2);
    expect(await readQuarantined(store.reader, connection)).toHaveLength(1);
  });

  it('keeps what was known of it before', async () => {
    const connection = nextConnection();
    await writePage(store, connection, { invoices: [version(0)] });
    await writePage(store, connection, { quarantined: [bad('no date')] }, 2);
    expect(await invoiceIn(connection, 'i1')).toMatchObject({ open_minor: 100_00, status: 'open' });
  });
});
