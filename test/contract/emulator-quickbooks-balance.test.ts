import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompanyBooks } from '../../emulator/quickbooks/books.ts';
import { QuickBooksFault } from '../../emulator/quickbooks/fault-bodies.ts';
import * as edits from '../../emulator/quickbooks/edits.ts';
import { createTransaction } from '../../emulator/quickbooks/transaction-writes.ts';
import type { NativeCustomer, NativeTransaction, PaymentLine } from '../../emulator/quickbooks/native.ts';
import {
  bookOf,
  creditNote,
  customer,
  invoice,
  receipt,
  startQuickBooks,
} from '../support/quickbooks-emulator.ts';
import type { EmulatedQuickBooks } from '../support/quickbooks-emulator.ts';

const deeds = [
  'invoice',
  'credit',
  'pay',
  'payPart',
  'payTwo',
  'unapplied',
  'apply',
  'void',
  'delete',
  'deletePayment',
  'notes',
  'merge',
] as const;

interface Step {
  deed: (typeof deeds)[number];
  /** Chooses among the records there are. */
  which: number;
  amountMinor: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  deed: fc.constantFrom(...deeds),
  which: fc.nat(1000),
  amountMinor: fc.integer({ min: 1, max: 20_000 }),
});

const entries = [
  customer('p'),
  customer('s', { parentId: 'p' }),
  customer('e', { currency: 'EUR' }),
  invoice('i1', 'p'),
  invoice('i2', 's', { openMinor: 3_000 }),
  receipt('r1', 's', {
    totalMinor: 9_000,
    openMinor: 2_000,
    allocations: [{ invoiceId: 'i2', amountMinor: 7_000, date: '2026-02-01' }],
  }),
  invoice('i3', 'e', { currency: 'EUR', rate: '0.85' }),
  creditNote('c1', 'p'),
];

/** Does one thing to the books, where it can be done; QuickBooks' own refusals are no failures. */
function act(books: CompanyBooks, { deed, which, amountMinor }: Step): void {
  const pick = <T>(all: T[]): T | undefined => all[which % Math.max(1, all.length)];
  const customers = ['1', '2', '3'].filter((id) => books.read('Customer', id) !== undefined);
  const customerId = pick(customers) ?? '1';
  const of = (entity: 'Invoice' | 'CreditMemo' | 'Payment') =>
    customers.flatMap((id) => books.transactionsOf(entity, id));
  const open = of('Invoice').filter((one) => (one.Balance ?? 0) > 0);
  const id = (all: NativeTransaction[]) => pick(all)?.Id ?? 'none';
  switch (deed) {
    case 'invoice':
      return void edits.createInvoice(books, { customerId, amountMinor });
    case 'credit':
      return void edits.createCreditMemo(books, { customerId, amountMinor });
    case 'pay':
      return void edits.payInvoice(books, id(open));
    case 'payPart':
      return void edits.payInvoice(books, id(open), amountMinor);
    case 'payTwo':
      return payTwo(books, open.slice(which % Math.max(1, open.length)).slice(0, 2));
    case 'unapplied':
      return void edits.unappliedPayment(books, customerId, amountMinor);
    case 'apply':
      return void edits.applyCredit(books, id(of('CreditMemo')), id(open), amountMinor);
    case 'void':
      return void edits.voidInvoice(books, id(of('Invoice')));
    case 'delete':
      return edits.deleteInvoice(books, id(of('Invoice')));
    case 'deletePayment':
      return edits.deletePayment(books, id(of('Payment')));
    case 'notes':
      return void edits.editNotes(books, customerId, `note ${String(amountMinor)}`);
    case 'merge':
      return edits.mergeCustomers(books, '1', '2');
  }
}

/** One payment for all of two invoices, and five more. */
function payTwo(books: CompanyBooks, invoices: NativeTransaction[]): void {
  const total = invoices.reduce((sum, one) => sum + cents(one.Balance), 500);
  createTransaction(books, 'Payment', {
    CustomerRef: invoices[0]?.CustomerRef,
    TotalAmt: total / 100,
    Line: invoices.map((one) => ({
      Amount: one.Balance,
      LinkedTxn: [{ TxnId: one.Id, TxnType: 'Invoice' }],
    })),
  });
}

