import type { CreditKind, Page, QuarantinedRow, RowRef, StreamName } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { HttpReply } from '../kit/http.ts';
import { readRows } from '../kit/rows.ts';
import { identifyRow, mapContact, mapCreditNote, mapInvoice, mapOverpayment, mapPayment } from './map.ts';
import { mapPrepayment, msOf, type MapContext } from './map.ts';

/** Largest page that Xero serves since July 2024. */
export const PAGE_SIZE = 1000;

interface EndpointFacts {
  kind: RowRef['kind'];
  id: string;
  creditKind?: CreditKind;
  /** Whether its list takes IDs= (openapi/xero_accounting.yaml). */
  listsByIds: boolean;
  /** Whether its list takes summaryOnly=true, which leaves out what a list of stamps does not need. */
  summary: boolean;
}

/** The lists that are mirrored. */
export const ENDPOINTS = {
  Contacts: { kind: 'customer', id: 'ContactID', listsByIds: true, summary: true },
  Invoices: { kind: 'invoice', id: 'InvoiceID', listsByIds: true, summary: true },
  CreditNotes: {
    kind: 'credit',
    id: 'CreditNoteID',
    creditKind: 'credit-note',
    listsByIds: false,
    summary: false,
  },
  Overpayments: {
    kind: 'credit',
    id: 'OverpaymentID',
    creditKind: 'overpayment',
    listsByIds: false,
    summary: false,
  },
  Prepayments: {
    kind: 'credit',
    id: 'PrepaymentID',
    creditKind: 'prepayment',
    listsByIds: false,
    summary: false,
  },
  Payments: { kind: 'payment', id: 'PaymentID', listsByIds: false, summary: false },
} as const satisfies Record<string, EndpointFacts>;

export type Endpoint = keyof typeof ENDPOINTS;

/** The lists of each stream, in the order in which they are pulled. */
export const STREAMS: Readonly<Record<Exclude<StreamName, 'changes'>, readonly Endpoint[]>> = {
  customers: ['Contacts'],
  invoices: ['Invoices'],
  credits: ['CreditNotes', 'Overpayments', 'Prepayments'],
  payments: ['Payments'],
};

/** What is known of a list. */
export function factsOf(endpoint: Endpoint): EndpointFacts {
  return ENDPOINTS[endpoint];
}

/** The rows of a reply. A reply without the list is PLATFORM_BAD_REPLY, never "no rows". */
export function rowsOf(reply: HttpReply, endpoint: Endpoint): unknown[] {
  const rows = fieldOf(reply.json, endpoint);
  if (!Array.isArray(rows)) throw badReply(`GET ${endpoint}`, `it has no list of ${endpoint}`, reply.status);
  return rows;
}

/** Rows of one list as records; those that cannot be understood are quarantined, purchases left out. */
export function mapRows(
  endpoint: Endpoint,
  rows: unknown[],
  context: MapContext,
): Omit<Page, 'cursor' | 'totalRows'> {
  const quarantined: QuarantinedRow[] = [];
  const page = { customers: [], invoices: [], credits: [], payments: [], deleted: [], quarantined };
  const { kind, id } = ENDPOINTS[endpoint];
  const read = <T>(map: (row: unknown, context: MapContext) => T | null): T[] =>
    readRows(rows, kind, (row) => map(row, context), identifyRow(id), quarantined);
  switch (endpoint) {
    case 'Contacts':
      return { ...page, customers: read(mapContact) };
    case 'Invoices':
      return { ...page, invoices: read(mapInvoice) };
    case 'CreditNotes':
      return { ...page, credits: read(mapCreditNote) };
    case 'Overpayments':
      return { ...page, credits: read(mapOverpayment) };
    case 'Prepayments':
      return { ...page, credits: read(mapPrepayment) };
    case 'Payments':
      return { ...page, payments: read(mapPayment) };
  }
}

/** UpdatedDateUTC of a row of whatever shape, epoch ms; null when it has none. */
export function stampMs(row: unknown): number | null {
  const text = fieldOf(row, 'UpdatedDateUTC');
  try {
    return typeof text === 'string' ? msOf(text, 'UpdatedDateUTC') : null;
  } catch {
    return null;
  }
}

/** A property of what may be an object. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
