import type {
  Book,
  BookCompany,
  BookCustomer,
  BookEntry,
  BookInvoice,
  BookOrder,
} from '../../emulator/core/book.ts';

/** World time of the integration tests: Wednesday 2026-03-11, 10:00 in London. */
export const WEDNESDAY = '2026-03-11T10:00:00Z';

/** An open invoice by hand. It was issued 30 days before it is due. Pence, cents. */
export interface Bill {
  number: string;
  due: string;
  amountMinor: number;
}

/** A quote or estimate by hand, accepted unless said otherwise; of 2026-02-01. */
export interface Quote {
  number: string;
  due: string;
  amountMinor: number;
  status?: BookOrder['status'];
  /** Numbers of the debtor's bills that were made from it. */
  billed?: string[];
}

/** A customer by hand with what it owes. */
export interface Debtor {
  name: string;
  /** 'accounts@<name>.example' unless given; null = none on file. */
  email?: string | null;
  /** Decimal, 'unlimited'; no row in the limits when missing. */
  limit?: string;
  /** Its parent's name (QuickBooks). */
  parent?: string;
  notes?: string;
  bills?: Bill[];
  orders?: Quote[];
  /** Money that is set against nothing, received on 2026-03-02. */
  unappliedMinor?: number;
}

const BEFORE_MS = Date.parse('2026-02-01T12:00:00Z');

/** A small company's books. Ids, numbers and names are the ones given, so that tests read as they are written. */
export function smallBook(id: string, debtors: Debtor[], company: Partial<BookCompany> = {}): Book {
  const entries: BookEntry[] = [
    ...debtors.map(customerOf),
    ...debtors.flatMap((debtor) => (debtor.bills ?? []).map((bill) => invoiceOf(debtor, bill))),
    ...debtors.flatMap(unappliedOf),
    ...debtors.flatMap((debtor) => (debtor.orders ?? []).map((quote) => orderOf(debtor, quote))),
  ];
  return {
    company: {
      id,
      name: `${id} Trading Ltd`,
      baseCurrency: 'GBP',
      timeZone: 'Europe/London',
      country: 'GB',
      multiCurrency: false,
      ...company,
    },
    entries: () => entries,
    limits: () =>
      debtors.flatMap(({ name, limit }) =>
        limit === undefined ? [] : [{ customerName: name, limit, group: null, groupLimit: null }],
      ),
  };
}

/** A bill that is this many days past due on 2026-03-11 (below 0: not due yet). */
export function bill(number: string, daysOverdue: number, amountMinor: number): Bill {
  const dueMs = Date.parse('2026-03-11T00:00:00Z') - daysOverdue * 86_400_000;
  return { number, due: isoDay(dueMs), amountMinor };
}

/** A policy that differs from the default in these lines; each `find` must stand in it. */
export function changedPolicy(defaultText: string, changes: [find: string, put: string][]): string {
  return changes.reduce((text, [find, put]) => {
    if (!text.includes(find)) throw new Error(`the default policy has no "${find}"`);
    return text.replace(find, put);
  }, defaultText);
}

function customerOf({ name, email, parent, notes }: Debtor): BookCustomer {
  const slug = name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return {
    entry: 'customer',
    id: name,
    name,
    email: email === undefined ? `accounts@${slug}.example` : email,
    accountNumber: null,
    parentId: parent ?? null,
    currency: 'GBP',
    country: 'GB',
    phone: null,
    contactName: null,
    notes: notes ?? null,
    status: 'active',
    mergedIntoId: null,
    updatedAtMs: BEFORE_MS,
  };
}

function invoiceOf(debtor: Debtor, { number, due, amountMinor }: Bill): BookInvoice {
  return {
    entry: 'invoice',
    id: `invoice-${number}`,
    number,
    customerId: debtor.name,
    issueDate: isoDay(Date.parse(`${due}T00:00:00Z`) - 30 * 86_400_000),
    dueDate: due,
    currency: 'GBP',
    rate: '1',
    totalMinor: amountMinor,
    openMinor: amountMinor,
    paidDate: null,
    status: 'open',
    description: 'Goods',
    updatedAtMs: BEFORE_MS,
  };
}

function orderOf(debtor: Debtor, { number, due, amountMinor, status, billed }: Quote): BookOrder {
  return {
    entry: 'order',
    id: `order-${number}`,
    number,
    customerId: debtor.name,
    date: '2026-02-01',
    dueDate: due,
    currency: 'GBP',
    rate: '1',
    totalMinor: amountMinor,
    invoiceIds: (billed ?? []).map((one) => `invoice-${one}`),
    status: status ?? 'accepted',
    updatedAtMs: BEFORE_MS,
  };
}

function unappliedOf({ name, unappliedMinor }: Debtor): BookEntry[] {
  if (unappliedMinor === undefined) return [];
  return [
    {
      entry: 'receipt',
      kind: 'overpayment',
      id: `cash-${name}`,
      customerId: name,
      date: '2026-03-02',
      currency: 'GBP',
      rate: '1',
      totalMinor: unappliedMinor,
      openMinor: unappliedMinor,
      allocations: [],
      status: 'active',
      reference: `CASH ${name}`.slice(0, 20),
      updatedAtMs: Date.parse('2026-03-02T12:00:00Z'),
    },
  ];
}

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
