import type { BookCreditNote, BookCustomer, BookInvoice, BookOrder, BookReceipt } from '../core/book.ts';
import { toMajor } from '../core/money.ts';
import { dayDate, dayString, instantString, msDate } from './dates.ts';
import { guid } from './ids.ts';
import { contactStub } from './native.ts';
import type {
  ContactStub,
  Json,
  XeroAllocation,
  XeroContact,
  XeroCredit,
  XeroInvoice,
  XeroPayment,
} from './native.ts';
import type { XeroQuirks } from './quirks.ts';

/** What a conversion needs beside the entry: whose book it is and which unconfirmed behaviour is played. */
export interface Dressing {
  /** Tenant id; ids of records are derived from it and the book's id. */
  tenant: string;
  quirks: XeroQuirks;
}

const statuses = {
  draft: 'DRAFT',
  open: 'AUTHORISED',
  paid: 'PAID',
  voided: 'VOIDED',
  deleted: 'DELETED',
} as const;

/** A customer as a row of Contacts. Of several e-mail addresses the first is the contact's, the rest are persons. */
export function contactOf(dressing: Dressing, entry: BookCustomer): XeroContact {
  const [first = '', ...others] = (entry.email ?? '').split(',').map((address) => address.trim());
  const [firstName = '', ...lastNames] = (entry.contactName ?? '').split(' ');
  return {
    ContactID: contactId(dressing, entry.id),
    ...(entry.accountNumber === null ? {} : { AccountNumber: entry.accountNumber }),
    ContactStatus: entry.status === 'active' ? 'ACTIVE' : 'ARCHIVED',
    Name: entry.name,
    FirstName: firstName,
    LastName: lastNames.join(' '),
    EmailAddress: first,
    BankAccountDetails: '',
    Addresses: [
      { AddressType: 'STREET', City: '', Region: '', PostalCode: '', Country: '' },
      { AddressType: 'POBOX', City: '', Region: '', PostalCode: '', Country: entry.country },
    ],
    Phones: phones(entry.phone ?? ''),
    UpdatedDateUTC: msDate(entry.updatedAtMs),
    ContactGroups: [],
    IsSupplier: false,
    IsCustomer: true,
    DefaultCurrency: entry.currency,
    PaymentTerms: { Sales: { Day: 30, Type: 'DAYSAFTERBILLDATE' } },
    ContactPersons: others.filter((address) => address !== '').map(contactPerson),
    HasAttachments: false,
    HasValidationErrors: false,
    ...(entry.mergedIntoId === null ? {} : { MergedToContactID: contactId(dressing, entry.mergedIntoId) }),
  };
}

/** An invoice as a row of Invoices, before any payment or credit has been set against it. */
export function invoiceOf(dressing: Dressing, entry: BookInvoice, contactName: string): XeroInvoice {
  const total = toMajor(entry.totalMinor, entry.currency);
  const live = entry.status === 'open' || entry.status === 'paid';
  const dueMinor = entry.status === 'draft' ? entry.totalMinor : entry.openMinor;
  return {
    Type: 'ACCREC',
    InvoiceID: guid(dressing.tenant, 'invoice', entry.id),
    InvoiceNumber: entry.number,
    Reference: '',
    Payments: [],
    CreditNotes: [],
    Prepayments: [],
    Overpayments: [],
    AmountDue: toMajor(dueMinor, entry.currency),
    AmountPaid: live ? toMajor(entry.totalMinor - entry.openMinor, entry.currency) : 0,
    AmountCredited: 0,
    SentToContact: live,
    CurrencyRate: currencyRate(dressing.quirks, entry.rate),
    HasErrors: false,
    IsDiscounted: false,
    HasAttachments: false,
    Contact: stubOf(dressing, entry.customerId, contactName),
    DateString: dayString(entry.issueDate),
    Date: dayDate(entry.issueDate),
    DueDateString: dayString(entry.dueDate),
    DueDate: dayDate(entry.dueDate),
    Status: statuses[entry.status],
    LineAmountTypes: 'NoTax',
    LineItems: [lineItem(entry.description, total, guid(dressing.tenant, 'line', entry.id))],
    SubTotal: total,
    TotalTax: 0,
    Total: total,
    UpdatedDateUTC: msDate(entry.updatedAtMs),
    UpdatedDateUTCString: instantString(entry.updatedAtMs),
    CurrencyCode: entry.currency,
    ...(entry.paidDate !== null && entry.status === 'paid'
      ? { FullyPaidOnDate: dayDate(entry.paidDate) }
      : {}),
  };
}

