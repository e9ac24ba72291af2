import type { CompanyBooks, TransactionEntity } from '../../emulator/quickbooks/books.ts';
import {
  applyPayment,
  changeCustomer,
  changePayment,
  changeSale,
  deleteAny,
  eraseSilently,
  unapplyPayment,
  voidAny,
} from '../../emulator/quickbooks/corrections.ts';
import { createCustomer } from '../../emulator/quickbooks/customer-writes.ts';
import {
  applyCredit,
  createCreditMemo,
  createInvoice,
  mergeCustomers,
  payInvoice,
  unappliedPayment,
} from '../../emulator/quickbooks/edits.ts';
import { realmOf } from '../../emulator/quickbooks/from-book.ts';
import type { NativeCustomer, NativeTransaction } from '../../emulator/quickbooks/native.ts';
import { later, type Clerk, type ClerkSetting, type Deed } from './actor.ts';
import type { Dice } from './dice.ts';

/** The books of one QuickBooks company and the dice of those who keep them. */
interface Desk {
  books: CompanyBooks;
  dice: Dice;
  nowMs: () => number;
  made: { count: number };
}

const DAY_MS = 86_400_000;

/** People at work in one QuickBooks company. */
export function quickBooksClerk({ emulator, company, dice, silentDeletes }: ClerkSetting): Clerk {
  const realm = realmOf({ ...company, name: '', baseCurrency: 'GBP', country: 'GB' });
  const books = emulator.quickbooks(realm);
  const desk: Desk = { books, dice, nowMs: () => emulator.clock.nowMs(), made: { count: 0 } };
  const deeds: [string, number, Deed][] = [
    ['create customer', 2, () => newCustomer(desk, company.id)],
    ['rename customer', 1, () => change(desk, (at) => ({ DisplayName: `Renamed ${at} of ${company.id}` }))],
    [
      'change e-mail',
      2,
      () => change(desk, (at) => ({ PrimaryEmailAddr: { Address: `n${at}@example.com, m@example.com` } })),
    ],
    ['empty e-mail', 1, () => change(desk, () => ({ PrimaryEmailAddr: '' }))],
    ['change notes', 1, () => change(desk, (at) => ({ Notes: `Called on day ${at}` }))],
    ['deactivate customer', 1, () => change(desk, () => ({ Active: false }), isActive)],
    ['reactivate customer', 1, () => change(desk, () => ({ Active: true }), isInactive)],
    ['merge customers', 1, () => merge(desk)],
    ['create invoice', 4, () => newInvoice(desk)],
    ['create many invoices', 1, () => newInvoices(desk)],
    [
      'change invoice',
      3,
      () => withSale(desk, 'Invoice', isUnlinked, (one) => editSale(desk, 'Invoice', one)),
    ],
    ['pay invoice', 4, () => withSale(desk, 'Invoice', isOpen, (one) => pay(desk, one))],
    ['receive money', 2, () => receive(desk)],
    ['apply payment', 2, () => apply(desk)],
    ['unapply payment', 1, () => withPayment(desk, isApplied, (one) => void unapplyPayment(books, one.Id))],
    ['change payment', 1, () => withPayment(desk, isMoney, (one) => editPayment(desk, one))],
    ['void payment', 1, () => withPayment(desk, isMoney, (one) => voidAny(books, 'Payment', one.Id))],
    [
      'delete payment',
      1,
      () =>
        withPayment(
          desk,
          () => true,
          (one) => deleteAny(books, 'Payment', one.Id),
        ),
    ],
    ['void invoice', 1, () => withSale(desk, 'Invoice', isWorth, (one) => voidAny(books, 'Invoice', one.Id))],
    [
      'delete invoice',
      1,
      () =>
        withSale(
          desk,
          'Invoice',
          () => true,
          (one) => deleteAny(books, 'Invoice', one.Id),
        ),
    ],
    ['create credit', 2, () => newCredit(desk)],
    [
      'change credit',
      1,
      () => withSale(desk, 'CreditMemo', isUnlinked, (one) => editSale(desk, 'CreditMemo', one)),
    ],
    ['apply credit', 3, () => setCredit(desk)],
    [
      'void credit',
      1,
      () => withSale(desk, 'CreditMemo', isWorth, (one) => voidAny(books, 'CreditMemo', one.Id)),
    ],
    [
      'delete credit',
      1,
      () =>
        withSale(
          desk,
          'CreditMemo',
          () => true,
          (one) => deleteAny(books, 'CreditMemo', one.Id),
        ),
    ],
    ...(silentDeletes
      ? ([['silent delete', 2, () => eraseSomething(desk)]] satisfies [string, number, Deed][])
      : []),
  ];
  return { deeds: new Map(deeds.map(([name, weight, deed]) => [name, { weight, deed }])) };
}

