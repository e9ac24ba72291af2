import { NO_ID, type Allocation, type ConnectionId, type Credit } from '../domain/index.ts';
import type { CustomerId, Day, DocumentId } from '../domain/index.ts';
import type { Reader } from '../store/index.ts';

/** A customer as the stages after the mirror need it. */
export interface LedgerCustomer {
  id: CustomerId;
  name: string;
  emails: string[];
  accountNumber: string | null;
  status: 'active' | 'archived' | 'merged' | 'deleted';
  mergedInto: CustomerId | null;
  parent: CustomerId | null;
  billWithParent: boolean;
  currency: string;
  country: string;
  holdMarker: string | null;
  /** The platform's own open balance in `currency`, as of the customer's last change; null when it gives none. */
  platformBalanceMinor: number | null;
}

export interface OpenInvoice {
  id: DocumentId;
  customerId: CustomerId;
  number: string;
  issueDate: Day;
  dueDate: Day;
  currency: string;
  openMinor: number;
}

export interface OpenCredit {
  id: DocumentId;
  kind: Credit['kind'];
  customerId: CustomerId;
  number: string;
  date: Day;
  currency: string;
  openMinor: number;
}

/** Open items of one connection on a day. */
export interface OpenItems {
  invoices: OpenInvoice[];
  credits: OpenCredit[];
  /** True when the day lies before the last sync and was rebuilt from document and allocation dates. */
  reconstructed: boolean;
}

export async function readCustomers(reader: Reader, id: ConnectionId): Promise<LedgerCustomer[]> {
  const rows = await reader
    .selectFrom('customer')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    id: row.remote_id as CustomerId,
    name: row.name,
    emails: JSON.parse(row.emails) as string[],
    accountNumber: row.account_number,
    status: row.status as LedgerCustomer['status'],
    mergedInto: row.merged_into as CustomerId | null,
    parent: row.parent as CustomerId | null,
    billWithParent: row.bill_with_parent === 1,
    currency: row.currency,
    country: row.country,
    holdMarker: row.hold_marker,
    platformBalanceMinor: row.platform_balance_minor,
  }));
}

/**
 * What is open on a day: everything dated on or before it. Before `syncedOn` (the day of the last published run)
 * it is rebuilt: what was allocated after the day is added back. Drafts, voided and deleted documents never count.
 */
export async function readOpenItems(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
  syncedOn: Day,
): Promise<OpenItems> {
  if (asOf >= syncedOn) return { ...(await readOpenNow(reader, id, asOf)), reconstructed: false };
  return { ...(await rebuildOpen(reader, id, asOf)), reconstructed: true };
}

