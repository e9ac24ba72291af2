import { describe, expect, it } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { companyId, PlatformError, type ChangeNotice, type WebhookReader } from '../../src/domain/index.ts';
import {
  readConnection,
  readFactsRun,
  readLastRun,
  readNoticeDrops,
  readPublishedRun,
  saveNotice,
  setConnectionState,
  syncConnection,
  syncHinted,
  takeNotices,
  type Connection,
} from '../../src/mirror/index.ts';
import { withLease, type Store } from '../../src/store/index.ts';
import { connect, FakePlatform, key } from '../support/fake-platform.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { customerRecord, invoiceRecord, NOW_MS } from '../support/mirror-records.ts';
import { tempStore } from '../support/temp-store.ts';

let store: Store;

/** A platform's webhooks in the shape of this test: the notices as JSON. */
const reader: WebhookReader = {
  isGenuine: () => true,
  read: (body) => JSON.parse(Buffer.from(body).toString()) as ChangeNotice[],
};
const readers = { xero: reader };

async function company() {
  store = tempStore();
  const name = 'company-1';
  const clock = new ManualClock(NOW_MS);
  const connection = await connect(store, { company: name });
  const platform = new FakePlatform()
    .add('customers', { customers: [customerRecord('c1', { platformBalanceMinor: 100_00 })] })
    .add('invoices', { invoices: [invoiceRecord('i1'), invoiceRecord('i2')] });
  await syncConnection(store, clock, connection, platform);
  platform.readings.length = 0;
  return { name, clock, connection, platform };
}

const told = (name: string, ids: string[], atMs: number | null): ChangeNotice[] =>
  ids.map((remoteId) => ({ companyId: companyId(name), row: { kind: 'invoice', remoteId }, atMs }));
const bytes = (notices: ChangeNotice[], salt = 0): Uint8Array =>
  Buffer.from(`${JSON.stringify(notices)}${' '.repeat(salt)}`);
const receive = (notices: ChangeNotice[], clock: ManualClock, salt = 0): Promise<boolean> =>
  saveNotice(store, 'xero', bytes(notices, salt), clock.nowMs());
const take = (clock: ManualClock) => takeNotices(store, key, readers, clock.nowMs());
const openOf = async ({ id }: Connection, invoice: string): Promise<number | undefined> =>
  (
    await store.reader
      .selectFrom('invoice')
      .select('open_minor')
      .where('connection_id', '=', id)
      .where('remote_id', '=', invoice)
      .executeTakeFirst()
  )?.open_minor;

describe('a notice', () => {
  it('is kept once for the same bytes', async () => {
    const { name, clock } = await company();
    expect(await receive(told(name, ['i1'], NOW_MS + 1), clock)).toBe(true);
    expect(await receive(told(name, ['i1'], NOW_MS + 1), clock)).toBe(false);
    await take(clock);
  });

  it('leads to one reading however often it is repeated, before and after that reading', async () => {
    const { name, clock, connection, platform } = await company();
    const news = told(name, ['i1'], NOW_MS + 1000);
    platform.show({ invoices: [invoiceRecord('i1', { openMinor: 40_00, updatedAtMs: NOW_MS + 1000 })] });
    let runs = 0;
    for (let round = 0; round < 10; round += 1) {
      for (let replay = 0; replay < 20; replay += 1) await receive(news, clock, replay);
      for (const id of await take(clock)) {
        expect(id).toBe(connection.id);
        while ((await syncHinted(store, clock, connection, platform)) !== null) runs += 1;
      }
      clock.advance(60_000);
    }
    expect(runs).toBe(1);
    expect(platform.readings.filter((refs) => refs[0]?.kind === 'invoice')).toHaveLength(1);
    expect(await openOf(connection, 'i1')).toBe(40_00);
  });

  it('of a company that is not connected is counted and dropped, as is one that cannot be read', async () => {
    const { clock } = await company();
    await receive(told('nobody', ['i1', 'i2'], NOW_MS), clock);
    await saveNotice(store, 'xero', Buffer.from('not json'), NOW_MS);
    expect(await take(clock)).toEqual([]);
    expect(await readNoticeDrops(store.reader)).toEqual([
      { platform: 'xero', reason: 'unknown-company', dropped: 2, lastAtMs: NOW_MS },
      { platform: 'xero', reason: 'unreadable', dropped: 1, lastAtMs: NOW_MS },
    ]);
    expect(await store.reader.selectFrom('notice').selectAll().execute()).toEqual([]);
  });

  it('of a platform whose key is not configured just now stays until it is', async () => {
    const { name, clock, connection } = await company();
    await receive(told(name, ['i1'], NOW_MS + 1), clock);
    expect(await takeNotices(store, key, {}, clock.nowMs())).toEqual([]);
    expect(await take(clock)).toEqual([connection.id]);
  });

  it('for a connection that waits for a person is read once it is back', async () => {
    const { name, clock, connection, platform } = await company();
    await store.write((tx) => setConnectionState(tx, connection.id, 'reconnect', 'the consent is gone'));
    await receive(told(name, ['i1'], NOW_MS + 1), clock);
    expect(await take(clock)).toEqual([]);
    await expect(syncHinted(store, clock, connection, platform)).rejects.toMatchObject({
      code: 'RECONNECT_NEEDED',
    });
    await store.write((tx) => setConnectionState(tx, connection.id, 'active', null));
    expect(await take(clock)).toEqual([connection.id]);
    await syncHinted(store, clock, connection, platform);
  });
});

