import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit, readAudit } from '../../src/audit/index.ts';
import { PlatformError, type Page, type StreamName } from '../../src/domain/index.ts';
import {
  readConnection,
  readLastRun,
  readListedRates,
  readPublishedRun,
  readQuarantined,
  syncConnection,
  type Connection,
  type SyncProgress,
} from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { connect, FakePlatform, unavailable } from '../support/fake-platform.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  creditRecord,
  customerRecord,
  day,
  invoiceRecord,
  NOW_MS,
  paymentRecord,
} from '../support/mirror-records.ts';
import { sharedStore } from '../support/temp-store.ts';

let store: Store;
let close: () => Promise<void>;
beforeAll(() => ({ store, close } = sharedStore()));
afterAll(() => close());

const clock = new ManualClock(NOW_MS);
let companies = 0;
const nextCompany = (): Promise<Connection> => connect(store, { company: `company-${(companies += 1)}` });
const sync = (connection: Connection, platform: FakePlatform, full = false) =>
  syncConnection(store, clock, connection, platform, { full });

const TABLES = ['customer', 'invoice', 'credit', 'payment', 'cursor', 'row_history', 'quarantine'] as const;

/** Everything that the mirror holds of a connection, without the connection's own id. */
async function mirrorOf(connection: Connection): Promise<Record<string, unknown[]>> {
  const dump: Record<string, unknown[]> = {};
  for (const table of TABLES) {
    const rows = await store.reader
      .selectFrom(table)
      .selectAll()
      .where('connection_id', '=', connection.id)
      .execute();
    dump[table] = rows.map((row) => JSON.stringify({ ...row, connection_id: '' })).sort();
  }
  return dump;
}

/** A company with two pages of each kind; the second page of invoices says more of the first one's. */
function somePlatform(): FakePlatform {
  return new FakePlatform()
    .add('customers', { customers: [customerRecord('c1')] }, { customers: [customerRecord('c2')] })
    .add(
      'invoices',
      { invoices: [invoiceRecord('i1'), invoiceRecord('i2', { customer: 'c2' })] },
      {
        invoices: [invoiceRecord('i1', { openMinor: 60_00, updatedAtMs: NOW_MS + 1 })],
        quarantined: [
          { kind: 'invoice', remoteId: 'i9', customerId: null, reason: 'DueDate: found nothing' },
        ],
      },
    )
    .add('credits', { credits: [creditRecord('n1')] }, { deleted: [{ kind: 'invoice', remoteId: 'i2' }] })
    .add('payments', { payments: [paymentRecord('p1')] });
}
const PAGES = 7;

