import type { RunningEmulator } from '../../emulator/index.ts';
import * as quickbooks from '../../emulator/quickbooks/edits.ts';
import type { NativeCustomer, NativeTransaction } from '../../emulator/quickbooks/native.ts';
import type { PlatformName } from '../../src/domain/index.ts';

/**
 * The debtor's clerks at work on the platform itself, behind the product's back: everything is named as on paper
 * (customer names, invoice numbers), whichever platform it is.
 */
export interface Staff {
  /** Pays an invoice, wholly when no amount is given. */
  pay(invoice: string, amountMinor?: number): void;
  /** Writes an invoice. Days are YYYY-MM-DD. */
  bill(customer: string, invoice: { number: string; amountMinor: number; date: string; due: string }): void;
  /** Receives money and sets it against nothing. */
  receive(customer: string, amountMinor: number): void;
  voidInvoice(invoice: string): void;
  archive(customer: string): void;
  merge(from: string, into: string): void;
  setEmail(customer: string, address: string): void;
  /** Names of the customers that carry the hold on the platform now, sorted. */
  held(): string[];
  /** Takes the hold away by hand. */
  liftHold(customer: string): void;
  /** The customer's own id on the platform, as the ledger of effects names it. */
  idOf(customer: string): string;
  /** The invoice's id. */
  invoiceId(number: string): string;
}

export function staffOf(emulator: RunningEmulator, platform: PlatformName, company: string): Staff {
  return platform === 'xero' ? xeroStaff(emulator, company) : quickbooksStaff(emulator, company);
}

const GROUP = 'Credit hold';

function xeroStaff(emulator: RunningEmulator, company: string): Staff {
  const edits = emulator.xero(company);
  return {
    pay: (invoice, amountMinor) => void edits.payInvoice(invoice, amountMinor),
    bill: (contactId, { number, amountMinor, date, due }) =>
      void edits.createInvoice({ contactId, number, amountMinor, issueDate: date, dueDate: due }),
    receive: (contactId, amountMinor) => void edits.createOverpayment({ contactId, amountMinor }),
    voidInvoice: (invoice) => edits.voidInvoice(invoice),
    archive: (customer) => edits.archiveContact(customer),
    merge: (from, into) => edits.mergeContacts(from, into),
    setEmail: (customer, EmailAddress) => edits.updateContact(customer, { EmailAddress }),
    held: () =>
      edits
        .groupMembers(GROUP)
        .map((id) => edits.contact(id).Name)
        .sort(),
    liftHold: (customer) => edits.removeFromGroup(GROUP, customer),
    idOf: (customer) => edits.contact(customer).ContactID,
    invoiceId: (number) => edits.invoice(number).InvoiceID,
  };
}

function quickbooksStaff(emulator: RunningEmulator, company: string): Staff {
  const books = emulator.quickbooks(company);
  const rows = <T>(entity: string): T[] =>
    (
      emulator.state.db
        .prepare('SELECT json FROM row WHERE company = ? AND entity = ? AND deleted = 0 ORDER BY seq')
        .pluck()
        .all(books.realm, entity) as string[]
    ).map((json) => JSON.parse(json) as T);
  const customer = (name: string): NativeCustomer =>
    found(
      rows<NativeCustomer>('Customer').find((row) => row.DisplayName === name),
      name,
    );
  const invoiceId = (number: string): string =>
    found(
      rows<NativeTransaction>('Invoice').find((row) => row['DocNumber'] === number),
      number,
    ).Id;
  return {
    pay: (invoice, amountMinor) => void quickbooks.payInvoice(books, invoiceId(invoice), amountMinor),
    bill: (name, { number, amountMinor, date, due }) =>
      void quickbooks.createInvoice(books, {
        customerId: customer(name).Id,
        number,
        amountMinor,
        date,
        dueDate: due,
      }),
    receive: (name, amountMinor) => void quickbooks.unappliedPayment(books, customer(name).Id, amountMinor),
    voidInvoice: (invoice) => void quickbooks.voidInvoice(books, invoiceId(invoice)),
    archive: (name) => void quickbooks.deactivateCustomer(books, customer(name).Id),
    merge: (from, into) => quickbooks.mergeCustomers(books, customer(from).Id, customer(into).Id),
    setEmail: (name, address) => void quickbooks.editEmail(books, customer(name).Id, address),
    held: () =>
      rows<NativeCustomer>('Customer')
        .filter((row) => /^\[HOLDFAST HOLD /m.test(row.Notes ?? ''))
        .map((row) => row.DisplayName)
        .sort(),
    liftHold: (name) => {
      const { Id, Notes } = customer(name);
      quickbooks.editNotes(books, Id, (Notes ?? '').replace(/^\[HOLDFAST HOLD .*\n?/m, ''));
    },
    idOf: (name) => customer(name).Id,
    invoiceId,
  };
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the emulator has no ${name}`);
  return value;
}
