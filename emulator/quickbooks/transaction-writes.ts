import { toMajor, toMinor } from '../core/money.ts';
import type { CompanyBooks, TransactionEntity } from './books.ts';
import { businessRule, missing, notFound } from './fault-bodies.ts';
import type { NativeCustomer, NativeEntity, NativeTransaction, Ref } from './native.ts';
import { blank, creatable, currentRecord, merged } from './record-merge.ts';
import type { Body } from './record-merge.ts';
import { bumped, currencyOf, openAmounts, putPayment, releasePayments, removePayment } from './settlement.ts';
import { dayOf } from './zone-time.ts';

const computed = ['Balance', 'HomeBalance', 'HomeTotalAmt', 'RemainingCredit', 'UnappliedAmt', 'LinkedTxn'];
const sent = ['DeliveryInfo'];

type Sale = 'Invoice' | 'CreditMemo';

/** Creates an invoice, credit memo or payment. Throws 2020 for a missing field, 610 for an unknown reference. */
export function createTransaction(
  books: CompanyBooks,
  entity: TransactionEntity,
  body: Body,
): NativeTransaction {
  const fields = creatable(body, [...computed, ...sent]);
  const customer = customerIn(books, fields['CustomerRef'] as Ref | undefined);
  const id = books.nextId(entity);
  const common = {
    TxnDate: dayOf(books.world.clock.nowMs(), books.company.timeZone),
    ...(customer.CurrencyRef ? { CurrencyRef: customer.CurrencyRef } : {}),
    ...(books.company.multiCurrency ? { ExchangeRate: 1 } : {}),
    ...fields,
    ...blank(id),
    CustomerRef: { value: customer.Id, name: customer.FullyQualifiedName },
  };
  if (entity === 'Payment') {
    return putPayment(books, { ProcessPayment: false, ...common, TotalAmt: Number(fields['TotalAmt'] ?? 0) });
  }
  if (!Array.isArray(fields['Line'])) throw missing('Line');
  const total = totalOf(books, common, fields['Line'] as Body[]);
  const dueDate = entity === 'Invoice' ? { DueDate: dueDateOf(books, fields, common.TxnDate) } : {};
  return books.save(entity, {
    DocNumber: String(1000 + Number(id)),
    ...dueDate,
    PrintStatus: 'NotSet',
    EmailStatus: 'NotSet',
    ...common,
    ...totals(books, common, total, total, entity),
  });
}

/** Updates a transaction, sparse or full, under its SyncToken. What was applied to it stays applied. */
export function updateTransaction(
  books: CompanyBooks,
  entity: TransactionEntity,
  body: Body,
): NativeTransaction {
  const before = currentRecord<NativeTransaction>(books, entity, body);
  const after = bumped(merged(before, body, [...computed, ...sent]));
  if (!after.CustomerRef) throw missing('CustomerRef');
  customerIn(books, after.CustomerRef);
  if (entity === 'Payment') return putPayment(books, after);
  const currency = currencyOf(books, before);
  const total = totalOf(books, after, (after.Line ?? []) as Body[]);
  const appliedMinor = toMinor(before.TotalAmt, currency) - toMinor(before.Balance ?? 0, currency);
  const openMinor = toMinor(total, currency) - appliedMinor;
  if (openMinor < 0) throw businessRule('The total is less than what has been applied.');
  return books.save(entity, {
    ...after,
    ...totals(books, after, total, toMajor(openMinor, currency), entity),
  });
}

/** Voids a transaction: amounts go to nothing, it stays on the books with 'Voided' in its private note. */
export function voidTransaction(
  books: CompanyBooks,
  entity: TransactionEntity,
  body: Body,
): NativeTransaction {
  currentRecord<NativeTransaction>(books, entity, body);
  const id = String(body['Id']);
  return books.change(() => {
    if (entity !== 'Payment') releasePayments(books, entity, id);
    const { LinkedTxn: _links, ...rest } = found(books, entity, id);
    const note = rest.PrivateNote === undefined ? 'Voided' : `Voided - ${rest.PrivateNote}`;
    const voided = { ...bumped(rest), PrivateNote: note };
    if (entity === 'Payment') return putPayment(books, { ...voided, TotalAmt: 0, Line: [] });
    return books.save(entity, {
      ...voided,
      Line: ((rest.Line ?? []) as Body[]).map((line) => ({ ...line, Amount: 0 })),
      ...totals(books, rest, 0, 0, entity),
    });
  });
}

/** Deletes a transaction under its SyncToken; a tombstone remains for change data capture. */
export function deleteTransaction(books: CompanyBooks, entity: TransactionEntity, body: Body): void {
  const { Id: id } = currentRecord<NativeTransaction>(books, entity, body);
  books.change(() => {
    if (entity === 'Payment') return removePayment(books, id);
    releasePayments(books, entity, id);
    books.remove(entity, id);
  });
}

function found(books: CompanyBooks, entity: TransactionEntity, id: string): NativeTransaction {
  const record = books.read<NativeTransaction>(entity, id);
  if (!record) throw notFound(`${entity} ${id}`);
  return record;
}

function customerIn(books: CompanyBooks, ref: Ref | undefined): NativeCustomer {
  if (ref?.value === undefined) throw missing('CustomerRef');
  const customer = books.read<NativeCustomer>('Customer', ref.value);
  if (!customer) throw notFound(`Customer ${ref.value}`);
  return customer;
}

function totalOf(books: CompanyBooks, transaction: { CurrencyRef?: Ref }, lines: Body[]): number {
  const currency = currencyOf(books, transaction);
  const sales = lines.filter((line) => line['DetailType'] !== 'SubTotalLineDetail');
  const minor = sales.reduce((sum, line) => sum + toMinor(Number(line['Amount'] ?? 0), currency), 0);
  return toMajor(minor, currency);
}

function totals(
  books: CompanyBooks,
  transaction: { ExchangeRate?: number },
  total: number,
  open: number,
  entity: Sale,
): Pick<NativeTransaction, 'TotalAmt' | 'Balance' | 'RemainingCredit' | 'HomeBalance' | 'HomeTotalAmt'> {
  const home = openAmounts(books, transaction, total, 'Invoice').HomeBalance;
  return {
    TotalAmt: total,
    ...openAmounts(books, transaction, open, entity),
    ...(home === undefined ? {} : { HomeTotalAmt: home }),
  };
}

function dueDateOf(books: CompanyBooks, fields: Body, txnDate: string): string {
  const ref = fields['SalesTermRef'] as Ref | undefined;
  const term = ref ? books.read<NativeEntity>('Term', ref.value) : undefined;
  const days = Number(term?.['DueDays'] ?? 0);
  return new Date(Date.parse(txnDate) + days * 86_400_000).toISOString().slice(0, 10);
}
