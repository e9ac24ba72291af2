import { createHash } from 'node:crypto';
import { dayAt, HoldfastError, NO_ID, tryDay, type CustomerId, type Day } from '../../src/domain/index.ts';
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
      const { remoteId, customerId } = identify(row);
      quarantined.push({ kind, remoteId: remoteId || madeUpId(row), customerId, reason: error.message });
    }
  }
  return kept;
}

/** The same for the same row each time, so that rows without an id are told apart and not counted twice. */
function madeUpId(row: unknown): string {
  return NO_ID + createHash('sha256').update(textOf(row)).digest('hex').slice(0, 24);
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

/** Answers that rows share, by what was asked: documents have few days and rates. Forgotten when there are too many. */
export class Shared<Question, Answer> {
  readonly #answers = new Map<Question, Answer>();

  get(question: Question, work: () => Answer): Answer {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const answer = work();
    if (this.#answers.size > 20_000) this.#answers.clear();
    this.#answers.set(question, answer);
    return answer;
  }
}

const daysByText = new Shared<string, Day>();
const daysByInstant = new Shared<number, Day>();

/** 'YYYY-MM-DD' as a day. Throws RowFault for what is no day or lies outside 1900–2199. */
export function dayOf(text: string, field: string): Day {
  return daysByText.get(text, () => {
    const day = tryDay(text);
    if (day !== null) return day;
    throw new RowFault(`${field}: found ${shown(text)}; expected a day between 1900 and 2199`);
  });
}

/** The UTC calendar day of an instant. */
export function utcDay(ms: number, field: string): Day {
  return daysByInstant.get(ms, () => {
    if (!(Math.abs(ms) < 8.64e15)) throw new RowFault(`${field}: found ${ms}; expected an instant`);
    return dayOf(dayAt(ms, 'UTC'), field);
  });
}

/** The due day of an invoice that counts. Throws RowFault for one before the day of issue: one of them is a slip. */
export function dueOnOrAfter(due: Day, issued: Day): Day {
  if (due >= issued) return due;
  throw new RowFault(`DueDate: found ${due}; expected no day before that of the invoice, ${issued}`);
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

/** A value as far as a person needs to see it; one that is nested too deeply for that is named by its kind. */
function shown(value: unknown): string {
  return textOf(value).slice(0, 80);
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    return typeof value;
  }
}
