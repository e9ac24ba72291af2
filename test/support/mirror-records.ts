import {
  customerId,
  documentId,
  parseDay,
  type Allocation,
  type ConnectionId,
  type Credit,
  type Customer,
  type Day,
  type Invoice,
  type Page,
  type Payment,
} from '../../src/domain/index.ts';
import { PageWriter, type UpsertCounts } from '../../src/mirror/upsert.ts';
import type { Store } from '../../src/store/index.ts';

/** A day written as text. */
export const day = (text: string): Day => parseDay(text);

/** Wednesday 2026-03-11, 10:00 in London. */
export const NOW_MS = Date.parse('2026-03-11T10:00:00Z');

/** A debtor as a connector hands it over; only what a test is about needs saying. */
export function customerRecord(
  id: string,
  fields: Partial<Omit<Customer, 'remoteId' | 'parent' | 'mergedInto'>> & {
    parent?: string;
    mergedInto?: string;
  } = {},
): Customer {
  const { parent, mergedInto, ...rest } = fields;
  return {
    remoteId: customerId(id),
    name: `Customer ${id}`,
    emails: [`accounts@${id}.example`],
    accountNumber: null,
    status: 'active',
    mergedInto: mergedInto === undefined ? null : customerId(mergedInto),
    parent: parent === undefined ? null : customerId(parent),
    billWithParent: false,
    currency: 'GBP',
    platformBalanceMinor: null,
    country: 'GB',
    holdMarker: null,
    updatedAtMs: NOW_MS,
    ...rest,
  };
}

/** An invoice as a connector hands it over: 100.00 GBP of 1 March, due 31 March, open in full. */
export function invoiceRecord(
  id: string,
  fields: Partial<Omit<Invoice, 'remoteId' | 'customerId' | 'issueDate' | 'dueDate'>> & {
    customer?: string;
    issued?: string;
    due?: string;
  } = {},
): Invoice {
  const { customer = 'c1', issued = '2026-03-01', due = '2026-03-31', ...rest } = fields;
  const totalMinor = rest.totalMinor ?? 100_00;
  return {
    remoteId: documentId(id),
    customerId: customerId(customer),
    number: id.toUpperCase(),
    status: 'open',
    issueDate: day(issued),
    dueDate: day(due),
    currency: 'GBP',
    totalMinor,
    openMinor: totalMinor,
    rate: null,
    updatedAtMs: NOW_MS,
    ...rest,
  };
}

/** A credit note of 100.00 GBP, not allocated. */
export function creditRecord(
  id: string,
  fields: Partial<Omit<Credit, 'remoteId' | 'customerId' | 'date'>> & {
    customer?: string;
    date?: string;
  } = {},
): Credit {
  const { customer = 'c1', date = '2026-03-02', ...rest } = fields;
  const totalMinor = rest.totalMinor ?? 100_00;
  return {
    remoteId: documentId(id),
    kind: 'credit-note',
    customerId: customerId(customer),
    number: id.toUpperCase(),
    status: 'open',
    date: day(date),
    currency: 'GBP',
    totalMinor,
    openMinor: totalMinor,
    rate: null,
    allocations: [],
    updatedAtMs: NOW_MS,
    ...rest,
  };
}

/** Money received, allocated on the day that it came. */
export function paymentRecord(
  id: string,
  fields: Partial<Omit<Payment, 'remoteId' | 'customerId' | 'date'>> & {
    customer?: string;
    date?: string;
  } = {},
): Payment {
  const { customer = 'c1', date = '2026-03-03', ...rest } = fields;
  return {
    remoteId: documentId(id),
    customerId: customerId(customer),
    status: 'active',
    date: day(date),
    currency: 'GBP',
    amountMinor: 100_00,
    rate: null,
    allocations: [],
    updatedAtMs: NOW_MS,
    ...rest,
  };
}

export const allocation = (invoice: string, amountMinor: number, on: string): Allocation => ({
  invoiceId: documentId(invoice),
  amountMinor,
  date: day(on),
});

/** A page of these records and nothing else. */
export function pageOf(records: Partial<Page> = {}): Page {
  return {
    customers: [],
    invoices: [],
    credits: [],
    payments: [],
    deleted: [],
    quarantined: [],
    cursor: 'cursor',
    totalRows: null,
    ...records,
  };
}

/** Writes a page into the mirror as one run would. */
export function writePage(
  store: Store,
  connection: ConnectionId,
  records: Partial<Page>,
  run = 1,
): Promise<UpsertCounts> {
  return store.writeBulk((db) => new PageWriter(db, connection, run).write(pageOf(records)));
}
