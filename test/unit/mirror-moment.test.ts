import { describe, expect, it } from 'vitest';
import { companyId } from '../../src/domain/index.ts';
import {
  countStaleBalances,
  guardCompany,
  readConnection,
  readCustomers,
  readLastRun,
  readPublishedRun,
  syncConnection,
  type Connection,
  type SyncOptions,
} from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { connect, FakePlatform, FORECAST } from '../support/fake-platform.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { customerRecord, day, invoiceRecord, NOW_MS, paymentRecord } from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

const HOUR_MS = 3_600_000;

async function company(platform: FakePlatform) {
  const store = tempStore();
  const clock = new ManualClock(NOW_MS);
  const connection = await connect(store);
  const sync = (options: SyncOptions = {}) => syncConnection(store, clock, connection, platform, options);
  return { store, clock, connection, platform, sync };
}

const small = (): FakePlatform =>
  new FakePlatform()
    .add('customers', { customers: [customerRecord('c1'), customerRecord('c2')] })
    .add('invoices', {
      invoices: [
        invoiceRecord('i1', { updatedAtMs: NOW_MS - HOUR_MS }),
        invoiceRecord('i2', { customer: 'c2', updatedAtMs: NOW_MS - HOUR_MS }),
      ],
    })
    .add('credits', {})
    .add('payments', {});

const balances = async (store: Store, { id }: Connection) =>
  Object.fromEntries(
    (await readCustomers(store.reader, id)).map((one) => [one.id, one.platformBalanceMinor]),
  );

describe('what a full run publishes', () => {
  it('has what changed while it was running', async () => {
    const platform = small();
    const { store, connection, sync } = await company(platform);
    const paid = invoiceRecord('i1', { openMinor: 0, status: 'paid', updatedAtMs: NOW_MS + 1 });
    await sync({
      onProgress: ({ stream }) => {
        if (stream === 'invoices' && platform.pulls.length === 2)
          platform.add('invoices', { invoices: [paid] });
      },
    });
    const row = await store.reader
      .selectFrom('invoice')
      .selectAll()
      .where('connection_id', '=', connection.id)
      .where('remote_id', '=', 'i1')
      .executeTakeFirst();
    expect(row).toMatchObject({ status: 'paid', open_minor: 0, run: 1 });
  });

  it('is brought up to its end also when the run was resumed', async () => {
    const platform = small().failAfter(1);
    const { sync } = await company(platform);
    await expect(sync()).rejects.toThrow();
    platform.recover().add('customers', { customers: [customerRecord('c3')] });
    expect((await sync()).counts).toMatchObject({ created: 3 });
    expect(platform.pulls.slice(-4)).toEqual(['customers 1', 'invoices 1', 'credits 1', 'payments 1']);
  });
});

describe('the balance of a customer', () => {
  it('is read again when a document changed and the customer did not', async () => {
    const { store, connection, platform, sync } = await company(small());
    await sync();
    expect(platform.readings).toEqual([]);
    platform
      .show({ customers: [customerRecord('c1', { platformBalanceMinor: 70_00 })] })
      .add('invoices', { invoices: [invoiceRecord('i1', { openMinor: 70_00 })] });
    expect((await sync()).counts).toMatchObject({ updated: 2 });
    expect(platform.readings).toEqual([[{ kind: 'customer', remoteId: 'c1' }]]);
    expect(await balances(store, connection)).toEqual({ c1: 70_00, c2: null });
  });

  it('costs no call when nothing changed, or when the customer came along', async () => {
    const { platform, sync } = await company(small());
    await sync();
    await sync();
    platform
      .add('customers', { customers: [customerRecord('c1', { platformBalanceMinor: 1 })] })
      .add('invoices', { invoices: [invoiceRecord('i1', { openMinor: 1 })] });
    await sync();
    expect(platform.readings).toEqual([]);
  });

  it('is read again after a payment, and after a document was deleted', async () => {
    const { platform, sync } = await company(small());
    await sync();
    platform
      .add('payments', { payments: [paymentRecord('p1', { customer: 'c2' })] })
      .add('invoices', { deleted: [{ kind: 'invoice', remoteId: 'i1' }] });
    await sync();
    expect(platform.readings).toEqual([
      [
        { kind: 'customer', remoteId: 'c1' },
        { kind: 'customer', remoteId: 'c2' },
      ],
    ]);
  });

  it('is still to be read after a run that died before it could', async () => {
    const { store, connection, platform, sync } = await company(small());
    await sync();
    platform.add('invoices', { invoices: [invoiceRecord('i1', { openMinor: 1 })] });
    const readRows = platform.readRows.bind(platform);
    platform.readRows = () => Promise.reject(new Error('killed'));
    await expect(sync()).rejects.toThrow('killed');
    expect(await countStaleBalances(store.reader, connection.id)).toBe(1);
    platform.readRows = readRows;
    await sync();
    expect(platform.readings).toEqual([[{ kind: 'customer', remoteId: 'c1' }]]);
    expect(await countStaleBalances(store.reader, connection.id)).toBe(0);
  });

  it('is left to the next full run when very many moved at once', async () => {
    const { store, connection, platform, sync } = await company(small());
    await sync();
    const many = Array.from({ length: 2_001 }, (_, at) => at);
    platform.add('invoices', {
      invoices: many.map((at) => invoiceRecord(`x${at}`, { customer: `x${at}` })),
    });
    await sync();
    expect(platform.readings).toEqual([]);
    expect(await countStaleBalances(store.reader, connection.id)).toBe(2_001);
    await sync({ full: true });
    expect(await countStaleBalances(store.reader, connection.id)).toBe(0);
  });
});

