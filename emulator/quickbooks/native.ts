import type { BookCompany, BookLimit } from '../core/book.ts';
import type { NativeRow } from '../core/state.ts';

/** `{value, name}`: how QuickBooks refers from one record to another. */
export interface Ref {
  value: string;
  name?: string;
}

/** What every record carries. Times have an offset and no milliseconds. */
export interface NativeEntity {
  Id: string;
  SyncToken: string;
  MetaData: { CreateTime?: string; LastUpdatedTime: string };
  domain: 'QBO';
  sparse: false;
  [field: string]: unknown;
}

/** A customer; Balance and BalanceWithJobs are in CurrencyRef. */
export interface NativeCustomer extends NativeEntity {
  DisplayName: string;
  FullyQualifiedName: string;
  Active: boolean;
  Balance: number;
  BalanceWithJobs: number;
  CurrencyRef?: Ref;
  ParentRef?: Ref;
  Level?: number;
  Notes?: string;
  PrimaryEmailAddr?: { Address: string };
}

/** A line of a payment: so much of it against one invoice or credit memo. */
export interface PaymentLine {
  Amount: number;
  LinkedTxn: LinkedTxn[];
}

export interface LinkedTxn {
  TxnId: string;
  TxnType: string;
}

/** Invoice, CreditMemo or Payment: amounts are in CurrencyRef. */
export interface NativeTransaction extends NativeEntity {
  TxnDate: string;
  TotalAmt: number;
  /** Open part of an invoice or credit memo. */
  Balance?: number;
  /** Open part of a credit memo, the same as its Balance. */
  RemainingCredit?: number;
  /** Part of a payment that is set against nothing. */
  UnappliedAmt?: number;
  CustomerRef: Ref;
  CurrencyRef?: Ref;
  ExchangeRate?: number;
  HomeTotalAmt?: number;
  HomeBalance?: number;
  LinkedTxn?: LinkedTxn[];
  Line?: unknown[];
  PrivateNote?: string;
}

/** A QuickBooks company ready to be loaded: `realm` is its id in addresses and its key in table `row`. */
export interface NativeCompany {
  realm: string;
  company: BookCompany;
  /** Every record, parents and lower ids first within an entity. */
  rows(): Iterable<NativeRow>;
  limits(): Iterable<BookLimit>;
}

/** What a deleted record leaves behind: seen in change data capture, never in queries. */
export function tombstone(entity: string, id: string, updatedMs: number, lastUpdatedTime: string): NativeRow {
  const json = JSON.stringify({
    domain: 'QBO',
    status: 'Deleted',
    Id: id,
    MetaData: { LastUpdatedTime: lastUpdatedTime },
  });
  return { entity, id, updatedMs, hidden: false, deleted: true, json };
}
