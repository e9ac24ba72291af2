import { toMajor, toMinor } from '../core/money.ts';
import { invoiceStub } from './from-book.ts';
import type { EmbeddedCredit, XeroCredit, XeroInvoice, XeroPayment } from './native.ts';

/** Puts a payment's copy into its invoice and counts it as paid; the caller says what is due. */
export function embedPayment(invoice: XeroInvoice, payment: XeroPayment): void {
  invoice.Payments.push({
    PaymentID: payment.PaymentID,
    Date: payment.Date,
    Amount: payment.Amount,
    Reference: payment['Reference'],
    CurrencyRate: payment['CurrencyRate'],
    HasAccount: false,
    HasValidationErrors: false,
  });
}

/** Puts the copy of a credit note, overpayment or prepayment into the invoice that it was set against. */
export function embedCredit(invoice: XeroInvoice, credit: XeroCredit, amount: number): void {
  creditList(invoice, credit).push({
    ...creditIds(credit),
    ID: credit.ID,
    AppliedAmount: amount,
    Date: credit.Date,
    DateString: credit.DateString,
    Total: credit.Total,
    CurrencyRate: credit.CurrencyRate,
    LineItems: [],
    // Of the three only credit notes have it, in the specification and its examples.
    ...('CreditNoteID' in credit ? { HasErrors: false } : {}),
  });
}

/** Works an invoice's sums out again from what stands in it: paid, credited, due, and the status that follows. */
export function settle(invoice: XeroInvoice): void {
  const { CurrencyCode: currency } = invoice;
  const paid = sum(invoice.Payments.map((payment) => toMinor(payment.Amount, currency)));
  const credits = [...invoice.CreditNotes, ...invoice.Overpayments, ...invoice.Prepayments];
  const credited = sum(credits.map((credit) => toMinor(credit.AppliedAmount, currency)));
  const due = toMinor(invoice.Total, currency) - paid - credited;
  invoice.AmountPaid = toMajor(paid, currency);
  invoice.AmountCredited = toMajor(credited, currency);
  invoice.AmountDue = toMajor(due, currency);
  invoice.Status = due === 0 ? 'PAID' : 'AUTHORISED';
}

/** At load the book says what is due: what was credited is counted, the rest of what was settled was paid. */
export function countCredit(invoice: XeroInvoice, amountMinor: number): void {
  const { CurrencyCode: currency } = invoice;
  invoice.AmountCredited = toMajor(toMinor(invoice.AmountCredited, currency) + amountMinor, currency);
  invoice.AmountPaid = toMajor(toMinor(invoice.AmountPaid, currency) - amountMinor, currency);
}

/** Adds an allocation to a credit and works its remainder out again. */
export function allocateCredit(
  credit: XeroCredit,
  invoice: XeroInvoice,
  amount: number,
  id: string,
  date: string,
): void {
  credit.Allocations.push({ AllocationID: id, Amount: amount, Date: date, Invoice: invoiceStub(invoice) });
  const { CurrencyCode: currency } = credit;
  const used = sum(credit.Allocations.map((allocation) => toMinor(allocation.Amount, currency)));
  credit.RemainingCredit = toMajor(toMinor(credit.Total, currency) - used, currency);
  credit.Status = credit.RemainingCredit === 0 ? 'PAID' : 'AUTHORISED';
}

function creditList(invoice: XeroInvoice, credit: XeroCredit): EmbeddedCredit[] {
  if ('OverpaymentID' in credit) return invoice.Overpayments;
  return 'PrepaymentID' in credit ? invoice.Prepayments : invoice.CreditNotes;
}

function creditIds(credit: XeroCredit): Record<string, unknown> {
  const names = ['CreditNoteID', 'CreditNoteNumber', 'OverpaymentID', 'PrepaymentID'];
  return Object.fromEntries(names.filter((name) => name in credit).map((name) => [name, credit[name]]));
}

function sum(amounts: number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