describe('the settings of a company', () => {
  it('are read whole by a full run and when they are a day old, else by one light call', async () => {
    const { clock, platform, sync } = await company(small());
    await sync();
    await sync();
    clock.advance(19 * HOUR_MS);
    await sync();
    clock.advance(2 * HOUR_MS);
    await sync();
    await sync();
    await sync({ full: true });
    expect(platform.organisationCalls).toEqual(['whole', 'light', 'light', 'whole', 'light', 'whole']);
  });

  it('keep the zone that a person set apart from the platform’s own', async () => {
    const { store, connection, sync } = await company(small());
    await sync();
    const zones = () =>
      store.reader.selectFrom('connection').select(['time_zone', 'own_time_zone']).executeTakeFirst();
    await store.write((tx) => tx.updateTable('connection').set({ own_time_zone: 'Asia/Tokyo' }).execute());
    await sync();
    expect(await zones()).toEqual({ time_zone: 'Europe/London', own_time_zone: 'Asia/Tokyo' });
    expect((await readConnection(store.reader, connection.id)).timeZone).toBe('Asia/Tokyo');
  });
});

describe('a session', () => {
  it('that answers for another company brings nothing of it into the mirror', async () => {
    const { store, clock, connection, platform, sync } = await company(small());
    await sync();
    platform
      .describeItselfAs({ company: 'company-2', name: 'Somebody Else Ltd' })
      .add('invoices', { invoices: [invoiceRecord('theirs')] });
    const session = guardCompany(platform, companyId('company-1'));
    for (const full of [false, true]) {
      await expect(syncConnection(store, clock, connection, session, { full })).rejects.toMatchObject({
        code: 'COMPANY_CHANGED',
      });
    }
    expect(await store.reader.selectFrom('invoice').select('remote_id').execute()).toHaveLength(2);
    expect(await readLastRun(store.reader, connection.id)).toMatchObject({ number: 3, state: 'failed' });
    expect((await readConnection(store.reader, connection.id)).name).toBe('Harbour Test Ltd');
  });

  it('that answers for its own company is what it was', async () => {
    const { store, clock, connection, platform } = await company(small());
    const session = guardCompany(platform, companyId('company-1'));
    expect(await syncConnection(store, clock, connection, session)).toMatchObject({ mode: 'full', calls: 5 });
    expect(session.capabilities).toBe(platform.capabilities);
  });
});

describe('the forecast of a sync', () => {
  it('is told before the first run starts, and never again once one is published', async () => {
    const { store, connection, platform, sync } = await company(small());
    const told: unknown[] = [];
    const onForecast = (forecast: unknown): void => {
      told.push(forecast, platform.pulls.length);
    };
    await sync({ onForecast });
    expect(told).toEqual([FORECAST, 0]);
    expect(await readPublishedRun(store.reader, connection.id)).not.toBeNull();
    await sync({ onForecast, full: true });
    expect(told).toHaveLength(2);
  });
});

describe('the platform’s rates', () => {
  it('are asked for only where something foreign is open and today’s is not there yet', async () => {
    const platform = small()
      .add('invoices', {
        invoices: [
          invoiceRecord('e1', { currency: 'EUR' }),
          invoiceRecord('u1', { currency: 'USD', status: 'paid', openMinor: 0 }),
        ],
      })
      .quoteRates([{ currency: 'EUR', date: day('2026-03-11'), rate: '0.86' }]);
    const { sync } = await company(platform);
    await sync();
    await sync();
    expect(platform.rateQuestions).toEqual(['EUR 2026-03-11']);
  });
});