describe('a sync', () => {
  it('mirrors every page in one run, publishes it and says what became of the rows', async () => {
    const connection = await nextCompany();
    const summary = await sync(connection, somePlatform());
    expect(summary).toMatchObject({
      run: 1,
      mode: 'full',
      calls: PAGES + 1,
      counts: { created: 6, updated: 1, skipped: 0, deleted: 1, quarantined: 1 },
    });
    expect(await readPublishedRun(store.reader, connection.id)).toMatchObject({
      number: 1,
      state: 'published',
    });
    expect(await readQuarantined(store.reader, connection.id)).toMatchObject([{ remoteId: 'i9' }]);
  });

  it('goes on the next time where each stream ended, and begins again only when it is told to', async () => {
    const connection = await nextCompany();
    const platform = somePlatform();
    await sync(connection, platform);
    platform.add('invoices', { invoices: [invoiceRecord('i3')] });
    platform.pulls.length = 0;
    expect(await sync(connection, platform)).toMatchObject({
      run: 2,
      mode: 'incremental',
      counts: { created: 1 },
    });
    expect(platform.pulls).toEqual(['customers 2', 'invoices 2', 'credits 2', 'payments 1']);
    platform.pulls.length = 0;
    const full = await sync(connection, platform, true);
    expect(full).toMatchObject({ run: 3, mode: 'full', counts: { created: 0 } });
    expect(platform.pulls).toEqual([
      ...['customers', 'invoices', 'credits', 'payments'].map((stream) => `${stream} from the beginning`),
      ...['customers 2', 'invoices 3', 'credits 2', 'payments 1'],
    ]);
  });

  it('changes nothing when nothing changed', async () => {
    const connection = await nextCompany();
    await sync(connection, somePlatform());
    const before = await mirrorOf(connection);
    const { counts } = await sync(connection, somePlatform());
    expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0, quarantined: 0 });
    const { cursor: _before, ...rows } = before;
    expect(await mirrorOf(connection)).toMatchObject(rows);
  });

  it('tells how far it has come, page by page', async () => {
    const connection = await nextCompany();
    const seen: SyncProgress[] = [];
    await syncConnection(store, clock, connection, somePlatform(), { onProgress: (p) => seen.push(p) });
    expect(seen.filter((p) => p.stream === 'invoices').map((p) => p.rows)).toEqual([2, 3]);
  });

  it('keeps the platform’s own rates for the currencies that are owed', async () => {
    const connection = await nextCompany();
    const platform = somePlatform()
      .add('invoices', { invoices: [invoiceRecord('e1', { currency: 'EUR' })] })
      .quoteRates([
        { currency: 'EUR', date: day('2026-03-11'), rate: '0.86' },
        { currency: 'USD', date: day('2026-03-11'), rate: '0.74' },
      ]);
    await sync(connection, platform);
    const listed = () => readListedRates(store.reader, connection.id, day('2026-03-12'));
    expect(await listed()).toEqual([
      { currency: 'EUR', date: '2026-03-11', rate: '0.86', source: 'platform' },
    ]);
    platform.quoteRates([{ currency: 'EUR', date: day('2026-03-12'), rate: '0.87' }]);
    await syncConnection(store, new ManualClock(NOW_MS + 86_400_000), connection, platform);
    expect(await listed()).toEqual([
      { currency: 'EUR', date: '2026-03-12', rate: '0.87', source: 'platform' },
    ]);
    expect(platform.rateQuestions).toEqual(['EUR 2026-03-11', 'EUR 2026-03-12']);
  });

  it('takes over the name and the zone that the company has now', async () => {
    const connection = await nextCompany();
    const platform = somePlatform().describeItselfAs({ name: 'Harbour Two Ltd', timeZone: 'Europe/Dublin' });
    await sync(connection, platform);
    expect(await readConnection(store.reader, connection.id)).toMatchObject({
      name: 'Harbour Two Ltd',
      timeZone: 'Europe/Dublin',
    });
  });
});

