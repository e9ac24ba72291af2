import { toMajor } from '../core/money.ts';
import type { CompanyBooks } from './books.ts';
import { notFound } from './fault-bodies.ts';
import { updateCustomer } from './customer-writes.ts';
import type { NativeCustomer, NativeTransaction } from './native.ts';
import { createTransaction, deleteTransaction, voidTransaction } from './transaction-writes.ts';

/*
 * What people do in QuickBooks while the product is not looking. Each takes the books of one company
 * (`new CompanyBooks(world, realm)`), acts at the world's present instant, and keeps every balance true.
 */

/** A sales document by hand. Amounts are minor units of the customer's currency; days are YYYY-MM-DD. */
export interface SaleEdit {
  customerId: string;
  amountMinor: number;
  number?: string;
  date?: string;
  dueDate?: string;
}

/** Writes an invoice. */
export function createInvoice(books: CompanyBooks, edit: SaleEdit): NativeTransaction {
  const due = edit.dueDate === undefined ? {} : { DueDate: edit.dueDate };
  return createTransaction(books, 'Invoice', { ...saleBody(books, edit), ...due });
}

/** Writes a credit memo, applied to nothing yet. */
export function createCreditMemo(books: CompanyBooks, edit: SaleEdit): NativeTransaction {
  return createTransaction(books, 'CreditMemo', saleBody(books, edit));
}

/** Receives money for one invoice; all that is open unless an amount is given. */
export function payInvoice(books: CompanyBooks, invoiceId: string, amountMinor?: number): NativeTransaction {
  const invoice = transaction(books, 'Invoice', invoiceId);
  const amount = amountMinor === undefined ? (invoice.Balance ?? 0) : major(books, invoice, amountMinor);
  return createTransaction(books, 'Payment', {
    CustomerRef: invoice.CustomerRef,
    TotalAmt: amount,
    Line: [{ Amount: amount, LinkedTxn: [{ TxnId: invoiceId, TxnType: 'Invoice' }] }],
  });
}

/** Receives money that is set against nothing. */
export function unappliedPayment(
  books: CompanyBooks,
  customerId: string,
  amountMinor: number,
): NativeTransaction {
  const customer = customerOf(books, customerId);
  const TotalAmt = major(books, customer, amountMinor);
  return createTransaction(books, 'Payment', { CustomerRef: { value: customerId }, TotalAmt });
}

/** Sets part of a credit memo against an invoice, by the payment of nothing that QuickBooks makes for it. */
export function applyCredit(
  books: CompanyBooks,
  creditId: string,
  invoiceId: string,
  amountMinor: number,
): NativeTransaction {
  const credit = transaction(books, 'CreditMemo', creditId);
  const Amount = major(books, credit, amountMinor);
  return createTransaction(books, 'Payment', {
    CustomerRef: credit.CustomerRef,
    TotalAmt: 0,
    PrivateNote: 'Created by QB Online to link credits to charges.',
    Line: [
      { Amount, LinkedTxn: [{ TxnId: invoiceId, TxnType: 'Invoice' }] },
      { Amount, LinkedTxn: [{ TxnId: creditId, TxnType: 'CreditMemo' }] },
    ],
  });
}

/** Voids an invoice; money already received for it is unapplied again. */
export function voidInvoice(books: CompanyBooks, invoiceId: string): NativeTransaction {
  const { Id, SyncToken } = transaction(books, 'Invoice', invoiceId);
  return voidTransaction(books, 'Invoice', { Id, SyncToken });
}

/** Deletes an invoice; money already received for it is unapplied again. */
export function deleteInvoice(books: CompanyBooks, invoiceId: string): void {
  const { Id, SyncToken } = transaction(books, 'Invoice', invoiceId);
  deleteTransaction(books, 'Invoice', { Id, SyncToken });
}

/** Deletes a payment; what it had paid is open again. */
export function deletePayment(books: CompanyBooks, paymentId: string): void {
  const { Id, SyncToken } = transaction(books, 'Payment', paymentId);
  deleteTransaction(books, 'Payment', { Id, SyncToken });
}

/** Makes a customer inactive: hidden from queries that do not ask for Active. */
export function deactivateCustomer(books: CompanyBooks, customerId: string): NativeCustomer {
  return updateCustomer(books, { ...handle(books, customerId), Active: false });
}

/** Replaces a customer's notes as its owner would, SyncToken and all; '' empties them. */
export function editNotes(books: CompanyBooks, customerId: string, notes: string): NativeCustomer {
  return updateCustomer(books, { ...handle(books, customerId), Notes: notes });
}

/** Changes a customer's e-mail address; '' takes it away. */
export function editEmail(books: CompanyBooks, customerId: string, address: string): NativeCustomer {
  const PrimaryEmailAddr = address === '' ? '' : { Address: address };
  return updateCustomer(books, { ...handle(books, customerId), PrimaryEmailAddr });
}

/** Merges two customers: the loser's transactions become the winner's, the loser disappears. */
export function mergeCustomers(books: CompanyBooks, loserId: string, winnerId: string): void {
  const winner = customerOf(books, winnerId);
  customerOf(books, loserId);
  books.change(() => {
    for (const entity of ['Invoice', 'CreditMemo', 'Payment'] as const) {
      for (const found of books.transactionsOf(entity, loserId)) {
        const CustomerRef = { value: winnerId, name: winner.FullyQualifiedName };
        books.save(entity, { ...found, CustomerRef });
      }
    }
    books.remove('Customer', loserId, winnerId);
  });
}

function saleBody(books: CompanyBooks, edit: SaleEdit): Record<string, unknown> {
  const Amount = major(books, customerOf(books, edit.customerId), edit.amountMinor);
  return {
    CustomerRef: { value: edit.customerId },
    ...(edit.number === undefined ? {} : { DocNumber: edit.number }),
    ...(edit.date === undefined ? {} : { TxnDate: edit.date }),
    Line: [
      {
        Id: '1',
        LineNum: 1,
        Amount,
        DetailType: 'SalesItemLineDetail',
        SalesItemLineDetail: { ItemRef: { value: '1', name: 'Services' } },
      },
    ],
  };
}

function major(books: CompanyBooks, of: { CurrencyRef?: { value: string } }, amountMinor: number): number {
  return toMajor(amountMinor, of.CurrencyRef?.value ?? books.company.baseCurrency);
}

function customerOf(books: CompanyBooks, id: string): NativeCustomer {
  const customer = books.read<NativeCustomer>('Customer', id);
  if (!customer) throw notFound(`Customer ${id}`);
  return customer;
}

function transaction(books: CompanyBooks, entity: string, id: string): NativeTransaction {
  const found = books.read<NativeTransaction>(entity, id);
  if (!found) throw notFound(`${entity} ${id}`);
  return found;
}

function handle(books: CompanyBooks, customerId: string) {
  const { Id, SyncToken } = customerOf(books, customerId);
  return { Id, SyncToken, sparse: true };
}
