import type { Allocation, ConnectionId, Credit, CustomerId, Day, DocumentId } from '../domain/index.ts';
import type { Cell, Reader } from '../store/index.ts';
import { scanRowsAt, type RowQuery, type RowView } from './rows-at.ts';

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

/** Customers in the order of their names (or ids), as the mirror holds them or held them after a run. */
export async function readCustomers(
  reader: Reader,
  id: ConnectionId,
  view: RowView = { run: null },
  order: 'name' | 'id' = 'name',
): Promise<LedgerCustomer[]> {
  const customers: LedgerCustomer[] = [];
  const query: RowQuery = {
    kind: 'customer',
    columns: CUSTOMER_COLUMNS,
    where: [],
    orderBy: order === 'name' ? 'name, remote_id' : 'remote_id',
  };
  const share = sharer();
  await scanRowsAt(reader, id, query, view, (row) => customers.push(customerOf(row, share)));
  return customers;
}

const CUSTOMER_COLUMNS = [
  'remote_id',
  'name',
  'emails',
  'account_number',
  'status',
  'merged_into',
  'parent',
  'bill_with_parent',
  'currency',
  'country',
  'hold_marker',
  'platform_balance_minor',
];

type Share = (cell: Cell | undefined) => string;

/** Days and currencies come back ever again: one string each, for as long as what was read lives. */
function sharer(): Share {
  const known = new Map<string, string>();
  return (cell) => {
    const text = cell as string;
    const first = known.get(text);
    if (first !== undefined) return first;
    known.set(text, text);
    return text;
  };
}

/** As sharer, for what stands in rows one below the other. */
function repeater(): Share {
  let last = '';
  return (cell) => {
    if (cell !== last) last = cell as string;
    return last;
  };
}

function customerOf(row: Cell[], share: Share): LedgerCustomer {
  return {
    id: row[0] as CustomerId,
    name: row[1] as string,
    emails: JSON.parse(row[2] as string) as string[],
    accountNumber: row[3] as string | null,
    status: row[4] as LedgerCustomer['status'],
    mergedInto: row[5] as CustomerId | null,
    parent: row[6] as CustomerId | null,
    billWithParent: row[7] === 1,
    currency: share(row[8]),
    country: share(row[9]),
    holdMarker: row[10] as string | null,
    platformBalanceMinor: row[11] as number | null,
  };
}

/** A day of the ledger: as of when, in which state of the mirror, of whom. */
export interface LedgerView extends RowView {
  asOf: Day;
  /** The day lies before what the state of the mirror tells of: it is made from the dates of documents. */
  rebuilt: boolean;
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
  const rebuilt = asOf < syncedOn;
  return { ...(await readLedger(reader, id, { asOf, run: null, rebuilt })), reconstructed: rebuilt };
}

/**
 * What was open on a day, as one state of the mirror tells it. Where that day is rebuilt, what was voided or deleted
 * since is left out: nobody can say any more what it was.
 */
export async function readLedger(
  reader: Reader,
  id: ConnectionId,
  view: LedgerView,
): Promise<Pick<OpenItems, 'invoices' | 'credits'>> {
  return view.rebuilt ? rebuildOpen(reader, id, view) : readOpenThen(reader, id, view);
}

async function readOpenThen(
  reader: Reader,
  id: ConnectionId,
  view: LedgerView,
): Promise<Pick<OpenItems, 'invoices' | 'credits'>> {
  const [invoices, credits]: [OpenInvoice[], OpenCredit[]] = [[], []];
  const open = [['status', "= 'open'"]] as const;
  const invoiceQuery = { ...invoiceRows(view.asOf, [...open], 'invoice_open'), sliceBy: 'customer_id' };
  const invoiceOf = invoiceMaker();
  await scanRowsAt(reader, id, invoiceQuery, view, (row) => invoices.push(invoiceOf(row)));
  const creditQuery = { ...creditRows(view.asOf, [...open], 'credit_open'), sliceBy: 'customer_id' };
  await scanRowsAt(reader, id, creditQuery, view, (row) => credits.push(creditOf(row)));
  return { invoices, credits };
}

