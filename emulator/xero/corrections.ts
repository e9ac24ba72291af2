import { toMajor, toMinor } from '../core/money.ts';
import { dayDate, dayString, instantString, localDay, msDate } from './dates.ts';
import { guid } from './ids.ts';
import type { EmbeddedCredit, Entity, Json, XeroCredit, XeroInvoice, XeroPayment } from './native.ts';
import type { CreditKind } from './new-documents.ts';
import { settle } from './postings.ts';
import type { XeroStore } from './store.ts';

/*
 * What people put right afterwards in Xero's pages: the rarer edits, beside those of edits.ts. Each acts at the world's
 * present instant and keeps the copies inside other records right. Throws when something is not there or not allowed.
 */

const creditKinds = ['CreditNotes', 'Overpayments', 'Prepayments'] as const;

/** Stamps a record with the world's present instant and writes it. */
export function saveNow(store: XeroStore, entity: Entity, record: Json): void {
  const nowMs = store.stampMs();
  const text = entity === 'Contacts' ? {} : { UpdatedDateUTCString: instantString(nowMs) };
  store.put(entity, { ...record, UpdatedDateUTC: msDate(nowMs), ...text }, nowMs);
}

/** Approves a draft or a submitted invoice. */
export function approveInvoice(store: XeroStore, id: string): void {
  const invoice = invoiceOf(store, id);
  if (invoice.Status !== 'DRAFT' && invoice.Status !== 'SUBMITTED') throw new Error('it is approved already');
  saveNow(store, 'Invoices', { ...invoice, Status: 'AUTHORISED' });
}

/** Changes an invoice on which nothing was paid or credited: its amount, its days, the contact whom it bills. */
export function changeInvoice(
  store: XeroStore,
  id: string,
  change: { amountMinor?: number; issueDay?: string; dueDay?: string; number?: string },
): void {
  const invoice = invoiceOf(store, id);
  if (invoice.AmountPaid !== 0 || invoice.AmountCredited !== 0 || invoice.Status === 'VOIDED')
    throw new Error('a settled or voided invoice stays as it is');
  const { amountMinor, issueDay, dueDay, number } = change;
  const total = amountMinor === undefined ? invoice.Total : toMajor(amountMinor, invoice.CurrencyCode);
  saveNow(store, 'Invoices', {
    ...invoice,
    Total: total,
    SubTotal: total,
    AmountDue: total,
    ...(issueDay === undefined ? {} : { Date: dayDate(issueDay), DateString: dayString(issueDay) }),
    ...(dueDay === undefined ? {} : { DueDate: dayDate(dueDay), DueDateString: dayString(dueDay) }),
    ...(number === undefined ? {} : { InvoiceNumber: number }),
  });
}

/** Takes back every allocation of a credit: the credit is open again, and so is what it had paid. */
export function unallocate(store: XeroStore, creditId: string): void {
  const { kind, credit } = creditOf(store, creditId);
  for (const allocation of credit.Allocations) {
    const invoice = invoiceOf(store, String(allocation.Invoice['InvoiceID']));
    const others = (list: EmbeddedCredit[]): EmbeddedCredit[] =>
      list.filter((one) => one['ID'] !== credit.ID);
    invoice.CreditNotes = others(invoice.CreditNotes);
    invoice.Overpayments = others(invoice.Overpayments);
    invoice.Prepayments = others(invoice.Prepayments);
    settle(invoice);
    delete invoice.FullyPaidOnDate;
    saveNow(store, 'Invoices', invoice);
  }
  const rest = toMinor(credit.Total, credit.CurrencyCode) - refundedMinor(credit);
  saveNow(store, kind, {
    ...credit,
    Allocations: [],
    RemainingCredit: toMajor(rest, credit.CurrencyCode),
    Status: rest === 0 ? 'PAID' : 'AUTHORISED',
  });
}

const refundTypes = {
  CreditNotes: 'ARCREDITPAYMENT',
  Overpayments: 'AROVERPAYMENTPAYMENT',
  Prepayments: 'ARPREPAYMENTPAYMENT',
} as const satisfies Record<CreditKind, string>;

/** Pays what is left of a credit back to the customer: a payment against the credit. Returns the payment's id. */
export function refundCredit(store: XeroStore, creditId: string): string {
  const { kind, credit } = creditOf(store, creditId);
  if (credit.Status !== 'AUTHORISED' || credit.RemainingCredit === 0)
    throw new Error('nothing is left of it');
  const day = localDay(store.nowMs(), store.served.company.timeZone);
  const id = guid(store.tenant, 'refund', creditId, String(store.nowMs()));
  const payment: XeroPayment = {
    PaymentID: id,
    Date: dayDate(day),
    BankAmount: credit.RemainingCredit,
    Amount: credit.RemainingCredit,
    Reference: '',
    CurrencyRate: credit.CurrencyRate,
    PaymentType: refundTypes[kind],
    Status: 'AUTHORISED',
    UpdatedDateUTC: '',
    UpdatedDateUTCString: '',
    HasAccount: true,
    IsReconciled: false,
    Account: { AccountID: guid(credit.Contact.ContactID, 'account', 'bank'), Code: '090' },
    Invoice: { InvoiceID: credit.ID, Contact: credit.Contact, CurrencyCode: credit.CurrencyCode },
    HasValidationErrors: false,
  };
  const { Amount, Date, CurrencyRate, Reference } = payment;
  const copy = {
    PaymentID: id,
    Date,
    Amount,
    Reference,
    CurrencyRate,
    HasAccount: false,
    HasValidationErrors: false,
  };
  saveNow(store, 'Payments', payment);
  saveNow(store, kind, {
    ...credit,
    Payments: [...credit.Payments, copy],
    RemainingCredit: 0,
    Status: 'PAID',
  });
  return id;
}

function refundedMinor(credit: XeroCredit): number {
  return credit.Payments.reduce((sum, payment) => sum + toMinor(payment.Amount, credit.CurrencyCode), 0);
}

function invoiceOf(store: XeroStore, id: string): XeroInvoice {
  const invoice = store.read<XeroInvoice>('Invoices', id);
  if (!invoice) throw new Error(`no invoice ${id}`);
  return invoice;
}

function creditOf(store: XeroStore, id: string): { kind: CreditKind; credit: XeroCredit } {
  for (const kind of creditKinds) {
    const credit = store.read<XeroCredit>(kind, id);
    if (credit) return { kind, credit };
  }
  throw new Error(`no credit ${id}`);
}
