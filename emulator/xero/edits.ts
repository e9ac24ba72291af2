import { toMajor, toMinor } from '../core/money.ts';
import { writeContact } from './contact-write.ts';
import { saveNow } from './corrections.ts';
import { dayDate, dayString, localDay } from './dates.ts';
import { GroupStore } from './group-store.ts';
import { guid } from './ids.ts';
import type { Entity, Json, XeroContact, XeroCredit, XeroInvoice, XeroPayment } from './native.ts';
import { newCredit, newInvoice, newPayment } from './new-documents.ts';
import type { CreditKind, DocumentSetting, NewDocument } from './new-documents.ts';
import { allocateCredit, embedCredit, embedPayment, settle } from './postings.ts';
import type { XeroQuirks } from './quirks.ts';
import { moveDocuments } from './renames.ts';
import type { XeroStore } from './store.ts';

export type { NewDocument } from './new-documents.ts';

/**
 * What people do in Xero's own pages while the product is not looking. Every edit happens at the world's present
 * instant and keeps the copies inside other records right. Invoices are named by id or number, contacts by id or
 * name. Throws when something is not there.
 */
export class XeroEdits {
  readonly store: XeroStore;
  readonly #quirks: XeroQuirks;
  #made = 0;

  constructor(store: XeroStore, quirks: XeroQuirks) {
    this.store = store;
    this.#quirks = quirks;
  }

  contact(idOrName: string): XeroContact {
    return this.#need<XeroContact>('Contacts', 'Name', idOrName);
  }

  invoice(idOrNumber: string): XeroInvoice {
    return this.#need<XeroInvoice>('Invoices', 'InvoiceNumber', idOrNumber);
  }

  /** Creates a contact with these fields of Xero's (at least Name). Returns its id. */
  createContact(fields: Json): string {
    const result = writeContact(this.store, fields);
    if ('faults' in result) throw new Error(result.faults.join('; '));
    return result.contact.ContactID;
  }

  /** Changes fields of a contact, e.g. EmailAddress. */
  updateContact(contact: string, fields: Json): void {
    this.createContact({ ...fields, ContactID: this.contact(contact).ContactID });
  }

  archiveContact(contact: string): void {
    this.#save('Contacts', { ...this.contact(contact), ContactStatus: 'ARCHIVED' });
  }

  restoreContact(contact: string): void {
    this.#save('Contacts', { ...this.contact(contact), ContactStatus: 'ACTIVE' });
  }

  /** The first contact is archived and points to the second, which gets its documents. */
  mergeContacts(from: string, into: string): void {
    const loser = this.contact(from);
    const winner = this.contact(into);
    this.#save('Contacts', { ...loser, ContactStatus: 'ARCHIVED', MergedToContactID: winner.ContactID });
    moveDocuments(this.store, loser, winner);
  }

  addToGroup(group: string, contact: string): void {
    this.#groups().add(this.#group(group), this.contact(contact).ContactID);
  }

  removeFromGroup(group: string, contact: string): void {
    this.#groups().remove(this.#group(group), this.contact(contact).ContactID);
  }

  /** Ids of the contacts in a group, named by id or name; empty when there is no such group. */
  groupMembers(group: string): string[] {
    const found = this.#groups().find(group);
    return found ? this.#groups().memberIds(found.id) : [];
  }