function tryTo(books: CompanyBooks, one: Step): void {
  try {
    act(books, one);
  } catch (error) {
    if (!(error instanceof QuickBooksFault)) throw error;
  }
}

const cents = (amount: number | undefined) => Math.round((amount ?? 0) * 100);

/** All that is served of a company. */
interface Served {
  customers: NativeCustomer[];
  invoices: NativeTransaction[];
  payments: NativeTransaction[];
  credits: NativeTransaction[];
}

/** Customers whose balances are not what their documents add up to. */
function imbalances({ customers, invoices, payments, credits }: Served): string[] {
  const sum = (all: NativeTransaction[], id: string, field: 'Balance' | 'UnappliedAmt' | 'RemainingCredit') =>
    all.filter((one) => one.CustomerRef.value === id).reduce((total, one) => total + cents(one[field]), 0);
  const own = (id: string) =>
    sum(invoices, id, 'Balance') - sum(payments, id, 'UnappliedAmt') - sum(credits, id, 'RemainingCredit');
  const wrong = customers.filter((one) => {
    const jobs = customers.filter((other) => other.ParentRef?.value === one.Id);
    const withJobs = jobs.reduce((total, job) => total + own(job.Id), own(one.Id));
    return cents(one.Balance) !== own(one.Id) || cents(one.BalanceWithJobs) !== withJobs;
  });
  return wrong.map((one) => `Customer ${one.Id}`);
}

/** Documents whose open part is not their total less what payments set against them, or whose links are not mutual. */
function unsettled({ invoices, payments, credits }: Served): string[] {
  const linesOf = (payment: NativeTransaction) => (payment.Line ?? []) as PaymentLine[];
  const wrong = (entity: string) => (one: NativeTransaction) => {
    const paying = payments.flatMap((payment) =>
      linesOf(payment)
        .filter((line) => line.LinkedTxn.some((to) => to.TxnType === entity && to.TxnId === one.Id))
        .map((line) => ({ id: payment.Id, amount: cents(line.Amount) })),
    );
    const applied = paying.reduce((total, line) => total + line.amount, 0);
    const links = (one.LinkedTxn ?? []).map((link) => link.TxnId).sort();
    const payers = [...new Set(paying.map((line) => line.id))].sort();
    return cents(one.Balance) !== cents(one.TotalAmt) - applied || links.join() !== payers.join();
  };
  const found = [...invoices.filter(wrong('Invoice')), ...credits.filter(wrong('CreditMemo'))];
  return found.map((one) => `document ${one.Id}`);
}

describe('the books of a QuickBooks company', () => {
  let qbo: EmulatedQuickBooks;
  beforeAll(async () => {
    qbo = await startQuickBooks(bookOf(entries));
    // The token must outlive the roll-backs below.
    await qbo.query('SELECT count(*) FROM Customer');
  });
  afterAll(() => qbo.close());

  const read = async <T>(entity: string) =>
    ((await qbo.query(`SELECT * FROM ${entity} MAXRESULTS 1000`))[entity] ?? []) as T[];
  const served = async (): Promise<Served> => ({
    customers: await read('Customer'),
    invoices: await read('Invoice'),
    payments: await read('Payment'),
    credits: await read('CreditMemo'),
  });
  const afterEdits = async (steps: Step[]): Promise<Served> => {
    qbo.world.state.db.exec('SAVEPOINT before_edits');
    for (const one of steps) tryTo(qbo.books, one);
    const result = await served();
    qbo.world.state.db.exec('ROLLBACK TO before_edits; RELEASE before_edits');
    return result;
  };
  const whateverPeopleDo = (wrongIn: (all: Served) => string[]) =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        expect(wrongIn(await afterEdits(steps))).toEqual([]);
      }),
      { numRuns: 60, seed: 7 },
    );

  it('keep Customer.Balance at invoices less unapplied payments less remaining credits', async () => {
    await whateverPeopleDo(imbalances);
  });

  it('keep every document’s open part at its total less what is set against it', async () => {
    await whateverPeopleDo(unsettled);
  });
});