describe('a hinted run', () => {
  it('reads what was named and its customer, has a number, and is no sign of freshness', async () => {
    const { name, clock, connection, platform } = await company();
    platform.show({
      customers: [customerRecord('c1', { platformBalanceMinor: 60_00 })],
      invoices: [invoiceRecord('i1', { openMinor: 40_00, updatedAtMs: NOW_MS + 1000 })],
    });
    platform.pulls.length = 0;
    const cursors = () =>
      store.reader.selectFrom('cursor').selectAll().where('connection_id', '=', connection.id).execute();
    const before = await cursors();
    await receive(told(name, ['i1'], NOW_MS + 1000), clock);
    await take(clock);
    clock.advance(5_000);
    const summary = await syncHinted(store, clock, connection, platform);
    expect(summary).toMatchObject({ run: 2, mode: 'hinted', calls: 2, counts: { updated: 2 } });
    expect(platform.readings).toEqual([
      [{ kind: 'invoice', remoteId: 'i1' }],
      [{ kind: 'customer', remoteId: 'c1' }],
    ]);
    expect(await cursors()).toEqual(before);
    expect(platform.pulls).toEqual([]);
    expect(await readFactsRun(store.reader, connection.id)).toMatchObject({ number: 2, mode: 'hinted' });
    for (const read of [readLastRun, readPublishedRun])
      expect(await read(store.reader, connection.id)).toMatchObject({ number: 1, finishedAtMs: NOW_MS });
    const [line] = await readAudit(store.reader, 1, connection.id);
    expect(line).toMatchObject({ action: 'run.published', subject: 'run 2', details: { mode: 'hinted' } });
    expect(await syncConnection(store, clock, connection, platform)).toMatchObject({ run: 3 });
  });

  it('marks as deleted what the platform does not know any more', async () => {
    const { name, clock, connection, platform } = await company();
    platform.vanish({ kind: 'invoice', remoteId: 'i2' });
    await receive(told(name, ['i2'], NOW_MS + 1000), clock);
    await take(clock);
    expect(await syncHinted(store, clock, connection, platform)).toMatchObject({ counts: { deleted: 1 } });
    expect(await syncHinted(store, clock, connection, platform)).toBeNull();
  });

  it('looks a few times more when the platform does not show the change yet, then leaves it to the poll', async () => {
    const { name, clock, connection, platform } = await company();
    await receive(told(name, ['i1'], NOW_MS + 60_000), clock);
    await take(clock);
    let looks = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      if ((await syncHinted(store, clock, connection, platform)) !== null) looks += 1;
      clock.advance(60_000);
    }
    expect(looks).toBe(4);
    expect(await openOf(connection, 'i1')).toBe(100_00);
  });

  it('is content as soon as a later look brings the change', async () => {
    const { name, clock, connection, platform } = await company();
    await receive(told(name, ['i1'], NOW_MS + 60_000), clock);
    await take(clock);
    await syncHinted(store, clock, connection, platform);
    platform.show({ invoices: [invoiceRecord('i1', { openMinor: 1_00, updatedAtMs: NOW_MS + 60_000 })] });
    expect(await syncHinted(store, clock, connection, platform)).toBeNull();
    clock.advance(30_000);
    expect(await syncHinted(store, clock, connection, platform)).toMatchObject({ counts: { updated: 1 } });
    clock.advance(3_600_000);
    expect(await syncHinted(store, clock, connection, platform)).toBeNull();
  });

  it('leaves nothing behind when the platform fails, and what was named stays due', async () => {
    const { name, clock, connection, platform } = await company();
    await receive(told(name, ['i1'], NOW_MS + 1000), clock);
    await take(clock);
    const fault = new PlatformError('PLATFORM_UNAVAILABLE', 'down', { sent: 'no' });
    const readRows = platform.readRows.bind(platform);
    platform.readRows = () => Promise.reject(fault);
    await expect(syncHinted(store, clock, connection, platform)).rejects.toBe(fault);
    expect(await readFactsRun(store.reader, connection.id)).toMatchObject({ number: 1 });
    platform.readRows = readRows;
    expect(await syncHinted(store, clock, connection, platform)).toMatchObject({ run: 2 });
  });

  it('waits while a pull is under way or unfinished, for that brings it', async () => {
    const { name, clock, connection, platform } = await company();
    await receive(told(name, ['i1'], NOW_MS + 1000), clock);
    await take(clock);
    const lease = { ttlMs: 90_000, waitMs: 0 };
    await withLease(store, clock, `sync:${connection.id}`, lease, async () => {
      expect(await syncHinted(store, clock, connection, platform)).toBeNull();
    });
    platform.add('invoices', { invoices: [invoiceRecord('i3')] });
    await expect(syncConnection(store, clock, connection, platform.failAfter(0))).rejects.toThrow();
    expect(await syncHinted(store, clock, connection, platform)).toBeNull();
    await syncConnection(store, clock, connection, platform.recover());
    expect(await syncHinted(store, clock, connection, platform)).toMatchObject({ mode: 'hinted' });
    expect((await readConnection(store.reader, connection.id)).state).toBe('active');
  });
});
