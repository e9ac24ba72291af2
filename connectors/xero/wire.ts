import { z } from 'zod';

/**
 * What is kept of Xero's JSON (openapi/xero_accounting.yaml 16.1.0): lenient to fields that are not read, strict on
 * those that are. An enum value that is not known quarantines its row.
 */
const id = z.string().min(1);
const optionalText = z.string().nullish();
const amount = z.number();
/** '/Date(1539993600000+0000)/': an instant in ms UTC, or a calendar day as its midnight UTC. Read by the maps. */
const msDate = z.string();
const currency = z.string().regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code');
const updated = { UpdatedDateUTC: msDate };

const stub = z.object({ ContactID: id });
const dated = {
  Date: msDate.nullish(),
  DateString: optionalText,
};

export const wireContact = z.object({
  ContactID: id,
  Name: z.string(),
  EmailAddress: optionalText,
  AccountNumber: optionalText,
  ContactStatus: z.enum(['ACTIVE', 'ARCHIVED', 'GDPRREQUEST']),
  MergedToContactID: optionalText,
  DefaultCurrency: optionalText,
  ContactPersons: z
    .array(z.object({ EmailAddress: optionalText, IncludeInEmails: z.boolean().nullish() }))
    .nullish(),
  Addresses: z.array(z.object({ Country: optionalText })).nullish(),
  Balances: z
    .object({ AccountsReceivable: z.object({ Outstanding: z.number().nullish() }).nullish() })
    .nullish(),
  ...updated,
});

const documentStatus = z.enum(['DRAFT', 'SUBMITTED', 'DELETED', 'AUTHORISED', 'PAID', 'VOIDED']);

export const wireInvoice = z.object({
  InvoiceID: id,
  InvoiceNumber: optionalText,
  Status: documentStatus,
  Contact: stub,
  ...dated,
  DueDate: msDate.nullish(),
  DueDateString: optionalText,
  CurrencyCode: currency,
  CurrencyRate: z.number().nullish(),
  Total: amount,
  AmountDue: amount,
  ...updated,
});

const allocation = z.object({
  Amount: amount.nullish(),
  AppliedAmount: amount.nullish(),
  ...dated,
  Invoice: z.object({ InvoiceID: id }),
  IsDeleted: z.boolean().nullish(),
});

const credit = {
  Contact: stub,
  ...dated,
  CurrencyCode: currency,
  CurrencyRate: z.number().nullish(),
  Total: amount,
  RemainingCredit: amount,
  Allocations: z.array(allocation).nullish(),
  Reference: optionalText,
  ...updated,
};

export const wireCreditNote = z.object({
  CreditNoteID: id,
  CreditNoteNumber: optionalText,
  Status: documentStatus,
  ...credit,
});

const prepaidStatus = z.enum(['AUTHORISED', 'PAID', 'VOIDED']);
export const wireOverpayment = z.object({ OverpaymentID: id, Status: prepaidStatus, ...credit });
export const wirePrepayment = z.object({ PrepaymentID: id, Status: prepaidStatus, ...credit });

export const wirePayment = z.object({
  PaymentID: id,
  Status: z.enum(['AUTHORISED', 'DELETED']),
  ...dated,
  Amount: amount,
  CurrencyRate: z.number().nullish(),
  Invoice: z.object({
    InvoiceID: id,
    CurrencyCode: currency.nullish(),
    Contact: z.object({ ContactID: z.string().nullish() }).nullish(),
  }),
  ...updated,
});

/** Quotes: only accepted ones are asked for. */
export const wireQuote = z.object({
  QuoteID: id,
  QuoteNumber: optionalText,
  Status: z.enum(['DRAFT', 'SENT', 'DECLINED', 'ACCEPTED', 'INVOICED', 'DELETED']),
  Contact: stub,
  ...dated,
  ExpiryDate: msDate.nullish(),
  ExpiryDateString: optionalText,
  CurrencyCode: currency,
  Total: amount,
});

export const wireOrganisation = z.object({
  OrganisationID: z.string().nullish(),
  Name: z.string(),
  BaseCurrency: currency,
  Timezone: z.string().nullish(),
  CountryCode: z.string().nullish(),
  IsDemoCompany: z.boolean().nullish(),
  Class: z.string().nullish(),
});

export const wireHistory = z.object({
  HistoryRecords: z.array(z.object({ Changes: optionalText, Details: optionalText, DateUTC: optionalText })),
});

export const wireGroup = z.object({
  ContactGroupID: id,
  Name: z.string(),
  Status: z.string().nullish(),
  Contacts: z.array(z.object({ ContactID: id })).nullish(),
});

/** GET /connections (openapi/xero-identity.yaml). */
export const wireConnections = z.array(
  z.object({
    id,
    tenantId: id,
    tenantName: optionalText,
    tenantType: optionalText,
  }),
);

export const wirePagination = z.object({
  page: z.number().int(),
  pageCount: z.number().int(),
  itemCount: z.number().int(),
});

/** Types of the sales side; of the others nothing is kept. */
export const SALES_TYPES: Readonly<Record<string, readonly string[]>> = {
  Invoices: ['ACCREC'],
  CreditNotes: ['ACCRECCREDIT'],
  Overpayments: ['RECEIVE-OVERPAYMENT', 'AROVERPAYMENT'],
  Prepayments: ['RECEIVE-PREPAYMENT', 'ARPREPAYMENT'],
  Payments: ['ACCRECPAYMENT'],
};

/** Types that are known and belong to purchases, refunds or other lists. */
export const OTHER_TYPES: Readonly<Record<string, readonly string[]>> = {
  Invoices: [
    'ACCPAY',
    'ACCPAYCREDIT',
    'APOVERPAYMENT',
    'APPREPAYMENT',
    'ACCRECCREDIT',
    'AROVERPAYMENT',
    'ARPREPAYMENT',
  ],
  CreditNotes: ['ACCPAYCREDIT'],
  Overpayments: ['SPEND-OVERPAYMENT', 'APOVERPAYMENT'],
  Prepayments: ['SPEND-PREPAYMENT', 'APPREPAYMENT'],
  Payments: [
    'ACCPAYPAYMENT',
    'ARCREDITPAYMENT',
    'APCREDITPAYMENT',
    'AROVERPAYMENTPAYMENT',
    'ARPREPAYMENTPAYMENT',
    'APPREPAYMENTPAYMENT',
    'APOVERPAYMENTPAYMENT',
  ],
};