describe('a sync that fails', () => {
  it('is not published, leaves the earlier run published and is written down', async () => {
    const connection = await nextCompany();
    await sync(connection, somePlatform());
    const failing = somePlatform().add('invoices', { invoices: [invoiceRecord('i3')] });
    await expect(sync(connection, failing.failAfter(0))).rejects.toMatchObject({
      code: 'PLATFORM_UNAVAILABLE',
    });
    expect(await readLastRun(store.reader, connection.id)).toMatchObject({ number: 2, state: 'failed' });
    expect(await readPublishedRun(store.reader, connection.id)).toMatchObject({ number: 1 });
    const [last] = await readAudit(store.reader, 1, connection.id);
    expect(last).toMatchObject({ action: 'run.failed', subject: 'run 2' });
    await verifyAudit(store.reader);
  });

  it('has, once it is resumed, the same mirror as one that was never disturbed', async () => {
    const undisturbed = await nextCompany();
    await sync(undisturbed, somePlatform());
    const expected = await mirrorOf(undisturbed);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: PAGES - 1 }), { minLength: 1, maxLength: 4 }),
        async (failures) => {
          const connection = await nextCompany();
          const platform = somePlatform();
          for (const pages of [...failures, Infinity]) {
            const ended = await sync(connection, platform.failAfter(pages)).catch((error: unknown) => error);
            if (!(ended instanceof Error)) break;
            expect(ended).toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
          }
          expect(await mirrorOf(connection)).toEqual(expected);
          expect(await readPublishedRun(store.reader, connection.id)).not.toBeNull();
        },
      ),
      { numRuns: 10 },
    );
  });

  it('does not pull again what it had when it is resumed', async () => {
    const connection = await nextCompany();
    const platform = somePlatform().failAfter(3);
    await expect(sync(connection, platform)).rejects.toThrow();
    platform.pulls.length = 0;
    expect(await sync(connection, platform.recover())).toMatchObject({
      run: 1,
      mode: 'full',
      calls: PAGES - 3 + 1,
    });
    expect(platform.pulls).toEqual([
      'invoices 1',
      'credits from the beginning',
      'payments from the beginning',
      ...['customers 2', 'invoices 2', 'credits 2', 'payments 1'],
    ]);
  });

  it('leaves the cursor where it was when a page cannot be written', async () => {
    const connection = await nextCompany();
    const impossible = invoiceRecord('i5');
    Reflect.deleteProperty(impossible, 'number');
    const page: Partial<Page> = { invoices: [invoiceRecord('i4'), impossible] };
    const platform = new FakePlatform().add('invoices', { invoices: [invoiceRecord('i1')] }, page);
    await expect(sync(connection, platform)).rejects.toThrow();
    expect(await cursorOf(connection, 'invoices')).toMatchObject({ value: '1', finished: 0 });
    const { invoice } = await mirrorOf(connection);
    expect(invoice).toHaveLength(1);
  });

  it('pulls everything when a full sync is asked for after an incremental one failed', async () => {
    const connection = await nextCompany();
    const platform = somePlatform();
    await sync(connection, platform);
    platform.add('payments', { payments: [paymentRecord('p2')] });
    await expect(sync(connection, platform.failAfter(0))).rejects.toThrow();
    platform.pulls.length = 0;
    expect(await sync(connection, platform.recover(), true)).toMatchObject({ mode: 'full' });
    expect(platform.pulls).toContain('customers from the beginning');
  });

  it('lets nobody else sync meanwhile, and the next one once it has failed', async () => {
    const connection = await nextCompany();
    const both = await Promise.allSettled([
      sync(connection, somePlatform()),
      sync(connection, somePlatform()),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'LEASE_TAKEN' } });
    await expect(sync(connection, somePlatform().add('credits', {}).failAfter(0))).rejects.toThrow(
      unavailable().message,
    );
    await expect(sync(connection, somePlatform())).resolves.toMatchObject({ run: 2 });
  });
});

describe('a connection whose platform says something else', () => {
  it('is not synced when the company now keeps its books in another currency', async () => {
    const connection = await nextCompany();
    await sync(connection, somePlatform());
    const before = await mirrorOf(connection);
    const other = somePlatform()
      .add('invoices', { invoices: [invoiceRecord('foreign')] })
      .describeItselfAs({ baseCurrency: 'USD', name: 'Another Inc' });
    await expect(sync(connection, other)).rejects.toMatchObject({ code: 'COMPANY_CHANGED' });
    expect(await mirrorOf(connection)).toEqual(before);
    expect((await readConnection(store.reader, connection.id)).name).toBe('Harbour Test Ltd');
  });

  it.each(['PLATFORM_RECONNECT', 'PLATFORM_TOKEN_REJECTED', 'PLATFORM_FORBIDDEN'] as const)(
    'waits for a person after %s, who is told why',
    async (code) => {
      const connection = await nextCompany();
      const fault = new PlatformError(code, 'The consent is gone.', { sent: 'refused' });
      await expect(sync(connection, somePlatform().failAfter(2, fault))).rejects.toBe(fault);
      expect(await readConnection(store.reader, connection.id)).toMatchObject({
        state: 'reconnect',
        stateReason: 'The consent is gone.',
      });
      const actions = (await readAudit(store.reader, 2, connection.id)).map((row) => row.action);
      expect(actions).toEqual(['connection.stopped', 'run.failed']);
    },
  );

  it('stays as it is after a fault that passes by itself', async () => {
    const connection = await nextCompany();
    await expect(sync(connection, somePlatform().failAfter(2))).rejects.toThrow();
    expect(await readConnection(store.reader, connection.id)).toMatchObject({ state: 'active' });
  });
});

async function cursorOf(connection: Connection, stream: StreamName) {
  return store.reader
    .selectFrom('cursor')
    .selectAll()
    .where('connection_id', '=', connection.id)
    .where('stream', '=', stream)
    .executeTakeFirst();
}
