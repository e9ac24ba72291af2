import type { Book, BookAllocation, BookCreditNote, BookEntry, BookReceipt } from '../core/book.ts';
import { addCompany } from '../core/companies.ts';
import type { World } from '../core/control.ts';
import { toMajor } from '../core/money.ts';
import { contactOf, creditNoteOf, invoiceOf, paymentOf, quoteOf, unallocatedOf } from './from-book.ts';
import type { Dressing } from './from-book.ts';
import { guid, tenantId } from './ids.ts';
import type { Entity, Json, XeroCredit, XeroInvoice } from './native.ts';
import { countCredit, embedCredit, embedPayment } from './postings.ts';
import type { XeroQuirks } from './quirks.ts';
import { XeroStore } from './store.ts';

interface Waiting {
  invoice: XeroInvoice;
  updatedMs: number;
}

interface Ready {
  entity: Entity;
  record: Json;
  updatedMs: number;
}

const windowSize = 8_000;
const batchSize = 2_000;

/** Loads one book as a Xero organisation, streaming, and registers the company. */
export function loadXeroBook(world: World, book: Book, quirks: XeroQuirks): void {
  const served = { platform: 'xero', remoteId: tenantId(book.company.id), company: book.company };
  const loader = new Loader(new XeroStore(world, served, quirks), quirks);
  for (const entry of book.entries()) loader.take(entry);
  loader.finish();
  addCompany(world.state, served, book.limits());
}

/**
 * Payments and credits arrive after their invoices and have to be copied into them. The latest invoices wait in
 * memory for that; one that has been written already is read back and written again.
 */
class Loader {
  readonly #store: XeroStore;
  readonly #dressing: Dressing;
  readonly #waiting = new Map<string, Waiting>();
  readonly #names = new Map<string, string>();
  #ready: Ready[] = [];

  constructor(store: XeroStore, quirks: XeroQuirks) {
    this.#store = store;
    this.#dressing = { tenant: store.tenant, quirks };
  }

  take(booked: BookEntry): void {
    const entry = { ...booked, updatedAtMs: this.#store.stampMs(booked.updatedAtMs) };
    switch (entry.entry) {
      case 'customer':
        this.#names.set(entry.id, entry.name);
        this.#put('Contacts', contactOf(this.#dressing, entry), entry.updatedAtMs);
        if (entry.notes !== null) this.#note(entry.id, entry.notes, entry.updatedAtMs);
        return;
      case 'invoice': {
        const invoice = invoiceOf(this.#dressing, entry, this.#name(entry.customerId));
        this.#waiting.set(invoice.InvoiceID, { invoice, updatedMs: entry.updatedAtMs });
        if (this.#waiting.size > windowSize) this.#flushInvoices(windowSize / 2);
        return;
      }
      case 'credit-note':
        return this.#credit(entry, 'CreditNotes', entry.status !== 'voided');
      case 'order':
        return this.#put(
          'Quotes',
          quoteOf(this.#dressing, entry, this.#name(entry.customerId)),
          entry.updatedAtMs,
        );
      case 'receipt':
        return entry.kind === 'payment' ? this.#payments(entry) : this.#unallocated(entry);
    }
  }

  finish(): void {
    this.#flushInvoices(this.#waiting.size);
    this.#flushReady();
  }

  #payments(entry: BookReceipt): void {
    entry.allocations.forEach((allocation, index) => {
      this.#edit(allocation.invoiceId, (invoice) => {
        const payment = paymentOf(this.#dressing, entry, index, invoice);
        if (entry.status === 'active') embedPayment(invoice, payment);
        this.#put('Payments', payment, entry.updatedAtMs);
      });
    });
  }

  #unallocated(entry: BookReceipt): void {
    this.#credit(
      entry,
      entry.kind === 'overpayment' ? 'Overpayments' : 'Prepayments',
      entry.status === 'active',
    );
  }

  #credit(entry: BookCreditNote | BookReceipt, entity: Entity, live: boolean): void {
    const name = this.#name(entry.customerId);
    const number = (bookId: string): string => this.#find(bookId)?.InvoiceNumber ?? '';
    const credit =
      entry.entry === 'receipt'
        ? unallocatedOf(this.#dressing, entry, name, number)
        : creditNoteOf(this.#dressing, entry, name, number);
    if (live) for (const allocation of entry.allocations) this.#apply(credit, allocation);
    this.#put(entity, credit, entry.updatedAtMs);
  }

  #apply(credit: XeroCredit, allocation: BookAllocation): void {
    this.#edit(allocation.invoiceId, (invoice) => {
      embedCredit(invoice, credit, toMajor(allocation.amountMinor, invoice.CurrencyCode));
      countCredit(invoice, allocation.amountMinor);
    });
  }

  #edit(bookId: string, change: (invoice: XeroInvoice) => void): void {
    const id = guid(this.#dressing.tenant, 'invoice', bookId);
    const waiting = this.#waiting.get(id);
    if (waiting) return change(waiting.invoice);
    this.#flushReady();
    const row = this.#store.world.state.get(this.#store.tenant, 'Invoices', id);
    if (!row) throw new Error(`the book sets money against invoice ${bookId}, which it has not`);
    const invoice = JSON.parse(row.json) as XeroInvoice;
    change(invoice);
    this.#put('Invoices', invoice, row.updatedMs);
  }

  #find(bookId: string): XeroInvoice | undefined {
    const id = guid(this.#dressing.tenant, 'invoice', bookId);
    const waiting = this.#waiting.get(id);
    if (waiting) return waiting.invoice;
    this.#flushReady();
    return this.#store.read<XeroInvoice>('Invoices', id);
  }

  #name(customerId: string): string {
    const name = this.#names.get(customerId);
    if (name === undefined) throw new Error(`the book names customer ${customerId}, which it has not`);
    return name;
  }

  #note(customerId: string, details: string, atMs: number): void {
    const id = guid(this.#dressing.tenant, 'contact', customerId);
    const entry = { atMs, visibleMs: atMs, user: 'Robin Owner', changes: 'Note', details };
    this.#store.addHistory('Contacts', id, entry);
  }

  #put(entity: Entity, record: Json, updatedMs: number): void {
    if (this.#ready.push({ entity, record, updatedMs }) >= batchSize) this.#flushReady();
  }

  #flushInvoices(count: number): void {
    for (const [id, { invoice, updatedMs }] of this.#waiting) {
      if (count-- <= 0) break;
      this.#waiting.delete(id);
      this.#put('Invoices', invoice, updatedMs);
    }
  }

  #flushReady(): void {
    const rows = this.#ready;
    this.#ready = [];
    this.#store.world.state.db.transaction(() => {
      for (const { entity, record, updatedMs } of rows) this.#store.put(entity, record, updatedMs);
    })();
  }
}