/** A credit note as a row of CreditNotes; `invoiceNumber` looks up the numbers of what it was set against. */
export function creditNoteOf(
  dressing: Dressing,
  entry: BookCreditNote,
  contactName: string,
  invoiceNumber: (bookId: string) => string,
): XeroCredit {
  const id = guid(dressing.tenant, 'credit-note', entry.id);
  const status = { open: 'AUTHORISED', applied: 'PAID', voided: 'VOIDED' }[entry.status];
  return {
    CreditNoteID: id,
    CreditNoteNumber: entry.number,
    ...creditFields(dressing, entry, {
      id,
      type: 'ACCRECCREDIT',
      status,
      contactName,
      reference: '',
      invoiceNumber,
    }),
  };
}

/** What is left of a receipt as a row of Overpayments or Prepayments. */
export function unallocatedOf(
  dressing: Dressing,
  entry: BookReceipt,
  contactName: string,
  invoiceNumber: (bookId: string) => string,
): XeroCredit {
  const over = entry.kind === 'overpayment';
  const id = guid(dressing.tenant, entry.kind, entry.id);
  const status = entry.status === 'deleted' ? 'VOIDED' : entry.openMinor > 0 ? 'AUTHORISED' : 'PAID';
  const type = over ? 'RECEIVE-OVERPAYMENT' : 'RECEIVE-PREPAYMENT';
  const { reference } = entry;
  return {
    [over ? 'OverpaymentID' : 'PrepaymentID']: id,
    ...creditFields(dressing, entry, { id, type, status, contactName, reference, invoiceNumber }),
  };
}

/** The payment that one allocation of a receipt is in Xero, as a row of Payments. */
export function paymentOf(
  dressing: Dressing,
  entry: BookReceipt,
  index: number,
  invoice: XeroInvoice,
): XeroPayment {
  const allocation = entry.allocations[index];
  if (!allocation) throw new Error(`receipt ${entry.id} has no allocation ${String(index)}`);
  const amount = toMajor(allocation.amountMinor, entry.currency);
  return {
    PaymentID: guid(dressing.tenant, 'payment', entry.id, String(index)),
    Date: dayDate(allocation.date),
    BankAmount: amount,
    Amount: amount,
    Reference: entry.reference,
    CurrencyRate: currencyRate(dressing.quirks, entry.rate),
    PaymentType: 'ACCRECPAYMENT',
    Status: entry.status === 'deleted' ? 'DELETED' : 'AUTHORISED',
    UpdatedDateUTC: msDate(entry.updatedAtMs),
    UpdatedDateUTCString: instantString(entry.updatedAtMs),
    HasAccount: true,
    IsReconciled: true,
    Account: { AccountID: guid(dressing.tenant, 'account', 'bank'), Code: '090' },
    Invoice: invoiceStub(invoice),
    HasValidationErrors: false,
  };
}

const quoteStatuses = {
  sent: 'SENT',
  accepted: 'ACCEPTED',
  declined: 'DECLINED',
  invoiced: 'INVOICED',
  deleted: 'DELETED',
} as const;

/** A quote as a row of Quotes. Which invoices were made from it Xero does not tell. */
export function quoteOf(dressing: Dressing, entry: BookOrder, contactName: string): Json {
  const total = toMajor(entry.totalMinor, entry.currency);
  return {
    QuoteID: guid(dressing.tenant, 'quote', entry.id),
    QuoteNumber: entry.number,
    Reference: '',
    Terms: '',
    Contact: stubOf(dressing, entry.customerId, contactName),
    LineItems: [lineItem('Quoted', total, guid(dressing.tenant, 'quote-line', entry.id))],
    Date: dayDate(entry.date),
    DateString: dayString(entry.date),
    ExpiryDate: dayDate(entry.dueDate),
    ExpiryDateString: dayString(entry.dueDate),
    Status: quoteStatuses[entry.status],
    CurrencyRate: currencyRate(dressing.quirks, entry.rate),
    CurrencyCode: entry.currency,
    SubTotal: total,
    TotalTax: 0,
    Total: total,
    TotalDiscount: 0,
    Title: '',
    Summary: '',
    UpdatedDateUTC: msDate(entry.updatedAtMs),
    LineAmountTypes: 'NOTAX',
  };
}

