import { describe, expect, it } from 'vitest';
import { PlatformError, type RowRef } from '../../src/domain/index.ts';
import { readSweep, syncConnection, type Connection, type SyncOptions } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { connect, FakePlatform } from '../support/fake-platform.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  creditRecord,
  customerRecord,
  invoiceRecord,
  NOW_MS,
  paymentRecord,
} from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const invoiceRef = (remoteId: string): RowRef => ({ kind: 'invoice', remoteId });

interface Swept {
  store: Store;
  clock: ManualClock;
  connection: Connection;
  platform: FakePlatform;
  sync(options?: SyncOptions): ReturnType<typeof syncConnection>;
  statusOf(invoice: string): Promise<string | undefined>;
}

async function company(invoices = 3): Promise<Swept> {
  const store = tempStore();
  const clock = new ManualClock(NOW_MS);
  const connection = await connect(store);
  const platform = new FakePlatform()
    .add('customers', { customers: [customerRecord('c1')] })
    .add('invoices', {
      invoices: Array.from({ length: invoices }, (_, at) => invoiceRecord(`i${at + 1}`)),
    })
    .add('credits', {
      credits: [creditRecord('n1'), creditRecord('p1', { kind: 'unapplied-payment' })],
    })
    .add('payments', { payments: [paymentRecord('p1')] });
  platform.vanish({ kind: 'credit', remoteId: 'p1', creditKind: 'unapplied-payment' });
  await syncConnection(store, clock, connection, platform);
  platform.readings.length = 0;
  const statusOf = async (id: string): Promise<string | undefined> =>
    (
      await store.reader
        .selectFrom('invoice')
        .select('status')
        .where('connection_id', '=', connection.id)
        .where('remote_id', '=', id)
        .executeTakeFirst()
    )?.status;
  const sync = (options: SyncOptions = {}) => syncConnection(store, clock, connection, platform, options);
  return { store, clock, connection, platform, sync, statusOf };
}

describe('a sweep', () => {
  it('finds what vanished without a word, once the platform confirms it', async () => {
    const { store, clock, connection, platform, sync, statusOf } = await company();
    platform.vanish(invoiceRef('i2'), { kind: 'payment', remoteId: 'p1' });
    await sync();
    expect(await statusOf('i2')).toBe('open');
    clock.advance(HOUR_MS);
    const summary = await sync({ sweep: 'now' });
    expect(await statusOf('i2')).toBe('deleted');
    expect(summary.counts).toMatchObject({ deleted: 3, created: 0, updated: 0 });
    expect(await readSweep(store.reader, connection.id)).toEqual({
      run: summary.run,
      finishedAtMs: NOW_MS + HOUR_MS,
      checked: 4,
      vanished: 3,
      missed: 0,
      note: '',
    });
    const history = await store.reader.selectFrom('row_history').select(['remote_id', 'until_run']).execute();
    expect(history).toContainEqual({ remote_id: 'i2', until_run: summary.run });
  });

  it('does not take the platform’s list for the last word', async () => {
    const { platform, sync, statusOf } = await company();
    platform.omitFromLists(invoiceRef('i1'), invoiceRef('i3'));
    expect((await sync({ sweep: 'now' })).counts).toMatchObject({ deleted: 0 });
    expect(platform.readings).toEqual([[invoiceRef('i1'), invoiceRef('i3')]]);
    expect(await statusOf('i1')).toBe('open');
  });

  it('brings what no page told of: rows that are not here, and newer ones', async () => {
    const { platform, sync, statusOf, store, connection } = await company();
    platform.show({
      invoices: [
        invoiceRecord('i9'),
        invoiceRecord('i1', { status: 'voided', openMinor: 0, updatedAtMs: NOW_MS + 1 }),
      ],
    });
    expect((await sync({ sweep: 'now' })).counts).toMatchObject({ created: 1, updated: 1, deleted: 0 });
    expect(await statusOf('i9')).toBe('open');
    expect(await statusOf('i1')).toBe('voided');
    expect(await readSweep(store.reader, connection.id)).toMatchObject({ missed: 2, vanished: 0 });
    expect((await sync({ sweep: 'now' })).counts).toMatchObject({ created: 0, updated: 0 });
  });

  it('asks for nothing by its id when nothing is amiss', async () => {
    const { platform, sync } = await company();
    expect((await sync({ sweep: 'now' })).calls).toBe(1 + 4);
    expect(platform.readings).toEqual([]);
  });

  it('believes a hundred that vanished at once, and not a hundred and one', async () => {
    for (const [vanished, believed] of [
      [100, true],
      [101, false],
    ] as const) {
      const { store, connection, platform, sync, statusOf } = await company(300);
      platform.vanish(...Array.from({ length: vanished }, (_, at) => invoiceRef(`i${at + 1}`)));
      await sync({ sweep: 'now' });
      expect(await statusOf('i1')).toBe(believed ? 'deleted' : 'open');
      const sweep = await readSweep(store.reader, connection.id);
      expect(sweep?.vanished).toBe(believed ? 100 : 0);
      expect(sweep?.note).toMatch(
        believed ? /^$/ : /^101 of 300 invoices are missing .* nothing was deleted/,
      );
    }
  });

  it('believes many that vanished from very many', async () => {
    const { platform, sync, statusOf } = await company(600);
    platform.vanish(...Array.from({ length: 110 }, (_, at) => invoiceRef(`i${at + 1}`)));
    expect((await sync({ sweep: 'now' })).counts.deleted).toBe(110);
    expect(await statusOf('i110')).toBe('deleted');
  });
});

