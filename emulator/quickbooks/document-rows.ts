import type {
  BookAllocation,
  BookCompany,
  BookCreditNote,
  BookInvoice,
  BookOrder,
  BookReceipt,
} from '../core/book.ts';
import { toMajor } from '../core/money.ts';
import type { NativeRow } from '../core/state.ts';
import { currencyName, homeMinor } from './amounts.ts';
import { allocationsOf, openOf } from './book-index.ts';
import type { BookIndex, CustomerFigures } from './book-index.ts';
import { tombstone } from './native.ts';
import type { NativeTransaction, PaymentLine } from './native.ts';
import { instantOf, stamp } from './zone-time.ts';

/** Where documents are converted: their company, its index, and the zone of MetaData. */
export interface Conversion {
  company: BookCompany;
  index: BookIndex;
  zone: string;
}

type Document = BookInvoice | BookCreditNote | BookReceipt | BookOrder;
type Fields = Record<string, unknown>;

/** The records of one document; `number` is its transaction number. Drafts have none: QuickBooks has no drafts. */
export function documentRows(to: Conversion, entry: Document, number: number): NativeRow[] {
  if (entry.entry === 'invoice') return entry.status === 'draft' ? [] : [invoiceRow(to, entry, number)];
  if (entry.entry === 'receipt') return [paymentRow(to, entry, number)];
  if (entry.entry === 'order') return [estimateRow(to, entry, number)];
  return [
    creditRow(to, entry, number),
    ...allocationsOf(entry).map((allocation, at) =>
      applyRow(to, entry, allocation, [number, number + 1 + at]),
    ),
  ];
}

function invoiceRow(to: Conversion, entry: BookInvoice, number: number): NativeRow {
  if (entry.status === 'deleted') return gone(to, 'Invoice', entry, number);
  const customer = to.index.customerOf(entry);
  const voided = entry.status === 'voided';
  const payments = voided ? [] : to.index.links.of(number);
  return rowOf(to, 'Invoice', entry, number, String(payments.length), {
    AllowOnlinePayment: false,
    DocNumber: entry.number,
    TxnDate: entry.issueDate,
    ...money(to, entry, voided),
    ...linked(payments),
    Line: salesLines(entry, entry.description, voided),
    TxnTaxDetail: { TotalTax: 0 },
    CustomerRef: customerRef(customer),
    DueDate: entry.dueDate,
    ApplyTaxAfterDiscount: false,
    PrintStatus: 'NotSet',
    ...emailed(to, entry, customer, number),
    ...(voided ? { PrivateNote: 'Voided' } : {}),
  });
}

function creditRow(to: Conversion, entry: BookCreditNote, number: number): NativeRow {
  const voided = entry.status === 'voided';
  const payments = allocationsOf(entry).map((_allocation, at) => number + 1 + at);
  const open = toMajor(openOf(entry), entry.currency);
  return rowOf(to, 'CreditMemo', entry, number, String(payments.length), {
    RemainingCredit: open,
    DocNumber: entry.number,
    TxnDate: entry.date,
    ...money(to, entry, voided),
    ...linked(payments),
    Line: salesLines(entry, 'Credit', voided),
    TxnTaxDetail: { TotalTax: 0 },
    CustomerRef: customerRef(to.index.customerOf(entry)),
    ApplyTaxAfterDiscount: false,
    PrintStatus: 'NotSet',
    EmailStatus: 'NotSet',
    ...(voided ? { PrivateNote: 'Voided' } : {}),
  });
}

function paymentRow(to: Conversion, entry: BookReceipt, number: number): NativeRow {
  if (entry.status === 'deleted') return gone(to, 'Payment', entry, number);
  const lines = entry.allocations.map((one) =>
    line(one.amountMinor, entry.currency, to.index.invoiceNumber(one.invoiceId), 'Invoice'),
  );
  return rowOf(to, 'Payment', entry, number, '0', {
    CustomerRef: customerRef(to.index.customerOf(entry)),
    DepositToAccountRef: { value: '4' },
    ...(entry.reference === '' ? {} : { PaymentRefNum: entry.reference.slice(0, 21) }),
    TotalAmt: toMajor(entry.totalMinor, entry.currency),
    UnappliedAmt: toMajor(entry.openMinor, entry.currency),
    ProcessPayment: false,
    TxnDate: entry.date,
    ...currency(to, entry),
    ...(lines.length > 0 ? { Line: lines } : {}),
  });
}

const estimateStatuses = {
  sent: 'Pending',
  accepted: 'Accepted',
  declined: 'Rejected',
  invoiced: 'Closed',
} as const;

function estimateRow(to: Conversion, entry: BookOrder, number: number): NativeRow {
  if (entry.status === 'deleted') return gone(to, 'Estimate', entry, number);
  const invoices = entry.invoiceIds.map((id) => String(to.index.invoiceNumber(id)));
  return rowOf(to, 'Estimate', entry, number, String(invoices.length), {
    DocNumber: entry.number,
    TxnStatus: estimateStatuses[entry.status],
    TxnDate: entry.date,
    ...currency(to, entry),
    ...(invoices.length === 0
      ? {}
      : { LinkedTxn: invoices.map((id) => ({ TxnId: id, TxnType: 'Invoice' })) }),
    Line: salesLines(entry, 'Quoted', false),
    TxnTaxDetail: { TotalTax: 0 },
    CustomerRef: customerRef(to.index.customerOf(entry)),
    TotalAmt: toMajor(entry.totalMinor, entry.currency),
    ShipDate: entry.dueDate,
    ApplyTaxAfterDiscount: false,
    PrintStatus: 'NotSet',
    EmailStatus: 'NotSet',
  });
}

