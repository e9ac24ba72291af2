import fc from 'fast-check';
import { customerId, documentId, type ConnectionId, type Page } from '../../src/domain/index.ts';
import { saveLimits, saveTag } from '../../src/cases/index.ts';
import type { CustomerFacts } from '../../src/facts/index.ts';
import { replaceFileRates } from '../../src/mirror/index.ts';
import { closeRun, openRun } from '../../src/mirror/runs.ts';
import { noCounts } from '../../src/mirror/upsert.ts';
import type { Store } from '../../src/store/index.ts';
import { limitTable } from './facts-builders.ts';
import {
  creditRecord,
  customerRecord,
  day,
  invoiceRecord,
  paymentRecord,
  writePage,
} from './mirror-records.ts';

/** Something that happens to a company: a run of pages that is published or fails, or a person's word. */
export type Happening =
  | { what: 'run'; pages: Partial<Page>[]; published: boolean }
  | { what: 'limits'; limits: Record<string, { limit: number; group: string | null }>; group: number }
  | { what: 'tag'; customer: string; tag: string; isOn: boolean }
  /** What rates.csv says of the euro; null = nothing. */
  | { what: 'rates'; rate: string | null };

export const HOUR_MS = 3_600_000;
const someId = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5');
const someParent = fc.constantFrom(undefined, undefined, 'c1', 'c2');
const someCurrency = fc.constantFrom('GBP', 'GBP', 'EUR');
const someDay = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, '0')}`);
const someStatus = fc.constantFrom<'open' | 'paid' | 'draft' | 'voided'>(
  'open',
  'open',
  'open',
  'paid',
  'draft',
  'voided',
);

/** Distinct by when they were changed, so that a later page brings something newer. */
const versions = { updatedAtMs: 0 };
const stamp = <T>(record: T): T => ({ ...record, updatedAtMs: (versions.updatedAtMs += 1) });

const someCustomer = fc
  .record({
    id: someId,
    name: fc.constantFrom('Ash', 'Birch', 'Cedar'),
    parent: someParent,
    merged: fc.boolean(),
  })
  .map(({ id, name, parent, merged }) =>
    customerRecord(id, {
      name,
      ...(parent === undefined || parent === id ? {} : { parent }),
      ...(merged && id === 'c5' ? { status: 'merged' as const, mergedInto: 'c4' } : {}),
    }),
  );
const someInvoice = fc
  .record({
    id: fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5', 'i6'),
    customer: someId,
    issued: someDay,
    due: someDay,
    status: someStatus,
    totalMinor: fc.integer({ min: 1, max: 90_000 }),
    currency: someCurrency,
    rate: fc.constantFrom(null, '0.85', '0.87'),
  })
  .map(({ id, status, totalMinor, currency, rate, ...rest }) =>
    invoiceRecord(id, {
      ...rest,
      status,
      totalMinor,
      currency,
      openMinor: status === 'open' ? totalMinor : 0,
      rate: currency === 'GBP' ? null : rate,
    }),
  );
const someCredit = fc
  .record({
    id: fc.constantFrom('k1', 'k2'),
    customer: someId,
    date: someDay,
    openMinor: fc.integer({ min: 0, max: 9_000 }),
  })
  .map(({ id, openMinor, ...rest }) =>
    creditRecord(id, { ...rest, openMinor, status: openMinor === 0 ? 'applied' : 'open' }),
  );
const somePage: fc.Arbitrary<Partial<Page>> = fc
  .record({
    customers: fc.array(someCustomer, { maxLength: 3 }),
    invoices: fc.array(someInvoice, { maxLength: 4 }),
    credits: fc.array(someCredit, { maxLength: 2 }),
    payments: fc.array(
      fc.constantFrom('p1', 'p2').map((id) => paymentRecord(id)),
      { maxLength: 1 },
    ),
    deleted: fc.array(
      fc.constantFrom('i1', 'i2').map((id) => ({ kind: 'invoice' as const, remoteId: id })),
      { maxLength: 1 },
    ),
    quarantined: fc.array(
      fc.record({
        kind: fc.constant('invoice' as const),
        remoteId: fc.constantFrom('i2', 'i3', 'i9'),
        customerId: fc.constantFrom(null, customerId('c2'), customerId('c3')),
        reason: fc.constantFrom('DueDate: found nothing', 'Total: found "x"'),
      }),
      { maxLength: 1 },
    ),
  })
  .map((page) => ({
    ...page,
    // What is understood in one page is not in quarantine after it.
    quarantined: page.quarantined.filter(
      (row) => !page.invoices.some((one) => one.remoteId === documentId(row.remoteId)),
    ),
  }));

const someRun = fc.record({
  what: fc.constant('run' as const),
  pages: fc.array(somePage, { minLength: 1, maxLength: 2 }),
  published: fc.boolean(),
});
const someLimit = fc.record({
  limit: fc.integer({ min: 0, max: 90_000 }),
  group: fc.constantFrom(null, 'Wood'),
});
const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: someRun, weight: 4 },
  {
    arbitrary: fc.record({
      what: fc.constant('limits' as const),
      limits: fc.dictionary(someId, someLimit, { minKeys: 1, maxKeys: 3 }),
      group: fc.integer({ min: 1, max: 90_000 }),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      what: fc.constant('tag' as const),
      customer: someId,
      tag: fc.constantFrom('vip', 'export'),
      isOn: fc.boolean(),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      what: fc.constant('rates' as const),
      rate: fc.constantFrom('0.84', '0.86', null),
    }),
    weight: 1,
  },
);

/** What happens on each of some days, from 2026-03-02 on; the first begins with a published run. */
export const someDays: fc.Arbitrary<Happening[][]> = fc
  .tuple(someRun, fc.array(fc.array(someHappening, { maxLength: 4 }), { minLength: 2, maxLength: 5 }))
  .map(([first, [day1 = [], ...later]]) => [[{ ...first, published: true }, ...day1], ...later]);

/** Lets it happen at an instant. */
export async function letHappen(store: Store, id: ConnectionId, one: Happening, atMs: number): Promise<void> {
  if (one.what === 'run') return run(store, id, one, atMs);
  await store.write(async (tx) => {
    const change = { by: 'staff', atMs };
    if (one.what === 'rates') await replaceFileRates(tx, id, ratesOf(one.rate), atMs);
    if (one.what === 'tag')
      await saveTag(tx, id, customerId(one.customer), one.tag, one.isOn, {
        ...change,
        day: day('2026-03-01'),
      });
    if (one.what === 'limits') {
      const entries = Object.entries(one.limits).map(([customer, { limit, group }]) => [
        customer,
        { limit: { kind: 'amount' as const, limitMinor: limit }, group },
      ]);
      const table = limitTable(Object.fromEntries(entries) as Parameters<typeof limitTable>[0], {
        Wood: one.group,
      });
      await saveLimits(tx, id, table, change);
    }
  });
}

async function run(
  store: Store,
  id: ConnectionId,
  { pages, published }: Extract<Happening, { what: 'run' }>,
  atMs: number,
): Promise<void> {
  const { number } = await store.write((tx) => openRun(tx, id, 'incremental', atMs));
  for (const page of pages) {
    await writePage(
      store,
      id,
      {
        ...page,
        customers: (page.customers ?? []).map(stamp),
        invoices: (page.invoices ?? []).map(stamp),
        credits: (page.credits ?? []).map(stamp),
        payments: (page.payments ?? []).map(stamp),
      },
      number,
    );
  }
  const end = { nowMs: atMs + 1, counts: noCounts(), calls: 0, error: published ? null : 'failed' };
  await store.write((tx) => closeRun(tx, id, number, end));
}

/** Facts to the byte, lists of documents included. */
export const bytesOf = (facts: CustomerFacts[]): string => JSON.stringify(facts, null, 1);

const ratesOf = (rate: string | null) =>
  rate === null ? [] : [{ currency: 'EUR', date: day('2026-02-20'), rate }];