  /** Creates a sales invoice. Returns its id. */
  createInvoice(wanted: NewDocument): string {
    const id = this.#newId('invoice');
    const invoice = newInvoice(this.#setting(wanted), wanted, id);
    this.#save('Invoices', invoice);
    return id;
  }

  /** Moves an invoice's due date. */
  moveDueDate(invoice: string, day: string): void {
    this.#save('Invoices', {
      ...this.invoice(invoice),
      DueDate: dayDate(day),
      DueDateString: dayString(day),
    });
  }

  /** Pays an invoice, wholly when no amount is given. Returns the payment's id. */
  payInvoice(invoiceName: string, amountMinor?: number, day = this.#today()): string {
    const invoice = this.invoice(invoiceName);
    const open = toMinor(invoice.AmountDue, invoice.CurrencyCode);
    if ((amountMinor ?? open) > open) throw new Error('a payment must not be more than what is due');
    const payment = newPayment(invoice, {
      id: this.#newId('payment'),
      amountMinor: amountMinor ?? open,
      day,
    });
    embedPayment(invoice, payment);
    settle(invoice);
    if (invoice.Status === 'PAID') invoice.FullyPaidOnDate = dayDate(day);
    this.#save('Payments', payment);
    this.#save('Invoices', invoice);
    return payment.PaymentID;
  }

  /** Takes a payment back: it stays as DELETED, its invoice is open again. */
  deletePayment(paymentId: string): void {
    const payment = this.#need<XeroPayment>('Payments', 'PaymentID', paymentId);
    const invoice = this.invoice(String(payment.Invoice['InvoiceID']));
    invoice.Payments = invoice.Payments.filter((one) => one.PaymentID !== payment.PaymentID);
    settle(invoice);
    delete invoice.FullyPaidOnDate;
    this.#save('Payments', { ...payment, Status: 'DELETED' });
    this.#save('Invoices', invoice);
  }

  /** Voids an invoice on which nothing has been paid or credited. */
  voidInvoice(invoiceName: string): void {
    const invoice = this.invoice(invoiceName);
    if (invoice.AmountPaid !== 0 || invoice.AmountCredited !== 0)
      throw new Error('paid or credited invoices stay');
    this.#save('Invoices', { ...invoice, Status: 'VOIDED', AmountDue: 0 });
  }

  /** Deletes a draft: it stays as DELETED. */
  deleteInvoice(invoiceName: string): void {
    const invoice = this.invoice(invoiceName);
    if (invoice.Status !== 'DRAFT' && invoice.Status !== 'SUBMITTED')
      throw new Error('only drafts can be deleted');
    this.#save('Invoices', { ...invoice, Status: 'DELETED', AmountDue: 0 });
  }

  /** Creates an approved credit note. Returns its id. */
  createCreditNote(wanted: NewDocument): string {
    return this.#createCredit('CreditNotes', wanted);
  }

  createOverpayment(wanted: NewDocument): string {
    return this.#createCredit('Overpayments', wanted);
  }

  createPrepayment(wanted: NewDocument): string {
    return this.#createCredit('Prepayments', wanted);
  }

  /** Sets part of a credit note, overpayment or prepayment against an invoice. */
  allocate(creditId: string, invoiceName: string, amountMinor: number, day = this.#today()): void {
    const { kind, credit } = this.#credit(creditId);
    const invoice = this.invoice(invoiceName);
    const amount = toMajor(amountMinor, credit.CurrencyCode);
    if (amount > credit.RemainingCredit || amount > invoice.AmountDue)
      throw new Error('that much is not open');
    allocateCredit(credit, invoice, amount, this.#newId('allocation'), dayDate(day));
    embedCredit(invoice, credit, amount);
    settle(invoice);
    if (invoice.Status === 'PAID') invoice.FullyPaidOnDate = dayDate(day);
    this.#save(kind, credit);
    this.#save('Invoices', invoice);
  }

  /** Voids a credit that was not set against anything. */
  voidCredit(creditId: string): void {
    const { kind, credit } = this.#credit(creditId);
    if (credit.Allocations.length > 0) throw new Error('the credit is in use');
    this.#save(kind, { ...credit, Status: 'VOIDED', RemainingCredit: 0 });
  }

  #createCredit(kind: CreditKind, wanted: NewDocument): string {
    const id = this.#newId(kind);
    const credit = newCredit(kind, this.#setting(wanted), wanted, id);
    this.#save(kind, credit);
    return id;
  }

  #setting(wanted: NewDocument): DocumentSetting {
    return {
      contact: this.contact(wanted.contactId),
      today: this.#today(),
      dueDay: this.#today(30),
      baseCurrency: this.store.served.company.baseCurrency,
      quirks: this.#quirks,
    };
  }

  #credit(id: string): { kind: CreditKind; credit: XeroCredit } {
    for (const kind of ['CreditNotes', 'Overpayments', 'Prepayments'] as const) {
      const credit = this.store.read<XeroCredit>(kind, id);
      if (credit) return { kind, credit };
    }
    throw new Error(`no credit ${id}`);
  }

  #groups(): GroupStore {
    return new GroupStore(this.store, this.#quirks.groupEditTouchesContact);
  }

  #group(idOrName: string): string {
    const group = this.#groups().find(idOrName);
    if (!group) throw new Error(`no contact group ${idOrName}`);
    return group.id;
  }

  #need<T extends Json>(entity: Entity, field: string, key: string): T {
    const found = this.store.read<T>(entity, key);
    if (found) return found;
    const id = this.store.findId(entity, field, key);
    const named = id === undefined ? undefined : this.store.read<T>(entity, id);
    if (!named) throw new Error(`no ${entity} ${key}`);
    return named;
  }

  #save(entity: Entity, record: Json): void {
    saveNow(this.store, entity, record);
  }

  #newId(kind: string): string {
    this.#made += 1;
    return guid(this.store.tenant, kind, 'edit', String(this.store.nowMs()), String(this.#made));
  }

  #today(plusDays = 0): string {
    return localDay(this.store.nowMs() + plusDays * 86_400_000, this.store.served.company.timeZone);
  }
}