/** The invoice as payments carry it. */
export function invoiceStub(invoice: XeroInvoice): Json {
  return {
    Type: invoice.Type,
    InvoiceID: invoice.InvoiceID,
    InvoiceNumber: invoice.InvoiceNumber,
    Payments: [],
    CreditNotes: [],
    Prepayments: [],
    Overpayments: [],
    HasErrors: false,
    IsDiscounted: false,
    Contact: invoice.Contact,
    LineItems: [],
    CurrencyCode: invoice.CurrencyCode,
  };
}

/** CurrencyRate from the book's rate (base currency for one foreign unit), in the direction that is played. */
export function currencyRate(quirks: XeroQuirks, rate: string): number {
  const inBase = Number(rate);
  const value = quirks.currencyRateDirection === 'base-per-foreign' || inBase === 0 ? inBase : 1 / inBase;
  return Number(value.toFixed(quirks.currencyRateDecimals));
}

/** The contact's id for a book's customer. */
export function contactId(dressing: Dressing, customerId: string): string {
  return guid(dressing.tenant, 'contact', customerId);
}

/** A document's only line. */
export function lineItem(description: string, amount: number, id: string): Json {
  return {
    Description: description,
    UnitAmount: amount,
    TaxType: 'NONE',
    TaxAmount: 0,
    LineAmount: amount,
    AccountCode: '200',
    Tracking: [],
    Quantity: 1,
    LineItemID: id,
  };
}

interface CreditDress {
  id: string;
  type: string;
  status: string;
  contactName: string;
  reference: string;
  invoiceNumber: (bookId: string) => string;
}

function creditFields(
  dressing: Dressing,
  entry: BookCreditNote | BookReceipt,
  dress: CreditDress,
): XeroCredit {
  const total = toMajor(entry.totalMinor, entry.currency);
  const gone = dress.status === 'VOIDED';
  return {
    Payments: [],
    ID: dress.id,
    CurrencyRate: currencyRate(dressing.quirks, entry.rate),
    Type: dress.type,
    Reference: dress.reference,
    RemainingCredit: gone ? 0 : toMajor(entry.openMinor, entry.currency),
    Allocations: gone ? [] : allocations(dressing, entry, dress),
    HasAttachments: false,
    Contact: stubOf(dressing, entry.customerId, dress.contactName),
    DateString: dayString(entry.date),
    Date: dayDate(entry.date),
    Status: dress.status,
    LineAmountTypes: 'NoTax',
    LineItems: [],
    SubTotal: total,
    TotalTax: 0,
    Total: total,
    UpdatedDateUTC: msDate(entry.updatedAtMs),
    UpdatedDateUTCString: instantString(entry.updatedAtMs),
    CurrencyCode: entry.currency,
  };
}

function allocations(
  dressing: Dressing,
  entry: BookCreditNote | BookReceipt,
  dress: CreditDress,
): XeroAllocation[] {
  return entry.allocations.map((allocation, index) => ({
    AllocationID: guid(dressing.tenant, 'allocation', entry.id, String(index)),
    Amount: toMajor(allocation.amountMinor, entry.currency),
    Date: dayDate(allocation.date),
    Invoice: {
      InvoiceID: guid(dressing.tenant, 'invoice', allocation.invoiceId),
      InvoiceNumber: dress.invoiceNumber(allocation.invoiceId),
      Payments: [],
      CreditNotes: [],
      Prepayments: [],
      Overpayments: [],
      HasErrors: false,
      IsDiscounted: false,
      LineItems: [],
    },
  }));
}

function stubOf(dressing: Dressing, customerId: string, name: string): ContactStub {
  return contactStub(contactId(dressing, customerId), name);
}

function contactPerson(address: string): Json {
  return { FirstName: '', LastName: '', EmailAddress: address, IncludeInEmails: true };
}

function phones(number: string): Json[] {
  return ['DDI', 'DEFAULT', 'FAX', 'MOBILE'].map((type) => ({
    PhoneType: type,
    PhoneNumber: type === 'DEFAULT' ? number : '',
    PhoneAreaCode: '',
    PhoneCountryCode: '',
  }));
}
