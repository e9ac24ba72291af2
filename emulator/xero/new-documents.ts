import { toMajor } from '../core/money.ts';
import { dayDate, dayString } from './dates.ts';
import { currencyRate, invoiceStub, lineItem } from './from-book.ts';
import { guid } from './ids.ts';
import { contactStub } from './native.ts';
import type { XeroContact, XeroCredit, XeroDocument, XeroInvoice, XeroPayment } from './native.ts';
import type { XeroQuirks } from './quirks.ts';

/** A new invoice or credit. Days default to today and today + 30, the currency to the organisation's. */
export interface NewDocument {
  /** Contact id or name. */
  contactId: string;
  amountMinor: number;
  number?: string;
  issueDate?: string;
  dueDate?: string;
  currency?: string;
  /** Base currency for one unit of `currency`. */
  rate?: string;
  status?: 'DRAFT' | 'SUBMITTED' | 'AUTHORISED';
}

export type CreditKind = 'CreditNotes' | 'Overpayments' | 'Prepayments';

/** Where and when a document is made. */
export interface DocumentSetting {
  contact: XeroContact;
  today: string;
  dueDay: string;
  baseCurrency: string;
  quirks: XeroQuirks;
}

const creditTypes = {
  CreditNotes: { type: 'ACCRECCREDIT', id: 'CreditNoteID' },
  Overpayments: { type: 'RECEIVE-OVERPAYMENT', id: 'OverpaymentID' },
  Prepayments: { type: 'RECEIVE-PREPAYMENT', id: 'PrepaymentID' },
} as const;

/** A sales invoice on which nothing has been paid; its update fields are stamped when it is saved. */
export function newInvoice(setting: DocumentSetting, wanted: NewDocument, id: string): XeroInvoice {
  const document = newDocument(setting, wanted, 'ACCREC', id);
  const due = wanted.dueDate ?? setting.dueDay;
  return {
    ...document,
    InvoiceID: id,
    InvoiceNumber: wanted.number ?? `NEW-${id.slice(0, 8)}`,
    Reference: '',
    Payments: [],
    CreditNotes: [],
    Prepayments: [],
    Overpayments: [],
    AmountDue: document.Total,
    AmountPaid: 0,
    AmountCredited: 0,
    SentToContact: false,
    DueDateString: dayString(due),
    DueDate: dayDate(due),
    Status: wanted.status ?? 'AUTHORISED',
  };
}

/** A credit of which nothing has been used. */
export function newCredit(
  kind: CreditKind,
  setting: DocumentSetting,
  wanted: NewDocument,
  id: string,
): XeroCredit {
  const names = creditTypes[kind];
  const number = wanted.number ?? `CN-${id.slice(0, 8)}`;
  const document = newDocument(setting, wanted, names.type, id);
  return {
    [names.id]: id,
    ...(kind === 'CreditNotes' ? { CreditNoteNumber: number } : {}),
    ID: id,
    ...document,
    Payments: [],
    Reference: '',
    RemainingCredit: document.Total,
    Allocations: [],
  };
}

/** A payment of one invoice. */
export function newPayment(
  invoice: XeroInvoice,
  paid: { id: string; amountMinor: number; day: string },
): XeroPayment {
  const amount = toMajor(paid.amountMinor, invoice.CurrencyCode);
  return {
    PaymentID: paid.id,
    Date: dayDate(paid.day),
    BankAmount: amount,
    Amount: amount,
    Reference: '',
    CurrencyRate: invoice.CurrencyRate,
    PaymentType: 'ACCRECPAYMENT',
    Status: 'AUTHORISED',
    UpdatedDateUTC: '',
    UpdatedDateUTCString: '',
    HasAccount: true,
    IsReconciled: false,
    Account: { AccountID: guid(invoice.Contact.ContactID, 'account', 'bank'), Code: '090' },
    Invoice: invoiceStub(invoice),
    HasValidationErrors: false,
  };
}

function newDocument(setting: DocumentSetting, wanted: NewDocument, type: string, id: string): XeroDocument {
  const currency = wanted.currency ?? setting.baseCurrency;
  const issued = wanted.issueDate ?? setting.today;
  const total = toMajor(wanted.amountMinor, currency);
  return {
    Type: type,
    CurrencyRate: currencyRate(setting.quirks, wanted.rate ?? '1'),
    HasErrors: false,
    HasAttachments: false,
    Contact: contactStub(setting.contact.ContactID, setting.contact.Name),
    DateString: dayString(issued),
    Date: dayDate(issued),
    Status: 'AUTHORISED',
    LineAmountTypes: 'NoTax',
    LineItems: [lineItem('Goods', total, guid(id, 'line'))],
    SubTotal: total,
    TotalTax: 0,
    Total: total,
    CurrencyCode: currency,
    UpdatedDateUTC: '',
    UpdatedDateUTCString: '',
  };
}
