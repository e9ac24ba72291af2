import { dayAt, HoldfastError, tryDay, type CustomerId, type Day } from '../../src/domain/index.ts';
import type { QuarantinedRow } from '../../src/domain/index.ts';
import type { z } from 'zod';

/** A row that cannot be understood: which field, what was found, what was expected. Caught by `readRows`. */
export class RowFault extends Error {}

/** Reads what can be read of a row that failed, so that a person finds it. */
export interface RowIdentity {
  remoteId: string;
  customerId: CustomerId | null;
}

/**
 * Maps each row of a page. A row that fails lands in `quarantined` with its reason and never spoils the page;
 * `read` returns null for rows that are not kept (purchases).
 */
export function readRows<T>(
  rows: readonly unknown[],
  kind: QuarantinedRow['kind'],
  read: (row: unknown) => T | null,
  identify: (row: unknown) => RowIdentity,
  quarantined: QuarantinedRow[],
): T[] {
  const kept: T[] = [];
  for (const row of rows) {
    try {
      const mapped = read(row);
      if (mapped !== null) kept.push(mapped);
    } catch (error) {
      if (!(error instanceof RowFault) && !(error instanceof HoldfastError)) throw error;
      quarantined.push({ kind, ...identify(row), reason: error.message });
    }
  }
  return kept;
}

/** The row as the schema's type. Throws RowFault naming the first field that does not fit. */
export function checked<Schema extends z.ZodType>(schema: Schema, row: unknown): z.output<Schema> {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  throw new RowFault(
    `${path.join('.') || 'row'}: found ${shown(valueAt(row, path))}; ${issue?.message ?? ''}`,
  );
}

/** A field of a row whose shape is not known, as text; '' when it is none. */
export function textAt(row: unknown, ...path: string[]): string {
  const value = valueAt(row, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** 'YYYY-MM-DD' as a day. Throws RowFault for what is no day or lies outside 1900–2199. */
export function dayOf(text: string, field: string): Day {
  const day = tryDay(text);
  if (day === null)
    throw new RowFault(`${field}: found ${shown(text)}; expected a day between 1900 and 2199`);
  return day;
}

const dayCache = new Map<number, Day>();

/** The UTC calendar day of an instant. Documents share few days, so the answers are kept. */
export function utcDay(ms: number, field: string): Day {
  const known = dayCache.get(ms);
  if (known !== undefined) return known;
  if (!(Math.abs(ms) < 8.64e15)) throw new RowFault(`${field}: found ${ms}; expected an instant`);
  const day = dayOf(dayAt(ms, 'UTC'), field);
  if (dayCache.size > 20_000) dayCache.clear();
  dayCache.set(ms, day);
  return day;
}

/** Addresses as on file, one by one: platforms hold several in one field, set apart by commas or semicolons. */
export function splitEmails(text: string | null | undefined): string[] {
  if (text === null || text === undefined || text === '') return [];
  return text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function valueAt(row: unknown, path: readonly PropertyKey[]): unknown {
  let value = row;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key) as unknown;
  }
  return value;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