type Entity = TransactionEntity | 'Customer';

/** One living record that fits, looked for among a handful of chance. */
function find<T extends NativeCustomer | NativeTransaction>(
  { books, dice }: Desk,
  entity: Entity,
  fits: (record: T) => boolean,
): T | undefined {
  const all = books.world.state
    .sql('SELECT id FROM row WHERE company = ? AND entity = ? AND deleted = 0 ORDER BY seq')
    .pluck()
    .all(books.realm, entity) as string[];
  for (let tries = 0; tries < 12 && all.length > 0; tries += 1) {
    const record = books.read<T>(entity, dice.pick(all));
    if (record !== undefined && fits(record)) return record;
  }
  return undefined;
}

type Fits = (record: NativeTransaction) => boolean;

function withSale(
  desk: Desk,
  entity: 'Invoice' | 'CreditMemo',
  fits: Fits,
  act: (sale: NativeTransaction) => void,
): boolean {
  const sale = find<NativeTransaction>(desk, entity, fits);
  if (sale !== undefined) act(sale);
  return sale !== undefined;
}

function withPayment(desk: Desk, fits: Fits, act: (payment: NativeTransaction) => void): boolean {
  const payment = find<NativeTransaction>(desk, 'Payment', fits);
  if (payment !== undefined) act(payment);
  return payment !== undefined;
}

const isActive = (customer: NativeCustomer): boolean => customer.Active;
const isInactive = (customer: NativeCustomer): boolean => !customer.Active;
const isUnlinked: Fits = (sale) => (sale.LinkedTxn ?? []).length === 0 && sale.TotalAmt > 0;
const isOpen: Fits = (sale) => (sale.Balance ?? 0) > 0;
const isWorth: Fits = (sale) => sale.TotalAmt > 0;
const isMoney: Fits = (payment) => payment.TotalAmt > 0;
const isApplied: Fits = (payment) => payment.TotalAmt > 0 && (payment.Line ?? []).length > 0;
const isLeft: Fits = (payment) => (payment.UnappliedAmt ?? 0) > 0;

const digitsOf = (record: NativeTransaction): number =>
  ({ JPY: 0, KWD: 3 })[record.CurrencyRef?.value ?? ''] ?? 2;

const minorOf = (record: NativeTransaction, amount: number | undefined): number =>
  Math.round((amount ?? 0) * 10 ** digitsOf(record));

function newCustomer(desk: Desk, company: string): boolean {
  const at = (desk.made.count += 1);
  const parent = desk.dice.chance(0.3)
    ? find<NativeCustomer>(desk, 'Customer', (one) => isActive(one) && (one.Level ?? 0) < 4)
    : undefined;
  createCustomer(desk.books, {
    DisplayName: `Made ${at} of ${company}`,
    ...(desk.dice.chance(0.6) ? { PrimaryEmailAddr: { Address: `made${at}@example.com` } } : {}),
    ...(parent === undefined
      ? {}
      : { ParentRef: { value: parent.Id }, BillWithParent: desk.dice.chance(0.5) }),
    ...(parent?.CurrencyRef === undefined ? {} : { CurrencyRef: parent.CurrencyRef }),
  });
  return true;
}

function change(
  desk: Desk,
  fields: (at: number) => Record<string, unknown>,
  fits: (customer: NativeCustomer) => boolean = () => true,
): boolean {
  const customer = find<NativeCustomer>(desk, 'Customer', fits);
  if (customer !== undefined) changeCustomer(desk.books, customer.Id, fields((desk.made.count += 1)));
  return customer !== undefined;
}

function merge(desk: Desk): boolean {
  const winner = find<NativeCustomer>(desk, 'Customer', isActive);
  const loser = find<NativeCustomer>(
    desk,
    'Customer',
    (one) => one.Id !== winner?.Id && one.CurrencyRef?.value === winner?.CurrencyRef?.value,
  );
  if (winner === undefined || loser === undefined) return false;
  mergeCustomers(desk.books, loser.Id, winner.Id);
  return true;
}