async function readOpenNow(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<Omit<OpenItems, 'reconstructed'>> {
  const invoices = await invoiceRows(reader, id, asOf).where('status', '=', 'open').execute();
  const credits = await creditRows(reader, id, asOf).where('status', '=', 'open').execute();
  return { invoices: invoices.map(invoiceOf), credits: credits.map((row) => creditOf(row, row.open_minor)) };
}

async function rebuildOpen(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<Omit<OpenItems, 'reconstructed'>> {
  const later = await readLaterAllocations(reader, id, asOf);
  const invoices = await invoiceRows(reader, id, asOf).where('status', 'in', ['open', 'paid']).execute();
  const credits = await creditRows(reader, id, asOf).where('status', 'in', ['open', 'applied']).execute();
  const reopened = invoices.map((row) => ({
    ...invoiceOf(row),
    openMinor: row.open_minor + (later.get(row.remote_id) ?? 0),
  }));
  const unapplied = credits.map((row) =>
    creditOf(row, row.open_minor + allocatedAfter(row.allocations, asOf)),
  );
  return {
    invoices: reopened.filter((invoice) => invoice.openMinor !== 0),
    credits: unapplied.filter((credit) => credit.openMinor !== 0),
  };
}

/** Per invoice, what payments and credits set against it after the day. */
async function readLaterAllocations(
  reader: Reader,
  id: ConnectionId,
  asOf: Day,
): Promise<Map<string, number>> {
  const payments = await reader
    .selectFrom('payment')
    .select('allocations')
    .where('connection_id', '=', id)
    .where('status', '=', 'active')
    .where('date', '>', asOf)
    .execute();
  const credits = await reader
    .selectFrom('credit')
    .select('allocations')
    .where('connection_id', '=', id)
    .where('status', 'in', ['open', 'applied'])
    .execute();
  const later = new Map<string, number>();
  for (const row of [...payments, ...credits]) {
    for (const allocation of JSON.parse(row.allocations) as Allocation[]) {
      if (allocation.date <= asOf) continue;
      later.set(allocation.invoiceId, (later.get(allocation.invoiceId) ?? 0) + allocation.amountMinor);
    }
  }
  return later;
}

function allocatedAfter(allocations: string, asOf: Day): number {
  const after = (JSON.parse(allocations) as Allocation[]).filter((allocation) => allocation.date > asOf);
  return after.reduce((sum, allocation) => sum + allocation.amountMinor, 0);
}

function invoiceRows(reader: Reader, id: ConnectionId, asOf: Day) {
  return reader
    .selectFrom('invoice')
    .select(['remote_id', 'customer_id', 'number', 'issue_date', 'due_date', 'currency', 'open_minor'])
    .where('connection_id', '=', id)
    .where('issue_date', '<=', asOf);
}

function creditRows(reader: Reader, id: ConnectionId, asOf: Day) {
  return reader
    .selectFrom('credit')
    .select(['remote_id', 'kind', 'customer_id', 'number', 'date', 'currency', 'open_minor', 'allocations'])
    .where('connection_id', '=', id)
    .where('date', '<=', asOf);
}

interface InvoiceRow {
  remote_id: string;
  customer_id: string;
  number: string;
  issue_date: string;
  due_date: string;
  currency: string;
  open_minor: number;
}

function invoiceOf(row: InvoiceRow): OpenInvoice {
  return {
    id: row.remote_id as DocumentId,
    customerId: row.customer_id as CustomerId,
    number: row.number,
    issueDate: row.issue_date as Day,
    dueDate: row.due_date as Day,
    currency: row.currency,
    openMinor: row.open_minor,
  };
}

function creditOf(
  row: {
    remote_id: string;
    kind: string;
    customer_id: string;
    number: string;
    date: string;
    currency: string;
  },
  openMinor: number,
): OpenCredit {
  return {
    id: row.remote_id as DocumentId,
    kind: row.kind as OpenCredit['kind'],
    customerId: row.customer_id as CustomerId,
    number: row.number,
    date: row.date as Day,
    currency: row.currency,
    openMinor,
  };
}

/** A row of the platform that could not be understood. */
export interface QuarantinedRecord {
  kind: string;
  remoteId: string;
  /** Whose it is, by what the row says or by what was mirrored of it before; null = nobody can say. */
  customerId: CustomerId | null;
  reason: string;
}

/** Rows in quarantine, in the order in which they came to be there. */
export async function readQuarantined(reader: Reader, id: ConnectionId): Promise<QuarantinedRecord[]> {
  const rows = await reader.selectFrom('quarantine').selectAll().where('connection_id', '=', id).execute();
  const records: QuarantinedRecord[] = [];
  for (const { kind, remote_id: remoteId, customer_id, reason } of rows) {
    const customerId = customer_id ?? (await formerCustomer(reader, id, kind, remoteId));
    records.push({ kind, remoteId, customerId: customerId as CustomerId | null, reason });
  }
  return records;
}

/**
 * Whether a row may change what anybody owes: its customer is not known. Payments do not: what they leave open, the
 * invoice itself says.
 */
export const concernsEverybody = (row: Pick<QuarantinedRecord, 'kind' | 'customerId'>): boolean =>
  row.customerId === null && row.kind !== 'payment';

/** Whose the row was when it could still be read; a customer's row is its own. */
async function formerCustomer(
  reader: Reader,
  id: ConnectionId,
  kind: string,
  remoteId: string,
): Promise<string | null> {
  if (remoteId === '' || remoteId.startsWith(NO_ID)) return null;
  if (kind === 'customer') return remoteId;
  if (kind !== 'invoice' && kind !== 'credit' && kind !== 'payment') return null;
  const row = await reader
    .selectFrom(kind)
    .select('customer_id')
    .where('connection_id', '=', id)
    .where('remote_id', '=', remoteId)
    .executeTakeFirst();
  return row?.customer_id ?? null;
}

/** How many rows of each kind the mirror holds, deleted ones left out. */
export async function countRows(
  reader: Reader,
  id: ConnectionId,
): Promise<{ customers: number; invoices: number; openInvoices: number; credits: number; payments: number }> {
  const count = async (
    table: 'customer' | 'invoice' | 'credit' | 'payment',
    only?: string,
  ): Promise<number> => {
    let query = reader
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('connection_id', '=', id)
      .where('status', '!=', 'deleted');
    if (only !== undefined) query = query.where('status', '=', only);
    return (await query.executeTakeFirstOrThrow()).n;
  };
  return {
    customers: await count('customer'),
    invoices: await count('invoice'),
    openInvoices: await count('invoice', 'open'),
    credits: await count('credit'),
    payments: await count('payment'),
  };
}

/** How many rows lie in quarantine. */
export async function countQuarantined(reader: Reader, id: ConnectionId): Promise<number> {
  const row = await reader
    .selectFrom('quarantine')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('connection_id', '=', id)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** The names of some customers; who is not mirrored is left out. */
export async function readCustomerNames(
  reader: Reader,
  id: ConnectionId,
  customers: readonly CustomerId[],
): Promise<Map<CustomerId, string>> {
  if (customers.length === 0) return new Map();
  const rows = await reader
    .selectFrom('customer')
    .select(['remote_id', 'name'])
    .where('connection_id', '=', id)
    .where('remote_id', 'in', customers)
    .execute();
  return new Map(rows.map((row) => [row.remote_id as CustomerId, row.name]));
}
