/** Shapes of the JSON that Xero's Accounting API serves, as far as the emulator writes them (OpenAPI 16.1.0). */
export type Json = Record<string, unknown>;

/** The contact inside documents: id and name, everything else empty. */
export interface ContactStub extends Json {
  ContactID: string;
  Name: string;
}

export interface XeroContact extends ContactStub {
  ContactStatus: 'ACTIVE' | 'ARCHIVED' | 'GDPRREQUEST';
  EmailAddress: string;
  ContactGroups: Json[];
  UpdatedDateUTC: string;
  MergedToContactID?: string;
}

/** What stands in an invoice for a payment, and for a credit set against it. */
export interface EmbeddedPayment extends Json {
  PaymentID: string;
  Date: string;
  Amount: number;
}

export interface EmbeddedCredit extends Json {
  AppliedAmount: number;
}

/** What invoices and credits have in common. */
export interface XeroDocument extends Json {
  Type: string;
  Contact: ContactStub;
  Date: string;
  DateString: string;
  Status: string;
  Total: number;
  CurrencyCode: string;
  CurrencyRate: number;
  UpdatedDateUTC: string;
  UpdatedDateUTCString: string;
}

export interface XeroInvoice extends XeroDocument {
  InvoiceID: string;
  InvoiceNumber: string;
  Payments: EmbeddedPayment[];
  CreditNotes: EmbeddedCredit[];
  Prepayments: EmbeddedCredit[];
  Overpayments: EmbeddedCredit[];
  AmountDue: number;
  AmountPaid: number;
  AmountCredited: number;
  SentToContact: boolean;
  DueDate: string;
  DueDateString: string;
  FullyPaidOnDate?: string;
}

export interface XeroAllocation extends Json {
  AllocationID: string;
  Amount: number;
  Date: string;
  Invoice: Json;
}

/** A credit note, an overpayment or a prepayment. */
export interface XeroCredit extends XeroDocument {
  ID: string;
  RemainingCredit: number;
  Allocations: XeroAllocation[];
  Payments: EmbeddedPayment[];
}

export interface XeroPayment extends Json {
  PaymentID: string;
  Date: string;
  Amount: number;
  Status: 'AUTHORISED' | 'DELETED';
  PaymentType: string;
  UpdatedDateUTC: string;
  UpdatedDateUTCString: string;
  Invoice: Json;
}

/** The lists of documents and the contacts, with the name of each one's id. */
export const idFields = {
  Contacts: 'ContactID',
  Invoices: 'InvoiceID',
  CreditNotes: 'CreditNoteID',
  Payments: 'PaymentID',
  Overpayments: 'OverpaymentID',
  Prepayments: 'PrepaymentID',
  Quotes: 'QuoteID',
} as const;

export type Entity = keyof typeof idFields;

/** The contact as documents carry it. */
export function contactStub(contactId: string, name: string): ContactStub {
  return {
    ContactID: contactId,
    Name: name,
    Addresses: [],
    Phones: [],
    ContactGroups: [],
    ContactPersons: [],
    HasValidationErrors: false,
  };
}