function newInvoice(desk: Desk): boolean {
  const customer = find<NativeCustomer>(desk, 'Customer', isActive);
  if (customer === undefined) return false;
  const amountMinor = desk.dice.whole(1, 500_000);
  const date = desk.dice.chance(0.5) ? someDay(desk) : null;
  const dueDate = desk.dice.chance(0.5) ? someDay(desk) : null;
  createInvoice(desk.books, {
    customerId: customer.Id,
    amountMinor,
    ...(date === null ? {} : { date }),
    ...(dueDate === null ? {} : { dueDate: later(dueDate, date ?? dayOf(desk, 1)) }),
  });
  return true;
}

/** An import: many records in one instant. */
function newInvoices(desk: Desk): boolean {
  let any = false;
  for (let left = desk.dice.whole(5, 40); left > 0; left -= 1) any = newInvoice(desk) || any;
  return any;
}

function editSale(desk: Desk, entity: 'Invoice' | 'CreditMemo', sale: NativeTransaction): void {
  const amountMinor = desk.dice.whole(1, 500_000);
  const day = desk.dice.chance(0.5) ? someDay(desk) : sale.TxnDate;
  const dueDay = entity === 'Invoice' && desk.dice.chance(0.5) ? someDay(desk) : sale.DueDate;
  changeSale(desk.books, entity, sale.Id, {
    amountMinor,
    day,
    ...(typeof dueDay === 'string' ? { dueDay: later(dueDay, day) } : {}),
    ...(desk.dice.chance(0.3) ? { number: `CHANGED-${(desk.made.count += 1)}` } : {}),
  });
}

function pay(desk: Desk, invoice: NativeTransaction): void {
  const whole = desk.dice.chance(0.5);
  payInvoice(
    desk.books,
    invoice.Id,
    whole ? undefined : desk.dice.whole(1, minorOf(invoice, invoice.Balance)),
  );
}

function receive(desk: Desk): boolean {
  const customer = find<NativeCustomer>(desk, 'Customer', isActive);
  if (customer !== undefined) unappliedPayment(desk.books, customer.Id, desk.dice.whole(1, 200_000));
  return customer !== undefined;
}

function apply(desk: Desk): boolean {
  return withPayment(desk, isLeft, (payment) => {
    withSale(desk, 'Invoice', fitting(payment), (invoice) => {
      const already = JSON.stringify(payment.Line ?? []).includes(`"TxnId":"${invoice.Id}"`);
      const most = Math.min(minorOf(payment, payment.UnappliedAmt), minorOf(invoice, invoice.Balance));
      if (!already) applyPayment(desk.books, payment.Id, invoice.Id, desk.dice.whole(1, most));
    });
  });
}

function editPayment(desk: Desk, payment: NativeTransaction): void {
  changePayment(desk.books, payment.Id, { addMinor: desk.dice.whole(0, 5_000), day: someDay(desk) });
}

function newCredit(desk: Desk): boolean {
  const customer = find<NativeCustomer>(desk, 'Customer', isActive);
  if (customer === undefined) return false;
  createCreditMemo(desk.books, { customerId: customer.Id, amountMinor: desk.dice.whole(1, 200_000) });
  return true;
}

function setCredit(desk: Desk): boolean {
  return withSale(desk, 'CreditMemo', isOpen, (credit) => {
    withSale(desk, 'Invoice', fitting(credit), (invoice) => {
      const most = Math.min(minorOf(credit, credit.Balance), minorOf(invoice, invoice.Balance));
      applyCredit(desk.books, credit.Id, invoice.Id, desk.dice.whole(1, most));
    });
  });
}

/** An open invoice of the same customer. */
function fitting(other: NativeTransaction): Fits {
  return (invoice) =>
    isOpen(invoice) &&
    invoice.CustomerRef.value === other.CustomerRef.value &&
    invoice.CurrencyRef?.value === other.CurrencyRef?.value;
}

/** A record that nobody refers to is gone, and nothing tells of it. */
function eraseSomething(desk: Desk): boolean {
  const entity = desk.dice.pick(['Invoice', 'CreditMemo', 'Payment'] as const);
  const alone: Fits = (one) =>
    entity === 'Payment' ? (one.Line ?? []).length === 0 : (one.LinkedTxn ?? []).length === 0;
  const record = find<NativeTransaction>(desk, entity, alone);
  if (record !== undefined) eraseSilently(desk.books, entity, record.Id);
  return record !== undefined;
}

/** A day of the last hundred, or of the next thirty. */
function someDay(desk: Desk): string {
  return dayOf(desk, desk.dice.whole(-100, 30));
}

function dayOf(desk: Desk, daysOn: number): string {
  return new Date(desk.nowMs() + daysOn * DAY_MS).toISOString().slice(0, 10);
}
