import { toMajor, toMinor } from '../core/money.ts';
import type { CompanyBooks, TransactionEntity } from './books.ts';
import { updateCustomer } from './customer-writes.ts';
import { notFound } from './fault-bodies.ts';
import type { NativeCustomer, NativeTransaction, PaymentLine } from './native.ts';
import { currencyOf } from './settlement.ts';
import { deleteTransaction, updateTransaction, voidTransaction } from './transaction-writes.ts';

/*
 * What people put right afterwards in QuickBooks: the rarer edits, beside those of edits.ts. Each acts at the world's
 * present instant and keeps every balance true; refused as the API would refuse it.
 */

/** Changes fields of a customer as QuickBooks names them; '' empties one. */
export function changeCustomer(
  books: CompanyBooks,
  customerId: string,
  fields: Record<string, unknown>,
): NativeCustomer {
  const { Id, SyncToken } = found<NativeCustomer>(books, 'Customer', customerId);
  return updateCustomer(books, { ...fields, Id, SyncToken, sparse: true });
}

/** Changes a sale: its amount, its days (back-dated or not), its number. What was applied to it stays applied. */
export function changeSale(
  books: CompanyBooks,
  entity: 'Invoice' | 'CreditMemo',
  id: string,
  change: { amountMinor?: number; day?: string; dueDay?: string; number?: string },
): NativeTransaction {
  const sale = found<NativeTransaction>(books, entity, id);
  const { amountMinor, day, dueDay, number } = change;
  return updateTransaction(books, entity, {
    ...handle(sale),
    ...(day === undefined ? {} : { TxnDate: day }),
    ...(dueDay === undefined ? {} : { DueDate: dueDay }),
    ...(number === undefined ? {} : { DocNumber: number }),
    ...(amountMinor === undefined ? {} : { Line: [lineOf(toMajor(amountMinor, currencyOf(books, sale)))] }),
  });
}

/** Sets part of a payment's unapplied money against an invoice. */
export function applyPayment(
  books: CompanyBooks,
  paymentId: string,
  invoiceId: string,
  amountMinor: number,
): NativeTransaction {
  const payment = found<NativeTransaction>(books, 'Payment', paymentId);
  const Amount = toMajor(amountMinor, currencyOf(books, payment));
  const line = { Amount, LinkedTxn: [{ TxnId: invoiceId, TxnType: 'Invoice' }] };
  return updateTransaction(books, 'Payment', {
    ...handle(payment),
    Line: [...((payment.Line ?? []) as PaymentLine[]), line],
  });
}

/** Takes a payment off everything that it had paid: its money is unapplied, those are open again. */
export function unapplyPayment(books: CompanyBooks, paymentId: string): NativeTransaction {
  const payment = found<NativeTransaction>(books, 'Payment', paymentId);
  return updateTransaction(books, 'Payment', { ...handle(payment), Line: [] });
}

/** Changes what was received; all of it unapplied more or less. */
export function changePayment(
  books: CompanyBooks,
  paymentId: string,
  change: { addMinor?: number; day?: string },
): NativeTransaction {
  const payment = found<NativeTransaction>(books, 'Payment', paymentId);
  const currency = currencyOf(books, payment);
  const total = toMinor(payment.TotalAmt, currency) + (change.addMinor ?? 0);
  return updateTransaction(books, 'Payment', {
    ...handle(payment),
    TotalAmt: toMajor(total, currency),
    ...(change.day === undefined ? {} : { TxnDate: change.day }),
  });
}

/** Voids any transaction. */
export function voidAny(books: CompanyBooks, entity: TransactionEntity, id: string): void {
  voidTransaction(books, entity, handle(found(books, entity, id)));
}

/** Deletes any transaction, with its tombstone. */
export function deleteAny(books: CompanyBooks, entity: TransactionEntity, id: string): void {
  deleteTransaction(books, entity, handle(found(books, entity, id)));
}

/** Takes a record away without tombstone, update time or word: only its absence tells. Balances stay as they are. */
export function eraseSilently(books: CompanyBooks, entity: TransactionEntity | 'Customer', id: string): void {
  found(books, entity, id);
  books.world.state.erase(books.realm, entity, id);
}

function lineOf(Amount: number): Record<string, unknown> {
  return {
    Id: '1',
    LineNum: 1,
    Amount,
    DetailType: 'SalesItemLineDetail',
    SalesItemLineDetail: { ItemRef: { value: '1', name: 'Services' } },
  };
}

function found<T extends NativeTransaction | NativeCustomer>(
  books: CompanyBooks,
  entity: string,
  id: string,
): T {
  const record = books.read<T>(entity, id);
  if (!record) throw notFound(`${entity} ${id}`);
  return record;
}

function handle(record: { Id: string; SyncToken: string }) {
  const { Id, SyncToken } = record;
  return { Id, SyncToken, sparse: true };
}