/** A credit is applied by a payment of nothing with two lines, dated when it was applied. */
function applyRow(
  to: Conversion,
  entry: BookCreditNote,
  allocation: BookAllocation,
  [credit, number]: [number, number],
): NativeRow {
  const { amountMinor, invoiceId, date } = allocation;
  return rowOf(to, 'Payment', entry, number, '0', {
    CustomerRef: customerRef(to.index.customerOf(entry)),
    TotalAmt: 0,
    UnappliedAmt: 0,
    ProcessPayment: false,
    TxnDate: date,
    ...currency(to, entry),
    PrivateNote: creditLinkNote,
    Line: [
      line(amountMinor, entry.currency, to.index.invoiceNumber(invoiceId), 'Invoice'),
      line(amountMinor, entry.currency, credit, 'CreditMemo'),
    ],
  });
}

/** What QuickBooks writes on the payments that it makes to apply credits. */
export const creditLinkNote = 'Created by QB Online to link credits to charges.';

function rowOf(
  to: Conversion,
  entity: string,
  entry: Document,
  number: number,
  syncToken: string,
  fields: Omit<NativeTransaction, 'Id' | 'SyncToken' | 'MetaData' | 'domain' | 'sparse'>,
): NativeRow {
  const id = String(number);
  const updatedMs = seconds(entry.updatedAtMs);
  const created = stamp(createdMs(to, entry), to.zone);
  const json = JSON.stringify({
    ...fields,
    domain: 'QBO',
    sparse: false,
    Id: id,
    SyncToken: syncToken,
    MetaData: { CreateTime: created, LastUpdatedTime: stamp(updatedMs, to.zone) },
  });
  return { entity, id, updatedMs, hidden: false, deleted: false, json };
}

function gone(to: Conversion, entity: string, entry: Document, number: number): NativeRow {
  const updatedMs = seconds(entry.updatedAtMs);
  return tombstone(entity, String(number), updatedMs, stamp(updatedMs, to.zone));
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function createdMs(to: Conversion, entry: Document): number {
  const day = entry.entry === 'invoice' ? entry.issueDate : entry.date;
  return Math.min(instantOf(day, 9, to.company.timeZone), entry.updatedAtMs);
}

function customerRef(customer: CustomerFigures) {
  return { value: String(customer.id), name: customer.fullName };
}

function linked(payments: number[]): Fields {
  if (payments.length === 0) return {};
  return { LinkedTxn: payments.map((number) => ({ TxnId: String(number), TxnType: 'Payment' })) };
}

function line(minor: number, code: string, number: number, type: string): PaymentLine {
  return { Amount: toMajor(minor, code), LinkedTxn: [{ TxnId: String(number), TxnType: type }] };
}

function currency(to: Conversion, entry: Document): Fields {
  const ref = { CurrencyRef: { value: entry.currency, name: currencyName(entry.currency) } };
  return to.company.multiCurrency ? { ...ref, ExchangeRate: Number(entry.rate) } : ref;
}

function money(to: Conversion, entry: BookInvoice | BookCreditNote, voided: boolean) {
  const { baseCurrency, multiCurrency } = to.company;
  const totalMinor = voided ? 0 : entry.totalMinor;
  const openMinor = openOf(entry);
  const home = (minor: number) =>
    toMajor(homeMinor(minor, entry.currency, entry.rate, baseCurrency), baseCurrency);
  return {
    ...currency(to, entry),
    TotalAmt: toMajor(totalMinor, entry.currency),
    Balance: toMajor(openMinor, entry.currency),
    ...(multiCurrency ? { HomeTotalAmt: home(totalMinor), HomeBalance: home(openMinor) } : {}),
  };
}

function salesLines(
  entry: BookInvoice | BookCreditNote | BookOrder,
  description: string,
  voided: boolean,
): Fields[] {
  const amount = voided ? 0 : toMajor(entry.totalMinor, entry.currency);
  return [
    {
      Id: '1',
      LineNum: 1,
      Description: description,
      Amount: amount,
      DetailType: 'SalesItemLineDetail',
      SalesItemLineDetail: {
        ItemRef: { value: '1', name: 'Services' },
        UnitPrice: amount,
        Qty: 1,
        TaxCodeRef: { value: 'NON' },
      },
    },
    { Amount: amount, DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} },
  ];
}

// Three of four invoices went out by e-mail when they were written, so that EmailSent proves no reminder.
function emailed(to: Conversion, entry: BookInvoice, customer: CustomerFigures, number: number): Fields {
  const address = customer.entry.email;
  if (address === null) return { EmailStatus: 'NotSet' };
  const bill = { BillEmail: { Address: address } };
  if (number % 4 === 0 || entry.status === 'voided') return { ...bill, EmailStatus: 'NotSet' };
  const time = stamp(createdMs(to, entry), to.zone);
  return { ...bill, EmailStatus: 'EmailSent', DeliveryInfo: { DeliveryType: 'Email', DeliveryTime: time } };
}
