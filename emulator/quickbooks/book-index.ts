import type {
  Book,
  BookAllocation,
  BookCreditNote,
  BookCustomer,
  BookInvoice,
  BookOrder,
  BookReceipt,
} from '../core/book.ts';
import { LinkTable } from './link-table.ts';

/** One QuickBooks customer: a customer of the book, in one currency, with what its documents add up to. */
export interface CustomerFigures {
  entry: BookCustomer;
  /** QuickBooks id; customers are numbered apart from transactions. */
  id: number;
  currency: string;
  displayName: string;
  fullName: string;
  parent: CustomerFigures | null;
  level: number;
  merged: boolean;
  balanceMinor: number;
  /** Own balance and that of all descendants. */
  withJobsMinor: number;
  updatedMs: number;
  /** Days from issue to due of the first invoice: the customer's payment term. */
  termDays: number | null;
}

type Posting = BookInvoice | BookCreditNote | BookReceipt;
type Document = Posting | BookOrder;

/**
 * The first reading of a book: numbers everything, adds up balances, notes which payment was set against which
 * invoice. It keeps a number per invoice and some 200 bytes per customer, never a document.
 */
export class BookIndex {
  readonly customers: CustomerFigures[] = [];
  /** Exchange rates by currency and day, as booked on documents. */
  readonly rates = new Map<string, Map<string, string>>();
  /** Payments set against an invoice, both by transaction number. */
  readonly links = new LinkTable();
  firstDay = '9999-12-31';
  readonly #home: string;
  readonly #byBookId = new Map<string, CustomerFigures>();
  readonly #byCurrency = new Map<string, CustomerFigures>();
  readonly #names = new Set<string>();
  readonly #invoices = new Map<string, number>();

  constructor(book: Book) {
    this.#home = book.company.baseCurrency;
    let next = 1;
    for (const entry of book.entries()) {
      if (entry.entry === 'customer') this.#addCustomer(entry);
      else {
        this.#addDocument(entry, next);
        next += numbersUsed(entry);
      }
    }
    this.#rollUp();
  }

  /** The customer that a document belongs to: merged ones stand for their winner, and each currency has its own. */
  customerOf(document: Document): CustomerFigures {
    const customer = this.#winner(document.customerId);
    if (customer.currency === document.currency) return customer;
    const key = `${String(customer.id)} ${document.currency}`;
    return this.#byCurrency.get(key) ?? this.#split(customer, document.currency, key);
  }

  /** Transaction number of an invoice by its book id. Throws for drafts and unknown ones. */
  invoiceNumber(bookId: string): number {
    const number = this.#invoices.get(bookId);
    if (number === undefined) throw new Error(`the book allocates to invoice ${bookId}, which is not on it`);
    return number;
  }

  #addCustomer(entry: BookCustomer): void {
    const parent = entry.parentId === null ? null : this.#winner(entry.parentId);
    this.#byBookId.set(entry.id, this.#register(entry, entry.currency, entry.name, parent));
  }

  #register(
    entry: BookCustomer,
    currency: string,
    name: string,
    parent: CustomerFigures | null,
  ): CustomerFigures {
    const merged = entry.status === 'merged';
    const displayName = merged ? name : this.#uniqueName(name);
    const figures: CustomerFigures = {
      entry,
      id: this.customers.length + 1,
      currency,
      displayName,
      fullName: parent ? `${parent.fullName}:${displayName}` : displayName,
      parent,
      level: parent ? parent.level + 1 : 0,
      merged,
      balanceMinor: 0,
      withJobsMinor: 0,
      updatedMs: entry.updatedAtMs,
      termDays: null,
    };
    this.customers.push(figures);
    return figures;
  }

  // QuickBooks refuses colons, tabs and second uses of a name (6240), so an import into it would rename as well.
  #uniqueName(name: string): string {
    const clean = name
      .replace(/:/g, ' -')
      .replace(/[\t\n\r]/g, ' ')
      .slice(0, 490);
    let candidate = clean;
    for (let count = 2; this.#names.has(candidate.toLowerCase()); count += 1) {
      candidate = `${clean} (${String(count)})`;
    }
    this.#names.add(candidate.toLowerCase());
    return candidate;
  }

  // A QuickBooks customer has one currency for life: who is billed in a second one is a second customer.
  #split(customer: CustomerFigures, currency: string, key: string): CustomerFigures {
    const name = `${customer.displayName} (${currency})`;
    const figures = this.#register(customer.entry, currency, name, customer.parent);
    this.#byCurrency.set(key, figures);
    return figures;
  }

  #winner(bookId: string): CustomerFigures {
    let customer = this.#byBookId.get(bookId);
    for (let hops = 0; customer?.entry.mergedIntoId != null && hops < 10; hops += 1) {
      customer = this.#byBookId.get(customer.entry.mergedIntoId) ?? customer;
    }
    if (!customer) throw new Error(`the book names customer ${bookId} before introducing it`);
    return customer;
  }

  #addDocument(entry: Document, number: number): void {
    if (entry.entry === 'invoice' && entry.status === 'draft') return;
    const customer = this.customerOf(entry);
    if (entry.entry === 'order') return this.#noteDay(entry);
    customer.updatedMs = Math.max(customer.updatedMs, entry.updatedAtMs);
    customer.balanceMinor += entry.entry === 'invoice' ? openOf(entry) : -openOf(entry);
    this.#noteDay(entry);
    if (entry.entry === 'invoice') this.#addInvoice(entry, number, customer);
    else allocationsOf(entry).forEach((allocation, index) => this.#link(entry, allocation, number, index));
  }

  #addInvoice(entry: BookInvoice, number: number, customer: CustomerFigures): void {
    this.#invoices.set(entry.id, number);
    customer.termDays ??= Math.round((Date.parse(entry.dueDate) - Date.parse(entry.issueDate)) / 86_400_000);
  }

  #link(entry: Posting, allocation: BookAllocation, number: number, index: number): void {
    const payment = entry.entry === 'receipt' ? number : number + 1 + index;
    this.links.add(this.invoiceNumber(allocation.invoiceId), payment);
  }

  #noteDay(entry: Document): void {
    const day = entry.entry === 'invoice' ? entry.issueDate : entry.date;
    if (day < this.firstDay) this.firstDay = day;
    if (entry.currency === this.#home) return;
    const days = this.rates.get(entry.currency) ?? new Map<string, string>();
    this.rates.set(entry.currency, days.set(day, entry.rate));
  }

  #rollUp(): void {
    for (const customer of this.customers) {
      for (let at: CustomerFigures | null = customer; at; at = at.parent) {
        if (at.currency === customer.currency) at.withJobsMinor += customer.balanceMinor;
      }
    }
  }
}

/** How many transaction numbers an entry takes: a credit has one more for each payment that applies it. */
export function numbersUsed(entry: Document): number {
  if (entry.entry === 'invoice') return entry.status === 'draft' ? 0 : 1;
  return entry.entry === 'receipt' || entry.entry === 'order' ? 1 : 1 + allocationsOf(entry).length;
}

/** What of a document is still open; nothing of those that no longer count. */
export function openOf(entry: Posting): number {
  return entry.status === 'voided' || entry.status === 'deleted' ? 0 : entry.openMinor;
}

/** The allocations that stand. */
export function allocationsOf(entry: BookCreditNote | BookReceipt): BookAllocation[] {
  return entry.status === 'voided' || entry.status === 'deleted' ? [] : entry.allocations;
}