async function rebuildOpen(
  reader: Reader,
  id: ConnectionId,
  view: LedgerView,
): Promise<Pick<OpenItems, 'invoices' | 'credits'>> {
  const later = await readLaterAllocations(reader, id, view);
  const [invoices, credits]: [OpenInvoice[], OpenCredit[]] = [[], []];
  const invoiceQuery = invoiceRows(view.asOf, [['status', "IN ('open', 'paid')"]]);
  const invoiceOf = invoiceMaker();
  await scanRowsAt(reader, id, invoiceQuery, view, (row) => {
    const invoice = invoiceOf(row);
    const openMinor = invoice.openMinor + (later.get(invoice.id) ?? 0);
    if (openMinor !== 0) invoices.push({ ...invoice, openMinor });
  });
  const creditQuery = creditRows(view.asOf, [['status', "IN ('open', 'applied')"]]);
  await scanRowsAt(reader, id, creditQuery, view, (row) => {
    const credit = creditOf(row);
    const openMinor = credit.openMinor + allocatedAfter(row[ALLOCATIONS] as string, view.asOf);
    if (openMinor !== 0) credits.push({ ...credit, openMinor });
  });
  return { invoices, credits };
}

/** Invoices that are not approved yet, dated on or before the day, with their whole amount as open. */
export async function readDrafts(reader: Reader, id: ConnectionId, view: LedgerView): Promise<OpenInvoice[]> {
  const drafts: OpenInvoice[] = [];
  const query = invoiceRows(view.asOf, [['status', "= 'draft'"]], 'invoice_draft');
  const invoiceOf = invoiceMaker();
  const columns = query.columns.map((column) => (column === 'open_minor' ? 'total_minor' : column));
  await scanRowsAt(reader, id, { ...query, columns }, view, (row) => drafts.push(invoiceOf(row)));
  return drafts;
}

/** Per invoice, what payments and credits set against it after the day. */
async function readLaterAllocations(
  reader: Reader,
  id: ConnectionId,
  { asOf, run }: LedgerView,
): Promise<Map<string, number>> {
  const later = new Map<string, number>();
  const take = ([allocations]: Cell[]): void => {
    for (const { invoiceId, amountMinor, date } of JSON.parse(allocations as string) as Allocation[]) {
      if (date > asOf) later.set(invoiceId, (later.get(invoiceId) ?? 0) + amountMinor);
    }
  };
  const columns = ['allocations'];
  const payments: RowQuery = {
    kind: 'payment',
    columns,
    where: [
      ['status', "= 'active'"],
      ['date', '> ?', asOf],
    ],
  };
  const credits: RowQuery = { kind: 'credit', columns, where: [['status', "IN ('open', 'applied')"]] };
  await scanRowsAt(reader, id, payments, { run }, take);
  await scanRowsAt(reader, id, credits, { run }, take);
  return later;
}

function allocatedAfter(allocations: string, asOf: Day): number {
  const after = (JSON.parse(allocations) as Allocation[]).filter((allocation) => allocation.date > asOf);
  return after.reduce((sum, allocation) => sum + allocation.amountMinor, 0);
}

function invoiceRows(asOf: Day, where: RowQuery['where'], index?: string): RowQuery {
  return {
    kind: 'invoice',
    columns: ['remote_id', 'customer_id', 'number', 'issue_date', 'due_date', 'currency', 'open_minor'],
    where: [...where, ['issue_date', '<= ?', asOf]],
    ...(index === undefined ? {} : { index }),
  };
}

const ALLOCATIONS = 7;

function creditRows(asOf: Day, where: RowQuery['where'], index?: string): RowQuery {
  return {
    kind: 'credit',
    columns: ['remote_id', 'kind', 'customer_id', 'number', 'date', 'currency', 'open_minor', 'allocations'],
    where: [...where, ['date', '<= ?', asOf]],
    ...(index === undefined ? {} : { index }),
  };
}

/** Makes invoices of rows. */
function invoiceMaker(): (row: Cell[]) => OpenInvoice {
  const [share, repeat] = [sharer(), repeater()];
  return (row) => ({
    id: row[0] as DocumentId,
    customerId: repeat(row[1]) as CustomerId,
    number: row[2] as string,
    issueDate: share(row[3]) as Day,
    dueDate: share(row[4]) as Day,
    currency: share(row[5]),
    openMinor: row[6] as number,
  });
}

function creditOf(row: Cell[]): OpenCredit {
  return {
    id: row[0] as DocumentId,
    kind: row[1] as OpenCredit['kind'],
    customerId: row[2] as CustomerId,
    number: row[3] as string,
    date: row[4] as Day,
    currency: row[5] as string,
    openMinor: row[6] as number,
  };
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