describe('a sweep is due', () => {
  it('a day after the first sync and a day after the last sweep', async () => {
    const { store, clock, connection, sync } = await company();
    const last = async (): Promise<number | undefined> =>
      (await readSweep(store.reader, connection.id))?.finishedAtMs;
    await sync();
    expect(await last()).toBeUndefined();
    clock.advance(DAY_MS);
    await sync({ sweep: 'never' });
    expect(await last()).toBeUndefined();
    await sync();
    expect(await last()).toBe(NOW_MS + DAY_MS);
    clock.advance(HOUR_MS);
    await sync({ sweep: 'due' });
    expect(await last()).toBe(NOW_MS + DAY_MS);
    clock.advance(DAY_MS);
    await sync();
    expect(await last()).toBe(NOW_MS + 2 * DAY_MS + HOUR_MS);
  });

  it('at the end of a first run that was resumed after a month, when deletions are no longer told', async () => {
    const store = tempStore();
    const clock = new ManualClock(NOW_MS);
    const connection = await connect(store);
    const platform = new FakePlatform()
      .add('customers', { customers: [customerRecord('c1')] })
      .add('invoices', { invoices: [invoiceRecord('i1')] }, { invoices: [invoiceRecord('i2')] })
      .failAfter(2);
    await expect(syncConnection(store, clock, connection, platform)).rejects.toThrow();
    platform.recover().vanish(invoiceRef('i1'));
    clock.advance(31 * DAY_MS);
    const summary = await syncConnection(store, clock, connection, platform);
    expect(summary).toMatchObject({ run: 1, counts: { deleted: 1 } });
  });
});

describe('a sweep that today’s calls do not allow', () => {
  it('is put off with a note, the run is published, and it is due again', async () => {
    const { store, clock, connection, platform, sync, statusOf } = await company();
    platform.vanish(invoiceRef('i1'));
    const { listStamps } = platform;
    platform.listStamps = () => {
      throw new PlatformError('PLATFORM_DAY_LIMIT', 'used up', { sent: 'no' });
    };
    clock.advance(DAY_MS);
    await sync({ sweep: 'due' });
    expect(await readSweep(store.reader, connection.id)).toMatchObject({
      finishedAtMs: 0,
      note: expect.stringMatching(/^The sweep was put off: today's calls/) as string,
    });
    platform.listStamps = listStamps.bind(platform);
    await sync({ sweep: 'due' });
    expect(await statusOf('i1')).toBe('deleted');
    expect(await readSweep(store.reader, connection.id)).toMatchObject({ vanished: 1, note: '' });
  });
});
