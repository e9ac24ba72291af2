import type { CompanyId, CustomerId, DocumentId } from './ids.ts';
import type { Day } from './day.ts';

export type PlatformName = 'xero' | 'quickbooks';

/** The company itself, as the platform describes it. */
export interface Organisation {
  companyId: CompanyId;
  name: string;
  baseCurrency: string;
  /** IANA zone. */
  timeZone: string;
  /** ISO 3166-1 alpha-2, or '' when the platform does not say. */
  country: string;
  multiCurrency: boolean;
  /** True for Xero's demo company: nothing is ever e-mailed from it without being told to. */
  isDemo: boolean;
  /** Whether the platform chases by itself; null when it cannot be asked (QuickBooks). */
  ownReminders: boolean | null;
}

/** A debtor as mirrored. Money is minor units of `currency`. */
export interface Customer {
  remoteId: CustomerId;
  name: string;
  /** Addresses as on file, split at commas and semicolons, not repaired. */
  emails: string[];
  accountNumber: string | null;
  status: 'active' | 'archived' | 'merged' | 'deleted';
  mergedInto: CustomerId | null;
  /** QuickBooks sub-customers; always null on Xero. */
  parent: CustomerId | null;
  /** QuickBooks BillWithParent: the parent receives the mail. */
  billWithParent: boolean;
  currency: string;
  /** The platform's own open balance, for reconciliation; null when it gives none. */
  platformBalanceMinor: number | null;
  /** ISO 3166-1 alpha-2 or ''. */
  country: string;
  /** QuickBooks: our hold line as it stands in the Notes, else null. Always null on Xero (its group is listed). */
  holdMarker: string | null;
  updatedAtMs: number;
}

/** A sales invoice. `rate` is base currency for one unit of `currency`, decimal string; null = unknown. */
export interface Invoice {
  remoteId: DocumentId;
  customerId: CustomerId;
  number: string;
  status: 'draft' | 'open' | 'paid' | 'voided' | 'deleted';
  issueDate: Day;
  dueDate: Day;
  currency: string;
  totalMinor: number;
  /** What is still to be paid, as the platform says; 0 unless status is 'open'. */
  openMinor: number;
  rate: string | null;
  updatedAtMs: number;
}

export type CreditKind = 'credit-note' | 'overpayment' | 'prepayment' | 'unapplied-payment';

/** One setting of a credit or payment against an invoice; `date` is the day on which it was allocated. */
export interface Allocation {
  invoiceId: DocumentId;
  amountMinor: number;
  date: Day;
}

/** Something in the customer's favour that may not be set against invoices yet. */
export interface Credit {
  remoteId: DocumentId;
  kind: CreditKind;
  customerId: CustomerId;
  number: string;
  status: 'draft' | 'open' | 'applied' | 'voided' | 'deleted';
  date: Day;
  currency: string;
  totalMinor: number;
  /** Not yet allocated; positive. */
  openMinor: number;
  rate: string | null;
  allocations: Allocation[];
  updatedAtMs: number;
}

/** Money received against invoices. Its unallocated rest, if any, is a Credit of its own. */
export interface Payment {
  remoteId: DocumentId;
  /** Null where the platform does not say (Xero payments name their invoice only). */
  customerId: CustomerId | null;
  status: 'active' | 'deleted';
  date: Day;
  currency: string;
  amountMinor: number;
  rate: string | null;
  allocations: Allocation[];
  updatedAtMs: number;
}

/**
 * An accepted quote or estimate that is not invoiced in full yet. On Xero nobody says which invoices were made from it:
 * it counts whole until its status is INVOICED.
 */
export interface OpenOrder {
  remoteId: DocumentId;
  customerId: CustomerId;
  number: string;
  date: Day;
  /** When it is to be delivered, as far as the platform says; else its own day. */
  dueDate: Day;
  currency: string;
  totalMinor: number;
  /** Invoices that were made from it, as the platform links them. */
  invoiceIds: DocumentId[];
}

/** An exchange rate from a list of the platform's: base for one unit of `currency` on `date`. */
export interface ExchangeRate {
  currency: string;
  date: Day;
  rate: string;
}
