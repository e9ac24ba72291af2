import { z } from 'zod';

/**
 * What is kept of QuickBooks' JSON (minor version 75): lenient to what is not read, strict on what is. Attributes
 * without a value are left out by the API, so most are optional.
 */
const id = z.string().min(1);
const ref = z.object({ value: id });
const instant = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/,
    'expected an ISO instant with offset',
  );
const base = { Id: id, MetaData: z.object({ LastUpdatedTime: instant }) };

export const wireCustomer = z.object({
  ...base,
  DisplayName: z.string().min(1),
  PrimaryEmailAddr: z.object({ Address: z.string().nullish() }).nullish(),
  Active: z.boolean().nullish(),
  ParentRef: ref.nullish(),
  BillWithParent: z.boolean().nullish(),
  CurrencyRef: ref.nullish(),
  Balance: z.number().nullish(),
  BillAddr: z.object({ Country: z.string().nullish() }).nullish(),
  Notes: z.string().nullish(),
});

const transaction = {
  ...base,
  TxnDate: z.string(),
  CustomerRef: ref,
  CurrencyRef: ref.nullish(),
  ExchangeRate: z.number().nullish(),
  TotalAmt: z.number(),
  PrivateNote: z.string().nullish(),
};
const sale = { ...transaction, DocNumber: z.string().nullish() };

export const wireInvoice = z.object({ ...sale, DueDate: z.string().nullish(), Balance: z.number() });

const link = z.object({ TxnId: id, TxnType: z.string() });

export const wireCreditMemo = z.object({
  ...sale,
  Balance: z.number().nullish(),
  RemainingCredit: z.number().nullish(),
  LinkedTxn: z.array(link).nullish(),
});

export const wirePayment = z.object({
  ...transaction,
  UnappliedAmt: z.number().nullish(),
  PaymentRefNum: z.string().nullish(),
  Line: z.array(z.object({ Amount: z.number().nullish(), LinkedTxn: z.array(link).nullish() })).nullish(),
});

export type WirePayment = z.output<typeof wirePayment>;

/** Estimates: only accepted ones are asked for. */
export const wireEstimate = z.object({
  ...sale,
  TxnStatus: z.enum(['Pending', 'Accepted', 'Closed', 'Rejected', 'Converted']).nullish(),
  ShipDate: z.string().nullish(),
  ExpirationDate: z.string().nullish(),
  LinkedTxn: z.array(link).nullish(),
});

export const wireCompanyInfo = z.object({
  CompanyName: z.string(),
  Country: z.string().nullish(),
  DefaultTimeZone: z.string().nullish(),
  CompanyAddr: z
    .object({ Country: z.string().nullish(), CountrySubDivisionCode: z.string().nullish() })
    .nullish(),
});

export const wirePreferences = z.object({
  CurrencyPrefs: z.object({
    HomeCurrency: z.object({ value: z.string().regex(/^[A-Z]{3}$/) }),
    MultiCurrencyEnabled: z.boolean().nullish(),
  }),
});

export const wireExchangeRate = z.object({
  SourceCurrencyCode: z.string(),
  Rate: z.number().positive(),
  AsOfDate: z.string().nullish(),
});

/** What writing a hold needs of a customer. */
export const wireNotes = z.object({ Id: id, SyncToken: z.string(), Notes: z.string().nullish() });
