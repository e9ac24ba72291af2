/**
 * The emulator's neutral books: what a company's sales ledger says, before it is dressed as Xero or as
 * QuickBooks. World generators, CSV ledgers and hand-written ledgers produce books; `xero/from-book.ts` and
 * `quickbooks/from-book.ts` turn each entry into the platform's own JSON. Money is integer minor units of the
 * entry's currency; days are 'YYYY-MM-DD' in the company's zone; instants are epoch milliseconds UTC.
 */

/** One company whose books are served: a Xero organisation or a QuickBooks company. */
export interface BookCompany {
  /** Stable id inside the emulator; converters derive the platform's own id (GUID or realm) from it. */
  id: string;
  name: string;
  baseCurrency: string;
  /** IANA zone, e.g. 'Europe/London'. */
  timeZone: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  multiCurrency: boolean;
}

/** One customer. `parentId` is honoured by QuickBooks only: Xero has no parents. */
export interface BookCustomer {
  entry: 'customer';
  id: string;
  name: string;
  /** Several addresses may be separated by commas; null = none on file. */
  email: string | null;
  accountNumber: string | null;
  parentId: string | null;
  currency: string;
  country: string;
  phone: string | null;
  contactName: string | null;
  notes: string | null;
  /** 'merged' also carries mergedIntoId. */
  status: 'active' | 'archived' | 'merged';
  mergedIntoId: string | null;
  updatedAtMs: number;
}

export interface BookInvoice {
  entry: 'invoice';
  id: string;
  number: string;
  customerId: string;
  issueDate: string;
  dueDate: string;
  currency: string;
  /** Base currency for one unit of `currency`, decimal string; '1' in the base currency. */
  rate: string;
  totalMinor: number;
  /** What is still open: total less every allocation. 0 for paid, voided and deleted ones. */
  openMinor: number;
  /** Last day on which it became fully paid; null while open. */
  paidDate: string | null;
  status: 'draft' | 'open' | 'paid' | 'voided' | 'deleted';
  description: string;
  updatedAtMs: number;
}

/** How much of a credit or receipt was set against which invoice, and when. */
export interface BookAllocation {
  invoiceId: string;
  amountMinor: number;
  date: string;
}

export interface BookCreditNote {
  entry: 'credit-note';
  id: string;
  number: string;
  customerId: string;
  date: string;
  currency: string;
  rate: string;
  totalMinor: number;
  /** total less allocations. */
  openMinor: number;
  allocations: BookAllocation[];
  status: 'open' | 'applied' | 'voided';
  updatedAtMs: number;
}

/**
 * Money received. 'payment': wholly allocated on its date (Xero: one Payment per allocation; QuickBooks: one
 * Payment). 'overpayment' and 'prepayment': a rest stays unallocated (Xero: an Overpayment or Prepayment
 * document whose RemainingCredit is openMinor; QuickBooks: a Payment with UnappliedAmt).
 */
export interface BookReceipt {
  entry: 'receipt';
  kind: 'payment' | 'overpayment' | 'prepayment';
  id: string;
  customerId: string;
  date: string;
  currency: string;
  rate: string;
  totalMinor: number;
  openMinor: number;
  allocations: BookAllocation[];
  /** 'deleted': a payment that was reversed (Xero: Status DELETED; QuickBooks: gone, seen in CDC). */
  status: 'active' | 'deleted';
  reference: string;
  updatedAtMs: number;
}

/** A quote (Xero) or estimate (QuickBooks) that a customer may have accepted. */
export interface BookOrder {
  entry: 'order';
  id: string;
  number: string;
  customerId: string;
  date: string;
  /** Xero: until when it can be accepted; QuickBooks: when it is to be shipped. */
  dueDate: string;
  currency: string;
  rate: string;
  totalMinor: number;
  /** Invoices made from it; they stand before it in the book. QuickBooks links them, Xero does not. */
  invoiceIds: string[];
  status: 'sent' | 'accepted' | 'declined' | 'invoiced' | 'deleted';
  updatedAtMs: number;
}

export type BookEntry = BookCustomer | BookInvoice | BookCreditNote | BookReceipt | BookOrder;

/** A suggested credit limit, for the demo's limits.csv. limit: decimal, '' = not assessed, 'unlimited'. */
export interface BookLimit {
  customerName: string;
  limit: string;
  group: string | null;
  groupLimit: string | null;
}

/** One company's books as a stream, so that a million invoices never stand in memory at once. */
export interface Book {
  company: BookCompany;
  /** Customers first (parents before children), then each document after what it refers to. */
  entries(): Iterable<BookEntry>;
  limits(): Iterable<BookLimit>;
}
