import type { Credit, Customer, Invoice, Payment } from '../domain/index.ts';

export type RowKind = 'customer' | 'invoice' | 'credit' | 'payment';
export type Cell = string | number | null;

/** How one kind of record lies in its table: the key within a connection, then the columns in order. */
export interface RowShape<Rec> {
  kind: RowKind;
  keyColumns: string[];
  columns: string[];
  key(record: Rec): Cell[];
  values(record: Rec): Cell[];
  updatedAtMs(record: Rec): number;
  /** False for what says nothing while there is no row of it yet; missing = always true. */
  needsRow?(record: Rec): boolean;
}

export const customerShape: RowShape<Customer> = {
  kind: 'customer',
  keyColumns: ['remote_id'],
  columns: [
    'name',
    'emails',
    'account_number',
    'status',
    'merged_into',
    'parent',
    'bill_with_parent',
    'currency',
    'platform_balance_minor',
    'country',
    'hold_marker',
    'updated_at_ms',
  ],
  key: (c) => [c.remoteId],
  values: (c) => [
    c.name,
    JSON.stringify(c.emails),
    c.accountNumber,
    c.status,
    c.mergedInto,
    c.parent,
    c.billWithParent ? 1 : 0,
    c.currency,
    c.platformBalanceMinor,
    c.country,
    c.holdMarker,
    c.updatedAtMs,
  ],
  updatedAtMs: (c) => c.updatedAtMs,
};

export const invoiceShape: RowShape<Invoice> = {
  kind: 'invoice',
  keyColumns: ['remote_id'],
  columns: [
    'customer_id',
    'number',
    'status',
    'issue_date',
    'due_date',
    'currency',
    'total_minor',
    'open_minor',
    'rate',
    'updated_at_ms',
  ],
  key: (i) => [i.remoteId],
  values: (i) => [
    i.customerId,
    i.number,
    i.status,
    i.issueDate,
    i.dueDate,
    i.currency,
    i.totalMinor,
    i.openMinor,
    i.rate,
    i.updatedAtMs,
  ],
  updatedAtMs: (i) => i.updatedAtMs,
};

export const creditShape: RowShape<Credit> = {
  kind: 'credit',
  keyColumns: ['kind', 'remote_id'],
  columns: [
    'customer_id',
    'number',
    'status',
    'date',
    'currency',
    'total_minor',
    'open_minor',
    'rate',
    'allocations',
    'updated_at_ms',
  ],
  key: (c) => [c.kind, c.remoteId],
  values: (c) => [
    c.customerId,
    c.number,
    c.status,
    c.date,
    c.currency,
    c.totalMinor,
    c.openMinor,
    c.rate,
    JSON.stringify(c.allocations),
    c.updatedAtMs,
  ],
  updatedAtMs: (c) => c.updatedAtMs,
  // Every QuickBooks payment comes with its unapplied rest, and most have none and never had.
  needsRow: (c) => c.kind !== 'unapplied-payment' || c.openMinor !== 0,
};

export const paymentShape: RowShape<Payment> = {
  kind: 'payment',
  keyColumns: ['remote_id'],
  columns: [
    'customer_id',
    'status',
    'date',
    'currency',
    'amount_minor',
    'rate',
    'allocations',
    'updated_at_ms',
  ],
  key: (p) => [p.remoteId],
  values: (p) => [
    p.customerId,
    p.status,
    p.date,
    p.currency,
    p.amountMinor,
    p.rate,
    JSON.stringify(p.allocations),
    p.updatedAtMs,
  ],
  updatedAtMs: (p) => p.updatedAtMs,
};
