import type { BookAllocation, BookCreditNote, BookInvoice, BookReceipt } from '../core/book.ts';
import type { WorkCalendar } from './calendar.ts';
import type { CustomerPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { MonthlyRates } from './rates.ts';

/** How much is to be set against which invoice. */
export interface Share {
  invoice: BookInvoice;
  amountMinor: number;
}

type Credit = BookCreditNote | BookReceipt;

/**
 * One customer's documents while they come into being. Every event goes through here, so that what is open is always
 * total less allocations, and every document's update time is that of the last thing that happened to it.
 */
export class CustomerLedger {
  readonly invoices: BookInvoice[] = [];
  readonly credits: Credit[] = [];
  readonly plan: CustomerPlan;
  readonly #calendar: WorkCalendar;
  readonly #rates: MonthlyRates;
  readonly #random: Random;

  constructor(plan: CustomerPlan, calendar: WorkCalendar, rates: MonthlyRates, random: Random) {
    this.plan = plan;
    this.#calendar = calendar;
    this.#rates = rates;
    this.#random = random;
  }

  /** Books an invoice on a day; the fate 'settled' begins as open and is settled by receipts. */
  invoice(number: string, issueDay: number, totalMinor: number, status: BookInvoice['status']): BookInvoice {
    const issueDate = this.#calendar.text(issueDay);
    const counted = status === 'open';
    const invoice: BookInvoice = {
      entry: 'invoice',
      id: `i-${this.plan.index + 1}-${this.invoices.length + 1}`,
      number,
      customerId: customerId(this.plan.index),
      issueDate,
      dueDate: this.#calendar.text(issueDay + this.plan.termsDays),
      currency: this.plan.currency,
      rate: this.#rates.rate(this.plan.currency, issueDate),
      totalMinor,
      openMinor: counted || status === 'draft' ? totalMinor : 0,
      paidDate: null,
      status,
      description: `Supplies ${issueDate.slice(0, 7)}`,
      updatedAtMs: this.#calendar.instant(issueDay, this.#random),
    };
    this.invoices.push(invoice);
    return invoice;
  }

  /** Something else happened to the invoice that day (it was voided, deleted, edited). */
  touch(invoice: BookInvoice, day: number): void {
    invoice.updatedAtMs = Math.max(invoice.updatedAtMs, this.#calendar.instant(day, this.#random));
  }

  /** Money received and set against invoices on the same day; totalMinor may be more than the shares. */
  receipt(kind: BookReceipt['kind'], day: number, totalMinor: number, shares: Share[]): BookReceipt {
    const receipt: BookReceipt = {
      entry: 'receipt',
      kind,
      ...this.#credit('r', day, totalMinor),
      status: 'active',
      reference: `BACS ${this.#random.int(100_000, 999_999)}`,
    };
    this.credits.push(receipt);
    this.allocate(receipt, day, shares, receipt.updatedAtMs);
    return receipt;
  }

  /** A credit note of that day, not yet set against anything. */
  creditNote(day: number, totalMinor: number): BookCreditNote {
    const note: BookCreditNote = {
      entry: 'credit-note',
      number: `CN-${this.plan.index + 1}-${this.credits.length + 1}`,
      ...this.#credit('n', day, totalMinor),
      status: 'open',
    };
    this.credits.push(note);
    return note;
  }

  /** Sets a credit against invoices on a day; all of them change at one and the same instant. */
  allocate(
    credit: Credit,
    day: number,
    shares: Share[],
    instantMs = this.#calendar.instant(day, this.#random),
  ): void {
    const date = this.#calendar.text(day);
    for (const { invoice, amountMinor } of shares) {
      if (amountMinor <= 0 || amountMinor > invoice.openMinor || amountMinor > credit.openMinor) {
        throw new Error(`allocation of ${amountMinor} does not fit ${invoice.id}`);
      }
      credit.allocations.push({ invoiceId: invoice.id, amountMinor, date });
      credit.openMinor -= amountMinor;
      invoice.openMinor -= amountMinor;
      invoice.updatedAtMs = Math.max(invoice.updatedAtMs, instantMs);
      if (invoice.openMinor === 0) {
        invoice.status = 'paid';
        invoice.paidDate = date;
      }
    }
    credit.updatedAtMs = Math.max(credit.updatedAtMs, instantMs);
    if (credit.entry === 'credit-note' && credit.openMinor === 0) credit.status = 'applied';
  }

  /**
   * A payment that the bank took back: it keeps what it was meant for, because the platforms still show it, but
   * nothing counts any more and the invoice is as it was before.
   */
  bounced(day: number, backDay: number, invoice: BookInvoice): void {
    const amountMinor = invoice.openMinor;
    const allocations: BookAllocation[] = [
      { invoiceId: invoice.id, amountMinor, date: this.#calendar.text(day) },
    ];
    const updatedAtMs = this.#calendar.instant(backDay, this.#random);
    this.credits.push({
      entry: 'receipt',
      kind: 'payment',
      ...this.#credit('r', day, amountMinor),
      openMinor: 0,
      allocations,
      status: 'deleted',
      reference: 'Returned unpaid',
      updatedAtMs,
    });
    invoice.updatedAtMs = Math.max(invoice.updatedAtMs, updatedAtMs);
  }

  #credit(prefix: string, day: number, totalMinor: number) {
    const date = this.#calendar.text(day);
    return {
      id: `${prefix}-${this.plan.index + 1}-${this.credits.length + 1}`,
      customerId: customerId(this.plan.index),
      date,
      currency: this.plan.currency,
      rate: this.#rates.rate(this.plan.currency, date),
      totalMinor,
      openMinor: totalMinor,
      allocations: [] as BookAllocation[],
      updatedAtMs: this.#calendar.instant(day, this.#random),
    };
  }
}

/** The book id of the nth customer. */
export function customerId(index: number): string {
  return `c-${index + 1}`;
}
