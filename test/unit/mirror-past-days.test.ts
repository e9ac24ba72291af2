import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, connectionId, type Allocation, type Credit, type Day } from '../../src/domain/index.ts';
import { readOpenItems, type OpenItems } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import {
  allocation,
  creditRecord,
  day,
  invoiceRecord,
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

const FIRST = day('2026-01-01');
const LENGTH = 20;
const dayNumber = (number: number): Day => addDays(FIRST, number);

/** One thing that happened in a company, by number of the day. */
interface Settlement {
  on: number;
  invoice: number;
  amountMinor: number;
}
interface History {
  invoices: { issued: number; totalMinor: number }[];
  payments: Settlement[];
  credits: { dated: number; kind: Credit['kind']; totalMinor: number; allocations: Settlement[] }[];
}

const onDay = fc.integer({ min: 0, max: LENGTH - 1 });
const wish = fc.record({
  on: onDay,
  invoice: fc.integer({ min: 0, max: 4 }),
  amountMinor: fc.integer({ min: 1, max: 80_00 }),
});
const someHistory = fc
  .record({
    invoices: fc.array(fc.record({ issued: onDay, totalMinor: fc.integer({ min: 1, max: 100_00 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    payments: fc.array(wish, { maxLength: 6 }),
    credits: fc.array(
      fc.record({
        dated: onDay,
        kind: fc.constantFrom<Credit['kind']>('credit-note', 'overpayment', 'prepayment'),
        totalMinor: fc.integer({ min: 1, max: 100_00 }),
        allocations: fc.array(wish, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(possible);

/** Cuts wishes down to what can happen: nothing is paid before it is issued, or more than is open. */
function possible(wished: History): History {
  const left = wished.invoices.map((invoice) => invoice.totalMinor);
  const settle = (one: Settlement, notBefore: number, atMost: number): Settlement[] => {
    const invoice = wished.invoices[one.invoice];
    const amountMinor = Math.min(one.amountMinor, left[one.invoice] ?? 0, atMost);
    if (invoice === undefined || amountMinor <= 0) return [];
    left[one.invoice] = (left[one.invoice] ?? 0) - amountMinor;
    return [{ ...one, amountMinor, on: Math.max(one.on, invoice.issued, notBefore) }];
  };
  const payments = wished.payments.flatMap((payment) => settle(payment, 0, Infinity));
  const credits = wished.credits.map((credit) => {
    let rest = credit.totalMinor;
    const allocations = credit.allocations.flatMap((one) => {
      const settled = settle(one, credit.dated, rest);
      rest -= settled[0]?.amountMinor ?? 0;
      return settled;
    });
    return { ...credit, allocations };
  });
  return { ...wished, payments, credits };
}

const until = (settlements: Settlement[], today: number): Settlement[] =>
  settlements.filter((one) => one.on <= today);
const sum = (settlements: Settlement[]): number =>
  settlements.reduce((total, one) => total + one.amountMinor, 0);
const asAllocation = (one: Settlement): Allocation =>
  allocation(`i${one.invoice}`, one.amountMinor, dayNumber(one.on));

/** What a platform shows at the end of a day. */
async function mirrorOn(history: History, today: number) {
  const connection = nextConnection();
  const all = [...history.payments, ...history.credits.flatMap((credit) => credit.allocations)];
  const invoices = history.invoices.flatMap((invoice, number) => {
    if (invoice.issued > today) return [];
    const settled = until(all, today).filter((one) => one.invoice === number);
    const openMinor = invoice.totalMinor - sum(settled);
    const status = openMinor === 0 ? ('paid' as const) : ('open' as const);
    const issued = dayNumber(invoice.issued);
    return [invoiceRecord(`i${number}`, { issued, totalMinor: invoice.totalMinor, openMinor, status })];
  });
  const credits = history.credits.flatMap((credit, number) => {
    if (credit.dated > today) return [];
    const { kind, totalMinor } = credit;
    const settled = until(credit.allocations, today);
    const openMinor = totalMinor - sum(settled);
    const status = openMinor === 0 ? ('applied' as const) : ('open' as const);
    const date = dayNumber(credit.dated);
    const allocations = settled.map(asAllocation);
    return [creditRecord(`k${number}`, { kind, date, totalMinor, openMinor, status, allocations })];
  });
  const payments = until(history.payments, today).map((payment, number) =>
    paymentRecord(`p${number}`, {
      date: dayNumber(payment.on),
      amountMinor: payment.amountMinor,
      allocations: [asAllocation(payment)],
    }),
  );
  await writePage(store, connection, { invoices, credits, payments });
  return connection;
}

function figures(items: OpenItems): unknown {
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
  return { invoices: [...items.invoices].sort(byId), credits: [...items.credits].sort(byId) };
}

describe('a past day', () => {
  it('is rebuilt from a later mirror as the platform showed it on that day', async () => {
    await fc.assert(
      fc.asyncProperty(someHistory, onDay, async (history, past) => {
        const then = await mirrorOn(history, past);
        const later = await mirrorOn(history, LENGTH);
        const shown = await readOpenItems(store.reader, then, dayNumber(past), dayNumber(past));
        const rebuilt = await readOpenItems(store.reader, later, dayNumber(past), dayNumber(LENGTH));
        expect([shown.reconstructed, rebuilt.reconstructed]).toEqual([false, true]);
        expect(figures(rebuilt)).toEqual(figures(shown));
      }),
      { numRuns: 100 },
    );
  });

  it('has an invoice open that was paid afterwards, and the part that a credit note took', async () => {
    const connection = nextConnection();
    await writePage(store, connection, {
      invoices: [invoiceRecord('i1', { issued: '2026-02-01', openMinor: 0, status: 'paid' })],
      payments: [
        paymentRecord('p1', { date: '2026-02-20', allocations: [allocation('i1', 70_00, '2026-02-20')] }),
      ],
      credits: [
        creditRecord('k1', {
          date: '2026-02-05',
          totalMinor: 30_00,
          openMinor: 0,
          status: 'applied',
          allocations: [allocation('i1', 30_00, '2026-02-10')],
        }),
      ],
    });
    const on = async (date: string): Promise<unknown> => {
      const { invoices, credits } = await readOpenItems(
        store.reader,
        connection,
        day(date),
        day('2026-03-11'),
      );
      return [invoices.map((one) => one.openMinor), credits.map((one) => one.openMinor)];
    };
    expect(await on('2026-01-31')).toEqual([[], []]);
    expect(await on('2026-02-04')).toEqual([[100_00], []]);
    expect(await on('2026-02-09')).toEqual([[100_00], [30_00]]);
    expect(await on('2026-02-10')).toEqual([[70_00], []]);
    expect(await on('2026-02-20')).toEqual([[], []]);
  });

  it('does not count what is a draft, void or deleted, or what a deleted payment once settled', async () => {
    const connection = nextConnection();
    const old = { issued: '2026-02-01', openMinor: 0 };
    await writePage(store, connection, {
      invoices: [
        invoiceRecord('draft', { ...old, status: 'draft' }),
        invoiceRecord('voided', { ...old, status: 'voided' }),
        invoiceRecord('deleted', { ...old, status: 'deleted' }),
        invoiceRecord('open', { issued: '2026-02-01' }),
      ],
      payments: [
        paymentRecord('p1', {
          date: '2026-03-01',
          status: 'deleted',
          allocations: [allocation('open', 40_00, '2026-03-01')],
        }),
      ],
      credits: [creditRecord('voided', { date: '2026-02-01', openMinor: 0, status: 'voided' })],
    });
    const items = await readOpenItems(store.reader, connection, day('2026-02-15'), day('2026-03-11'));
    expect(items.invoices.map((one) => [one.id, one.openMinor])).toEqual([['open', 100_00]]);
    expect(items.credits).toEqual([]);
  });
});

describe('the day of the last sync and later days', () => {
  it('show what is open now, dated on or before the day', async () => {
    const connection = nextConnection();
    await writePage(store, connection, {
      invoices: [
        invoiceRecord('i1', { issued: '2026-03-01' }),
        invoiceRecord('i2', { issued: '2026-03-12' }),
      ],
      credits: [creditRecord('k1', { date: '2026-03-11' }), creditRecord('k2', { date: '2026-03-12' })],
    });
    const today = await readOpenItems(store.reader, connection, day('2026-03-11'), day('2026-03-11'));
    expect([...today.invoices, ...today.credits].map((one) => one.id)).toEqual(['i1', 'k1']);
    const tomorrow = await readOpenItems(store.reader, connection, day('2026-03-12'), day('2026-03-11'));
    expect([...tomorrow.invoices, ...tomorrow.credits].map((one) => one.id)).toEqual([
      'i1',
      'i2',
      'k1',
      'k2',
    ]);
  });
});
