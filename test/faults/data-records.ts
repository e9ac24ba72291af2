import type { NativeRow } from '../../emulator/core/state.ts';
import { instantString } from '../../emulator/xero/dates.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import type { World } from '../support/world.ts';

export type Json = Record<string, unknown>;
export type RecordKind = 'customer' | 'invoice' | 'credit' | 'payment';

/** One field as each platform names it. */
export type PerPlatform<T> = Record<PlatformName, T>;

const ENTITY: PerPlatform<Record<RecordKind, string>> = {
  xero: { customer: 'Contacts', invoice: 'Invoices', credit: 'CreditNotes', payment: 'Payments' },
  quickbooks: { customer: 'Customer', invoice: 'Invoice', credit: 'CreditMemo', payment: 'Payment' },
};
const NAMES = ['Name', 'DisplayName', 'InvoiceNumber', 'CreditNoteNumber', 'DocNumber'];

/** The platform on which a world with one company has it. */
export function platformOf(world: World): PlatformName {
  return world.ids[0]!.startsWith('xero') ? 'xero' : 'quickbooks';
}

/** Every living record of a kind, as the platform serves it. */
export function records(world: World, kind: RecordKind): Json[] {
  return rowsOf(world, kind).map((row) => JSON.parse(row.json) as Json);
}

/** The platform's id of a record that people know by a name or number. */
export function idOf(world: World, kind: RecordKind, name: string): string {
  return find(world, kind, name).id;
}

/**
 * Changes one record behind the platform's own pages, so that it may be what no page would write. `change` alters the
 * record in place; a field set to undefined is left out. The record is the newest of its list afterwards.
 */
export function rewrite(world: World, kind: RecordKind, name: string, change: (record: Json) => void): void {
  const row = find(world, kind, name);
  const record = JSON.parse(row.json) as Json;
  if (!intactOf(world).has(row.id)) intactOf(world).set(row.id, row.json);
  const atMs = Math.floor(world.emulator.clock.nowMs() / 1000) * 1000;
  stamp(world, record, atMs);
  change(record);
  world.emulator.state.put(companyOf(world), { ...row, updatedMs: atMs, json: JSON.stringify(record) });
}

/** Puts a record back as it was before the first rewrite of it, changed just now. */
export function restore(world: World, kind: RecordKind, id: string): void {
  const intact = intactOf(world).get(id);
  if (intact === undefined) throw new Error(`nobody rewrote ${id}`);
  rewrite(world, kind, id, (record) => {
    const { UpdatedDateUTC, UpdatedDateUTCString, MetaData } = record;
    for (const field of Object.keys(record)) delete record[field];
    const stamps = { UpdatedDateUTC, UpdatedDateUTCString, MetaData };
    const known = Object.entries(stamps).filter(([, value]) => value !== undefined);
    Object.assign(record, JSON.parse(intact), Object.fromEntries(known));
  });
}

const intactRecords = new WeakMap<World, Map<string, string>>();

function intactOf(world: World): Map<string, string> {
  const known = intactRecords.get(world) ?? new Map<string, string>();
  intactRecords.set(world, known);
  return known;
}

/** As rewrite, but what the platform sends is the text itself: for what JSON.stringify would not write. */
export function rewriteText(
  world: World,
  kind: RecordKind,
  name: string,
  change: (json: string) => string,
): void {
  rewrite(world, kind, name, () => undefined);
  const row = find(world, kind, name);
  world.emulator.state.put(companyOf(world), { ...row, json: change(row.json) });
}

function stamp(world: World, record: Json, atMs: number): void {
  if (platformOf(world) === 'xero') {
    record['UpdatedDateUTC'] = `/Date(${atMs}+0000)/`;
    if ('UpdatedDateUTCString' in record) record['UpdatedDateUTCString'] = instantString(atMs);
    return;
  }
  const time = world.emulator.quickbooks(companyOf(world)).stamp(atMs);
  record['MetaData'] = { ...(record['MetaData'] as Json), LastUpdatedTime: time };
}

function companyOf(world: World): string {
  return world.emulator.state.db
    .prepare('SELECT remote_id FROM company ORDER BY seq')
    .pluck()
    .get() as string;
}

function rowsOf(world: World, kind: RecordKind): NativeRow[] {
  const rows = world.emulator.state.db
    .prepare(
      `SELECT entity, id, updated_ms AS updatedMs, hidden, deleted, type, status, json FROM row
       WHERE company = ? AND entity = ? AND deleted = 0 ORDER BY seq`,
    )
    .all(companyOf(world), ENTITY[platformOf(world)][kind]) as (Omit<NativeRow, 'hidden'> & {
    hidden: number;
  })[];
  return rows.map((row) => ({ ...row, hidden: row.hidden === 1, deleted: false }));
}

function find(world: World, kind: RecordKind, name: string): NativeRow {
  const row = rowsOf(world, kind).find((one) => {
    const record = JSON.parse(one.json) as Json;
    return one.id === name || NAMES.some((field) => record[field] === name);
  });
  if (row === undefined) throw new Error(`the platform has no ${kind} ${name}`);
  return row;
}

/** Figures of an invoice in the platform's own fields. Amounts are the numbers that its JSON shows. */
export interface InvoiceFigures {
  currency?: string;
  /** As the platform writes it: Xero foreign for one base, QuickBooks base for one foreign. */
  rate?: unknown;
  total?: unknown;
  due?: unknown;
}

/** Rewrites what an invoice amounts to. */
export function setFigures(world: World, invoice: string, figures: InvoiceFigures): void {
  const { currency, rate, total, due } = figures;
  rewrite(world, 'invoice', invoice, (record) => {
    if (platformOf(world) === 'xero') {
      if (currency !== undefined) record['CurrencyCode'] = currency;
      if ('rate' in figures) record['CurrencyRate'] = rate;
      if ('total' in figures) record['Total'] = total;
      if ('due' in figures) record['AmountDue'] = due;
      return;
    }
    if (currency !== undefined) record['CurrencyRef'] = { value: currency, name: currency };
    if ('rate' in figures) record['ExchangeRate'] = rate;
    if ('total' in figures) record['TotalAmt'] = total;
    if ('due' in figures) record['Balance'] = due;
  });
}

/** Rewrites an invoice's days, 'YYYY-MM-DD' or anything else that a test wants there; null takes one away. */
export function setDays(world: World, invoice: string, days: { issued?: string; due?: string | null }): void {
  rewrite(world, 'invoice', invoice, (record) => {
    if (platformOf(world) === 'xero') {
      if (days.issued !== undefined) Object.assign(record, xeroDay('Date', days.issued));
      if (days.due === null) delete record['DueDate'];
      if (days.due === null) delete record['DueDateString'];
      if (typeof days.due === 'string') Object.assign(record, xeroDay('DueDate', days.due));
      return;
    }
    if (days.issued !== undefined) record['TxnDate'] = days.issued;
    if (days.due === null) delete record['DueDate'];
    if (typeof days.due === 'string') record['DueDate'] = days.due;
  });
}

function xeroDay(field: 'Date' | 'DueDate', day: string): Json {
  return { [field]: `/Date(${Date.parse(`${day}T00:00:00Z`)}+0000)/`, [`${field}String`]: `${day}T00:00:00` };
}
